// SPDX-License-Identifier: Apache-2.0
// How tables are compared in DuckDB where few rows differ (narrow_sql.h), in few looks and little memory.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/key_ranges.h"
#include "datadiff/narrow_sql.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

using engine::Rows;

namespace {

// Above this share of differing rows the second look at them costs more than the join of everything.
constexpr std::int64_t narrowing_share = 4;
// Enough of the first rows of both tables to tell from whether most rows differ.
constexpr std::size_t first_rows = 1'000;
// With joins that hold what the statement names last in memory. DuckDB's own choice goes by how many rows it
// expects, of which it knows nothing where they are in text files.
constexpr Setting as_written = {"disabled_optimizers", "build_side_probe_side"};
// With rows of files and tables that come in their order there.
constexpr Setting in_order = {"preserve_insertion_order", "true"};
// With one thread, which ends a statement as soon as it has what was asked for; several end when all are
// through.
constexpr Setting one_by_one = {"threads", "1"};
constexpr std::int64_t differing_min = 10'000;  // rows that may differ however few there are
constexpr std::int64_t first_pairs_min = 20;
constexpr std::int64_t named_keys_max = 100'000;
constexpr std::int64_t groups_of_range = 25;  // of stored rows; the join holds keys and hashes of them

std::string rows_that_meet(const engine::RemoteRows& remote, const std::string& condition) {
  return fmt::format("{}({})", remote.function, engine::quote_literal(engine::Dialect::duckdb, condition));
}

}  // namespace

bool Comparison::can_hash_rows() const {
  return plan_.dialect == engine::Dialect::duckdb && !plan_.values.empty() &&
         std::none_of(plan_.values.begin(), plan_.values.end(),
                      [](const ColumnPair& value) { return value.conversion.nested; });
}

// Runs a statement under a setting of DuckDB that is not the session's own.
Result<Rows> Comparison::ask_with(const Setting& setting, const std::string& sql, RowsPart part) {
  const auto set_to = [&](const std::string& value) {
    return ask(fmt::format("set {} = {}", setting.name, engine::quote_literal(plan_.dialect, value)));
  };
  const Rows own = TRY(ask(fmt::format("select cast(current_setting('{}') as varchar)", setting.name)));
  (void)TRY(set_to(setting.value));
  auto rows = ask_part(sql, engine::QueryLimits{}.rows_max, part);
  (void)TRY(set_to(own.rows.at(0).at(0).value_or("")));
  return rows;
}

// The plan for the rows with these keys, and hardly others, which a side's server finds by a condition of its
// own: `keys` has rows of one cell for each key column. None where the keys are not compared as the server
// has them.
std::optional<DiffPlan> Comparison::plan_of_keys(std::size_t side, const std::vector<Rows>& keys) const {
  const engine::RemoteRows& remote = *infos_[side].remote;
  std::vector<std::string> conditions;
  for (std::size_t i = 0; i < plan_.keys.size(); ++i) {
    if (!plan_.keys[i].conversion.wraps[side].empty() || keys[i].rows.empty()) continue;
    std::string list;
    for (const auto& row : keys[i].rows)
      list += (list.empty() ? "" : ", ") + engine::quote_literal(remote.dialect, row[0].value_or(""));
    conditions.push_back("src." + engine::quote_identifier(remote.dialect, plan_.keys[i].names[side]) +
                         " in (" + list + ")");
  }
  if (conditions.empty()) return std::nullopt;
  DiffPlan named = plan_;
  named.tables[side] = rows_that_meet(remote, join(conditions, " and "));
  return named;
}

// The same for keys that were kept, which `keys_sql` asks for column by column. None, too, where the rows
// were not left on a server, or are too many to name.
Result<std::optional<DiffPlan>> Comparison::plan_of_kept_keys(std::size_t side, std::int64_t rows,
                                                              std::string (*keys_sql)(std::size_t)) {
  if (!infos_[side].remote || rows > named_keys_max) return std::optional<DiffPlan>();
  std::vector<Rows> keys;
  for (std::size_t i = 0; i < plan_.keys.size(); ++i)
    keys.push_back(TRY(ask_for(keys_sql(i), named_keys_max)));
  return plan_of_keys(side, keys);
}

