// SPDX-License-Identifier: Apache-2.0
#include "datadiff/comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "datadiff/profiles.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;
using engine::Rows;
using model::DiffResult;
using model::TableDiff;

// Few enough for DuckDB to look for their keys alone and read the other columns where it finds them.
constexpr std::size_t probe_rows = 50;
constexpr std::size_t probe_columns_max = 400;

std::string missing_table_sentence(const DiffRequest& request, const model::Sides<bool>& found) {
  const auto name = [&](std::size_t side) { return join(request.tables[side], "."); };
  if (!found[0] && !found[1])
    return fmt::format(
        "Neither production's table {} nor the pull request's {} exists: both still have to be built.",
        name(0), name(1));
  if (!found[0])
    return fmt::format(
        "Production's table {} does not exist: there is nothing to compare with until it is built.", name(0));
  return fmt::format("The pull request's table {} does not exist: it was not built, or was dropped since.",
                     name(1));
}

}  // namespace

Outcome outcome_of(const Rows& rows, std::size_t columns) {
  const auto& cells = rows.rows.at(0);
  Outcome outcome{.changed = integer(cells.at(2)),
                  .exclusives = {integer(cells.at(3)), integer(cells.at(4))},
                  .differences = {}};
  for (std::size_t i = 0; i < columns; ++i)
    outcome.differences.push_back(integer(cells.at(5 + i)));
  return outcome;
}

void add(Outcome& total, const Outcome& outcome) {
  total.changed += outcome.changed;
  for (std::size_t side = 0; side < 2; ++side)
    total.exclusives[side] += outcome.exclusives[side];
  for (std::size_t i = 0; i < outcome.differences.size(); ++i)
    total.differences[i] += outcome.differences[i];
}

std::int64_t integer(const model::Cell& cell) {
  return engine::integer_in(cell).value_or(0);
}

RowKind kind_of(const std::vector<model::Cell>& row) {
  return static_cast<RowKind>(integer(row.at(0)));
}

TableDiff not_diffed(std::string why) {
  TableDiff diff;
  diff.result = DiffResult::not_diffed;
  diff.why = std::move(why);
  return diff;
}

bool has_row_differences(const TableDiff& diff) {
  return diff.pks.exclusives[0] > 0 || diff.pks.exclusives[1] > 0 || diff.values.rows_with_differences > 0;
}

Result<Rows> Comparison::ask(const std::string& sql) {
  return ask_for(sql, answer_rows_max());
}

Result<Rows> Comparison::ask_for(const std::string& sql, std::size_t rows_max) {
  return ask_part(sql, rows_max, {0, diff_.pks.total_rows[0] + diff_.pks.total_rows[1]});
}

Result<Rows> Comparison::ask_part(const std::string& sql, std::size_t rows_max, RowsPart part) {
  const engine::QueryLimits limits{.rows_max = rows_max, .timeout = request_.query_timeout};
  return engine::query_watched(
      connection_, sql, limits,
      {.cancel = cancel_, .progress = request_.progress, .units = part.rows, .units_before = part.before});
}

Result<std::optional<engine::TableInfo>> Comparison::describe(std::size_t side) {
  return connection_.describe(request_.tables[side]);
}

Result<std::optional<TableDiff>> Comparison::run() {
  TRY(check_request(request_));
  const auto first = TRY(describe(0));
  const auto second = TRY(describe(1));
  if (!first || !second)
    return std::optional(
        not_diffed(missing_table_sentence(request_, {first.has_value(), second.has_value()})));
  infos_ = {*first, *second};
  ColumnPlan columns = TRY(plan_columns(connection_.dialect(), infos_, request_));
  diff_.schema = std::move(columns.schema);
  diff_.findings = std::move(columns.findings);
  plan_ = {.dialect = connection_.dialect(),
           .tables = {connection_.quoted(request_.tables[0]), connection_.quoted(request_.tables[1])},
           .filters = request_.filters,
           .samples = {},
           .kept = {},
           .keys = std::move(columns.keys),
           .values = std::move(columns.values),
           .float_tolerance = request_.float_tolerance,
           .samples_max = request_.samples_max};
  if (plan_.keys.empty() && plan_.values.empty())
    return std::optional(not_diffed("The two tables share no column that could be compared."));
  if (must_meet()) return std::optional<TableDiff>();
  for (const ColumnPair& key : plan_.keys)
    diff_.pk_columns.push_back(key.names[0]);
  diff_.samples.key_columns = diff_.pk_columns;
  for (const ColumnPair& value : plan_.values)
    diff_.samples.value_columns.push_back(value.names[0]);
  total_.differences.resize(plan_.values.size());

  TRY(choose_by_time());
  if (!TRY(compare())) return std::optional<TableDiff>();
  thin_samples();
  TRY(finish());
  return std::optional(std::move(diff_));
}

