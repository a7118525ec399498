// SPDX-License-Identifier: Apache-2.0
// How tables are compared in DuckDB where few rows differ (narrow_sql.h), in few looks and little memory.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/key_ranges.h"
#include "datadiff/narrow_sql.h"

namespace vernier::datadiff {

using engine::Rows;

namespace {

// Above this share of differing rows the second look at them costs more than the join of everything.
constexpr std::int64_t narrowing_share = 4;
// Enough of the first rows of both tables to tell from whether most rows differ.
constexpr std::size_t first_rows = 1'000;
constexpr std::int64_t differing_min = 10'000;  // rows that may differ however few there are
constexpr std::int64_t first_pairs_min = 20;
constexpr std::int64_t named_partners_max = 100'000;
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

// Runs a statement whose joins hold what it names last in memory. DuckDB's own choice goes by how many rows
// it expects, of which it knows nothing where they are in text files.
Result<Rows> Comparison::ask_as_written(const std::string& sql, RowsPart part) {
  (void)TRY(ask("set disabled_optimizers = 'build_side_probe_side'"));
  auto rows = ask_part(sql, engine::QueryLimits{}.rows_max, part);
  (void)TRY(ask("set disabled_optimizers = ''"));
  return rows;
}

// A condition of the pull request's server that holds for the partners, and hardly for other rows. None where
// they are too many to name, or their keys are not compared as the server has them.
Result<std::optional<std::string>> Comparison::partners_condition(std::int64_t differing) {
  const engine::Dialect dialect = infos_[1].remote->dialect;
  std::vector<std::string> conditions;
  if (differing > named_partners_max) return std::optional<std::string>();
  for (std::size_t i = 0; i < plan_.keys.size(); ++i) {
    if (!plan_.keys[i].conversion.wraps[1].empty()) continue;
    const Rows keys = TRY(ask_for(partner_keys_sql(i), named_partners_max));
    if (keys.rows.empty()) continue;
    std::string list;
    for (const auto& row : keys.rows)
      list += (list.empty() ? "" : ", ") + engine::quote_literal(dialect, row[0].value_or(""));
    conditions.push_back("src." + engine::quote_identifier(dialect, plan_.keys[i].names[1]) + " in (" + list +
                         ")");
  }
  if (conditions.empty()) return std::optional<std::string>();
  return std::optional(join(conditions, " and "));
}

// Where the server does not take the condition, or means something else by a key's text, all rows are looked
// at.
Status Comparison::keep_partners(std::int64_t differing) {
  const auto condition = infos_[1].remote ? TRY(partners_condition(differing)) : std::nullopt;
  if (condition) {
    DiffPlan named = plan_;
    named.tables[1] = rows_that_meet(*infos_[1].remote, *condition);
    const auto kept = ask(partners_sql(named));
    if (!kept && kept.error().kind != ErrorKind::invalid_input) return kept.error();
    if (kept && integer(TRY(ask(missing_partners_sql())).rows.at(0).at(0)) == 0) return {};
  }
  const bool is_text = infos_[1].rows_max && !infos_[1].remote;
  (void)TRY(is_text ? ask_as_written(partners_sql(plan_), {}) : ask(partners_sql(plan_)));
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
  if (!narrow) narrow = TRY(narrow_down(trusted_rows_max()));
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
    (void)TRY(ask_as_written(narrow_sql(part, counters, reads_anew(), infos_[1].fits_memory, keeping),
                             rows_of_part(i, parts.size())));
    if (parts.size() > 1) (void)TRY(ask(partners_sql(part, keeping)));
  }
  return parts.size() > 1;
}

// nullopt where the keys multiplied beyond all bounds, or too many rows differ.
Result<std::optional<Narrowed>> Comparison::narrow_down(std::int64_t rows_max) {
  std::int64_t expected = 0;
  for (std::size_t side = 0; side < 2; ++side)
    expected += infos_[side].remote     ? infos_[side].remote->rows_about
                : infos_[side].rows_max ? *infos_[side].rows_max
                                        : diff_.pks.total_rows[side];
  const Rows made_counters = TRY(ask(new_counters_sql()));
  const auto counter = [&](std::size_t i) { return integer(made_counters.rows.at(0).at(i)); };
  const RowCounters counters{.joined = counter(0),
                             .kept = counter(1),
                             .read = {counter(2), counter(3)},
                             .rows_max = rows_max,
                             .differing_max = expected / narrowing_share + differing_min};
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
  const Rows first = TRY(ask(first_rows_sql(beginning, first_rows)));
  const std::int64_t pairs = integer(first.rows.at(0).at(0));
  if (pairs >= first_pairs_min && integer(first.rows.at(0).at(1)) * 2 > pairs) return false;
  std::int64_t rows_max = 1;
  for (std::size_t side = 0; side < 2; ++side) {
    if (!infos_[side].rows_max)
      diff_.pks.total_rows[side] = integer(TRY(ask(count_sql(plan_, side))).rows.at(0).at(0));
    rows_max += infos_[side].rows_max.value_or(diff_.pks.total_rows[side]);
  }
  begin_reading_anew();
  const auto narrow = TRY(narrow_down(rows_max));
  if (!narrow) return false;
  for (std::size_t side = 0; side < 2; ++side)
    if (infos_[side].rows_max) diff_.pks.total_rows[side] = narrow->rows_read[side];
  if (!were_good(narrow->evidence)) return false;
  return join_kept(*narrow);
}

}  // namespace vernier::datadiff