// The rows of a side with these keys, from their server alone where it finds them by its own condition.
Result<Rows> Comparison::fetch_rows(std::size_t side, const std::vector<std::size_t>& positions,
                                    const std::vector<std::vector<model::Cell>>& keys) {
  if (infos_[side].remote) {
    std::vector<Rows> columns(plan_.keys.size());
    for (const auto& key : keys)
      for (std::size_t i = 0; i < key.size(); ++i)
        columns[i].rows.push_back({key[i]});
    if (const auto named = plan_of_keys(side, columns)) {
      auto found = ask(sample_rows_sql(*named, side, positions, keys));
      if (!found && found.error().kind != ErrorKind::invalid_input) return found.error();
      if (found && found->rows.size() == positions.size()) return found;
    }
  }
  const std::string sql = sample_rows_sql(plan_, side, positions, keys);
  return infos_[side].rows_max ? ask_with(one_by_one, sql, {}) : ask(sql);
}

// Where the server does not take the condition, or means something else by a key's text, all rows are looked
// at.
Status Comparison::keep_partners(std::int64_t differing) {
  if (const auto named = TRY(plan_of_kept_keys(1, differing, partner_keys_sql))) {
    const auto kept = ask(partners_sql(*named));
    if (!kept && kept.error().kind != ErrorKind::invalid_input) return kept.error();
    if (kept && integer(TRY(ask(missing_partners_sql())).rows.at(0).at(0)) == 0) return {};
  }
  const bool is_text = infos_[1].rows_max && !infos_[1].remote;
  (void)TRY(is_text ? ask_with(as_written, partners_sql(plan_), {}) : ask(partners_sql(plan_)));
  return {};
}

// Compares the rows that narrow_sql() kept. False where they are too many for that to be cheap.
Result<bool> Comparison::join_kept(const Narrowed& narrow) {
  diff_.algorithm = "hash_join";
  if (narrow.differing == 0) return true;
  if (narrow.differing * narrowing_share >= diff_.pks.total_rows[0] + diff_.pks.total_rows[1]) return false;
  const bool with_partners = infos_[1].fits_memory;
  if (!with_partners && !narrow.has_partners) TRY(keep_partners(narrow.differing));
  const DiffPlan whole = std::exchange(plan_, narrowed_plan(plan_, with_partners));
  const Status joined = join_good_rows();
  plan_ = whole;
  TRY(joined);
  diff_.algorithm = "hash_join";
  return true;
}

// Whether the keys were good; nullopt where everything has to be joined.
Result<std::optional<bool>> Comparison::join_narrowed() {
  auto narrow = TRY(compare_buckets());
  if (!narrow) narrow = TRY(narrow_down());
  if (!narrow) return std::optional<bool>();
  if (!were_good(narrow->evidence)) return std::optional(false);
  return TRY(join_kept(*narrow)) ? std::optional(true) : std::nullopt;
}

// Range by range of the key where that costs next to no reading more: the join of a range is small enough for
// the processor's caches, and its partners are looked up while their groups of rows are in memory. True where
// they were.
Result<bool> Comparison::keep_differing(const RowCounters& counters) {
  const std::vector<DiffPlan> parts = TRY(parts_of_join(groups_of_range, hashing_readings_max));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const DiffPlan& part = parts[i];
    const Keeping keeping = i == 0 ? Keeping::anew : Keeping::also;
    (void)TRY(ask_with(as_written, narrow_sql(part, counters, reads_anew(), infos_[1].fits_memory, keeping),
                       rows_of_part(i, parts.size())));
    if (parts.size() > 1) (void)TRY(ask(partners_sql(part, keeping)));
  }
  return parts.size() > 1;
}

Result<RowCounters> Comparison::new_counters(std::int64_t rows_max, std::int64_t kept_max) {
  const Rows made = TRY(ask(new_counters_sql()));
  const auto counter = [&](std::size_t i) { return integer(made.rows.at(0).at(i)); };
  return RowCounters{.joined = counter(0),
                     .kept = counter(1),
                     .read = {counter(2), counter(3)},
                     .rows_max = rows_max,
                     .kept_max = kept_max};
}