// False where it turned out that the tables have to meet.
Result<bool> Comparison::compare() {
  const char* begin = engine::begin_snapshot_sql(plan_.dialect);
  if (begin) (void)TRY(ask(begin));
  Result<bool> done = true;
  if (joins_left())
    done = count_and_join_left();
  else if (reads_anew())
    done = join_reading_anew();
  else if (const Status status = count_and_join(); !status)
    done = status.error();
  else if (const Status told = tell_timeline(); !told)
    done = told.error();
  else if (const Status profiled = profile_values(); !profiled)
    done = profiled.error();
  if (begin) (void)connection_.query("rollback", {}).ok();
  return done;
}

Status Comparison::profile_values() {
  if (!request_.profiles) return {};
  if (request_.progress) request_.progress->begin("profiling columns", "rows", std::nullopt);
  plan_.kept = {};  // profiles are of all rows
  const auto asked = [this](const std::string& sql, std::size_t rows_max) { return ask_for(sql, rows_max); };
  diff_.profiles = TRY(profile_columns(plan_, infos_, asked));
  return {};
}

Result<void> Comparison::count_and_join() {
  if (request_.sampling) {
    TRY(count_rows());
    const auto& taken = request_.taken_sample;
    if (taken) diff_.pks.total_rows = taken->rows;
    const double ratio = taken ? taken->ratio : sampling_ratio(*request_.sampling, diff_.pks.total_rows);
    if (ratio < 1.0) return count_and_join_sample(ratio);
  }
  model::Sides<bool> unique{};
  for (std::size_t side = 0; side < 2 && !plan_.keys.empty(); ++side)
    unique[side] = TRY(keys_are_unique(side));
  if (plan_.keys.empty() || (unique[0] && unique[1])) {
    TRY(profile(unique));
  } else {
    TRY(count_rows());
    if (TRY(join_trusting())) return {};
    TRY(profile(unique));
  }
  if (diff_.pks.total_rows[0] == 0 && diff_.pks.total_rows[1] == 0) return {};
  TRY(leave_out_duplicates());
  if (!plan_.keys.empty()) TRY(join_good_rows());
  if (!plan_.keys.empty() && !problems_.nulls && !problems_.duplicates) return {};
  diff_.algorithm += plan_.keys.empty() ? "multiset" : "+multiset";
  const Rows rows = TRY(ask(multiset_sql(plan_, problems_)));
  add_multiset_samples(rows);
  return {};
}

Result<bool> Comparison::keys_are_unique(std::size_t side) {
  if (plan_.dialect != Dialect::postgresql || infos_[side].is_view) return false;
  for (const ColumnPair& key : plan_.keys)
    if (!key.conversion.wraps[side].empty()) return false;
  const Rows rows = TRY(ask(unique_index_sql(plan_, side)));
  return rows.rows.at(0).at(0) == "t";
}

void Comparison::begin_counting() {
  if (request_.progress) request_.progress->begin("counting rows", "rows", std::nullopt);
}

void Comparison::begin_comparing() {
  if (request_.progress)
    request_.progress->begin(phase_, "rows", diff_.pks.total_rows[0] + diff_.pks.total_rows[1]);
}

Result<void> Comparison::count_rows() {
  begin_counting();
  for (std::size_t side = 0; side < 2; ++side) {
    const Rows rows = TRY(ask(count_sql(plan_, side)));
    diff_.pks.total_rows[side] = integer(rows.rows.at(0).at(0));
  }
  begin_comparing();
  return {};
}