// nullopt where the keys multiplied beyond all bounds, or too many rows differ.
Result<std::optional<Narrowed>> Comparison::narrow_down() {
  std::int64_t expected = 0;
  for (std::size_t side = 0; side < 2; ++side)
    expected += infos_[side].remote     ? infos_[side].remote->rows_about
                : infos_[side].rows_max ? *infos_[side].rows_max
                                        : diff_.pks.total_rows[side];
  const RowCounters counters =
      TRY(new_counters(trusted_rows_max(), expected / narrowing_share + differing_min));
  const auto kept = keep_differing(counters);
  if (!kept && engine::is_too_many_counted(kept.error())) return std::optional<Narrowed>();
  if (!kept) return kept.error();
  const Rows rows = TRY(ask(narrowed_sql(plan_, counters)));
  const auto figure = [&](std::size_t i) { return integer(rows.rows.at(0).at(i)); };
  return std::optional(Narrowed{.differing = figure(0) + figure(1) + figure(2),
                                .has_partners = *kept,
                                .evidence = {.exclusives = {figure(1), figure(2)},
                                             .joined = figure(3),
                                             .nulls = figure(4),
                                             .surplus = figure(5)},
                                .rows_read = {figure(6), figure(7)}});
}

void Comparison::begin_reading_anew() {
  if (!request_.progress) return;
  std::int64_t about = 0;
  for (const engine::TableInfo& info : infos_)
    if (info.remote) about += info.remote->rows_about;
  if (about > 0)
    request_.progress->begin("reading and comparing", "rows (about)", about);
  else
    request_.progress->begin(phase_, "rows", std::nullopt);
}

bool Comparison::reads_anew() const {
  return infos_[0].rows_max || infos_[1].rows_max;
}

// Where each look costs a reading of everything, as much as possible comes from one. False where that will
// not do, and the rows have to be kept.
Result<bool> Comparison::join_reading_anew() {
  const auto has_no_form = [](const ColumnPair& key) {
    return key.conversion.must_meet || !key.conversion.distinct.empty();
  };
  const auto must_meet = [](const ColumnPair& value) { return value.conversion.must_meet; };
  if (plan_.keys.empty() || request_.sampling || request_.profiles || request_.wants_timeline() ||
      !can_hash_rows() || std::any_of(plan_.keys.begin(), plan_.keys.end(), has_no_form) ||
      std::any_of(plan_.values.begin(), plan_.values.end(), must_meet))
    return false;
  begin_reading_anew();
  DiffPlan beginning = plan_;
  for (std::size_t side = 0; side < 2; ++side)
    if (infos_[side].remote)
      beginning.tables[side] = rows_that_meet(*infos_[side].remote, infos_[side].remote->first_rows);
  const Rows first = TRY(ask_with(in_order, first_rows_sql(beginning, first_rows), {}));
  note_values_seen(first);
  const std::int64_t pairs = integer(first.rows.at(0).at(0));
  const bool most_differ = pairs >= first_pairs_min && integer(first.rows.at(0).at(1)) * 2 > pairs;
  for (std::size_t side = 0; side < 2; ++side)
    if (!infos_[side].rows_max)
      diff_.pks.total_rows[side] = integer(TRY(ask(count_sql(plan_, side))).rows.at(0).at(0));
  std::optional<Narrowed> narrow;
  if (!most_differ) {
    values_seen_.clear();  // which would tell nothing of a table in which more differ than there
    begin_reading_anew();
    narrow = TRY(narrow_down());
  }
  if (narrow) {
    for (std::size_t side = 0; side < 2; ++side)
      if (infos_[side].rows_max) diff_.pks.total_rows[side] = narrow->rows_read[side];
    if (!were_good(narrow->evidence)) return false;
    if (TRY(join_kept(*narrow))) return true;
  }
  begin_reading_anew();
  return join_everything(false);
}

}  // namespace vernier::datadiff