Result<void> Comparison::profile(model::Sides<bool> unique) {
  begin_counting();
  for (std::size_t side = 0; side < 2; ++side) {
    const Rows rows =
        TRY(ask(plan_.keys.empty() ? count_sql(plan_, side) : profile_sql(plan_, side, unique[side])));
    const auto& cells = rows.rows.at(0);
    diff_.pks.total_rows[side] = integer(cells[0]);
    if (plan_.keys.empty()) continue;
    diff_.pks.nulls[side] = integer(cells[1]);
    diff_.pks.dupes[side] = integer(cells[2]);
    diff_.pks.distincts[side] = integer(cells[3]);
    problems_.nulls = problems_.nulls || diff_.pks.nulls[side] > 0;
    problems_.duplicates = problems_.duplicates || diff_.pks.dupes[side] > 0;
  }
  begin_comparing();
  return {};
}

std::int64_t Comparison::trusted_rows_max() const {
  std::int64_t rows = 1;
  for (std::size_t side = 0; side < 2; ++side)
    rows += infos_[side].rows_max.value_or(diff_.pks.total_rows[side]);
  return rows;
}

// Where they were, all that a profile would tell about the keys is known.
bool Comparison::were_good(const Evidence& evidence) {
  model::KeyStats& pks = diff_.pks;
  if (evidence.nulls > 0 || evidence.surplus > 0) return false;
  for (std::size_t side = 0; side < 2; ++side)
    if (evidence.joined - evidence.exclusives[1 - side] != pks.total_rows[side]) return false;
  pks.distincts = pks.total_rows;
  return true;
}

Result<bool> Comparison::few_rows_differ() {
  // A join that cannot be narrowed at once is limited in its columns.
  if (infos_[0].is_view || infos_[1].is_view || plan_.values.empty() ||
      plan_.values.size() > probe_columns_max)
    return false;
  // PostgreSQL has one plan only where no samples are kept.
  if (plan_.dialect == Dialect::postgresql && plan_.samples_max == 0) return false;
  const Rows rows = TRY(ask(probe_sql(plan_, probe_rows)));
  note_values_seen(rows);
  return integer(rows.rows.at(0).at(1)) * 2 <= integer(rows.rows.at(0).at(0));
}

// Whether the keys were good. Where they were not, nothing of what was counted can be used.
Result<bool> Comparison::join_trusting() {
  const bool few = TRY(few_rows_differ());
  if (!few || !can_hash_rows()) return join_everything(few);
  const std::optional<bool> narrowed = TRY(join_narrowed());
  if (narrowed) return *narrowed;
  values_seen_.clear();  // the first rows are not like the others
  return join_everything(false);
}

Result<void> Comparison::join_good_rows() {
  diff_.algorithm = "join";
  const Rows rows = TRY(ask(join_sql(plan_, problems_)));
  take_join(rows);
  return fetch_samples(rows);
}

void Comparison::take_join(const Rows& rows) {
  add(total_, outcome_of(rows, plan_.values.size()));
}

// The join gave the keys of the samples; the rows themselves are fetched by key, one statement a side.
Result<void> Comparison::fetch_samples(const Rows& rows) {
  const std::size_t key_count = plan_.keys.size();
  std::vector<RowKind> kinds;
  std::vector<std::vector<model::Cell>> keys;
  for (const auto& row : rows.rows) {
    if (kind_of(row) == RowKind::figures) continue;
    kinds.push_back(kind_of(row));
    keys.emplace_back(row.begin() + 2, row.begin() + 2 + static_cast<std::ptrdiff_t>(key_count));
  }
  model::Sides<std::vector<std::vector<model::Cell>>> values;
  for (std::size_t side = 0; side < 2; ++side) {
    values[side].resize(keys.size());
    const RowKind elsewhere = side == 0 ? RowKind::added : RowKind::removed;
    std::vector<std::size_t> positions;
    std::vector<std::vector<model::Cell>> wanted;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (kinds[i] == elsewhere) continue;
      positions.push_back(i);
      wanted.push_back(keys[i]);
    }
    if (positions.empty() || plan_.values.empty()) continue;
    for (auto& row : TRY(fetch_rows(side, positions, wanted)).rows) {
      const auto position = static_cast<std::size_t>(integer(row.at(0)));
      values[side].at(position).assign(row.begin() + 1, row.end());
    }
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (kinds[i] == RowKind::changed) {
      diff_.samples.changed.push_back({keys[i], {std::move(values[0][i]), std::move(values[1][i])}});
      continue;
    }
    const std::size_t side = kinds[i] == RowKind::removed ? 0 : 1;
    diff_.samples.exclusives[side].push_back({keys[i], std::move(values[side][i])});
  }
  return {};
}

void Comparison::add_multiset_samples(const Rows& rows) {
  add(total_, outcome_of(rows, plan_.values.size()));
  const auto key_count = static_cast<std::ptrdiff_t>(plan_.keys.size());
  const auto value_count = static_cast<std::ptrdiff_t>(plan_.values.size());
  for (std::size_t i = 1; i < rows.rows.size(); ++i) {
    const auto& row = rows.rows[i];
    const std::vector<model::Cell> key(row.begin() + 3, row.begin() + 3 + key_count);
    const std::vector<model::Cell> values(row.begin() + 3 + key_count,
                                          row.begin() + 3 + key_count + value_count);
    const auto side = static_cast<std::size_t>(integer(row.at(2)));
    auto& exclusives = diff_.samples.exclusives[side];
    if (kind_of(row) != RowKind::changed) {
      if (exclusives.size() < request_.samples_max) exclusives.push_back({key, values});
    } else if (side == 0) {
      diff_.samples.changed.push_back({key, {values, {}}});
    } else {
      diff_.samples.changed.back().values[1] = values;  // side 1 of a pair follows side 0
    }
  }
  if (diff_.samples.changed.size() > request_.samples_max) diff_.samples.changed.resize(request_.samples_max);
}

// The figures of the values, and the verdict.
Status Comparison::finish() {
  model::Sides<std::int64_t> totals = diff_.pks.total_rows;
  for (std::size_t side = 0; side < 2; ++side)
    totals[side] -= diff_.pks.left_out[side];
  diff_.pks.exclusives = total_.exclusives;
  model::ValueStats& stats = diff_.values;
  stats.total_rows = totals[0] - total_.exclusives[0];
  // Each matched row has one partner: seen from either side they must be equally many.
  if (stats.total_rows != totals[1] - total_.exclusives[1])
    return corrupt("the figures contradict each other; the tables changed while they were read");
  stats.rows_with_differences = total_.changed;
  stats.compared_columns = static_cast<std::int64_t>(plan_.values.size());
  stats.total_values = stats.total_rows * stats.compared_columns;
  for (std::size_t i = 0; i < plan_.values.size(); ++i) {
    const std::int64_t different = total_.differences[i];
    stats.values_with_differences += different;
    if (different > 0) ++stats.columns_with_differences;
    const double share =
        stats.total_rows > 0 ? static_cast<double>(different) / static_cast<double>(stats.total_rows) : 0.0;
    stats.columns_diff_stats.push_back({.column_name = plan_.values[i].names[0],
                                        .match = 100.0 * (1.0 - share),
                                        .values_different = different});
  }
  if (request_.float_tolerance > 0.0)
    diff_.findings.push_back(
        {.code = "float_tolerance",
         .message = fmt::format("Floating-point values count as equal where they are {} or less apart.",
                                request_.float_tolerance),
         .command = {}});
  judge_keys();
  return {};
}

void Comparison::judge_keys() {
  const model::KeyStats& pks = diff_.pks;
  const bool left_out = pks.left_out[0] > 0 || pks.left_out[1] > 0;
  if (pks.total_rows[0] == 0 && pks.total_rows[1] == 0) {
    diff_.result = DiffResult::empty;
  } else if (plan_.keys.empty()) {
    diff_.result = DiffResult::missing_pks;
    diff_.why =
        "No primary key is known, so rows were compared whole: a changed row counts as removed and added.";
  } else if (problems_.nulls || problems_.duplicates || left_out) {
    diff_.result = DiffResult::bad_pks;
    diff_.why = fmt::format(
        "The key {} is not unique and not null: {} rows of production and {} of the pull request share their "
        "key "
        "with another row, {} and {} rows have a NULL in it; such rows were {}.",
        join(diff_.pk_columns, ", "), pks.dupes[0], pks.dupes[1], pks.nulls[0], pks.nulls[1],
        !left_out         ? "matched as well as they can be"
        : problems_.nulls ? "left out, those with a NULL matched as well as they can be"
                          : "left out");
  } else {
    diff_.result = has_differences(diff_) ? DiffResult::different : DiffResult::identical;
  }
  if (diff_.sampling && !has_row_differences(diff_))
    diff_.why += (diff_.why.empty() ? "" : " ") + no_difference_seen(*diff_.sampling);
}

}  // namespace vernier::datadiff
