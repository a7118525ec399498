// SPDX-License-Identifier: Apache-2.0
// How tables are joined in DuckDB where most rows differ, those too that were left in files and on servers.
#include <algorithm>
#include <array>

#include "datadiff/comparison.h"
#include "datadiff/counting_join_sql.h"
#include "datadiff/key_ranges.h"

namespace vernier::datadiff {

using engine::Rows;

namespace {

// Of a range and side. The first and the last group are shared with its neighbours, so with few of them much
// is read twice; many of a wide table leave the processor's caches and then the memory.
constexpr std::int64_t groups_min = 3;
constexpr std::int64_t groups_max = 10;
constexpr std::int64_t columns_of_groups = 128;
constexpr double group_readings_max = 2.0;  // with more, one join of everything is cheaper

}  // namespace

// Of all rows, the one plan where ranges are not worth it.
Result<std::vector<DiffPlan>> Comparison::parts_of_join(std::int64_t groups, double readings_max) {
  std::vector<DiffPlan> parts;
  const std::int64_t wanted = ranges_of(groups, infos_, diff_.pks.total_rows);
  if (wanted > 1 && has_ranges(plan_)) {
    const Rows rows = TRY(ask_for(key_ranges_sql(plan_, infos_, wanted), static_cast<std::size_t>(wanted)));
    for (const KeyRange& range : key_ranges(rows, readings_max))
      parts.push_back(ranged_plan(plan_, range));
  }
  if (parts.empty()) parts.push_back(plan_);
  return parts;
}

// As if all parts had as many rows.
RowsPart Comparison::rows_of_part(std::size_t part, std::size_t parts) const {
  const std::int64_t each =
      (diff_.pks.total_rows[0] + diff_.pks.total_rows[1]) / static_cast<std::int64_t>(parts);
  return {.before = each * static_cast<std::int64_t>(part), .rows = each};
}

void Comparison::note_values_seen(const Rows& probed) {
  values_seen_.clear();
  for (std::size_t i = 0; i < plan_.values.size(); ++i)
    values_seen_.push_back(integer(probed.rows.at(0).at(2 + i)) > 0);
}

// A join holds one hash in place of the values that hardly differ, as far as the first rows show.
JoinColumns Comparison::columns_of_join() const {
  const bool by_hash = plan_.dialect == engine::Dialect::duckdb && !values_seen_.empty();
  JoinColumns columns;
  for (std::size_t i = 0; i < plan_.values.size(); ++i) {
    if (!by_hash || values_seen_[i] || plan_.values[i].conversion.nested)
      columns.apart.push_back(i);
    else
      columns.rest.push_back(plan_.values[i]);
  }
  return columns;
}

// In DuckDB the rows that are read anew are counted on their way.
Result<Rows> Comparison::join_part(const DiffPlan& part, const JoinColumns& columns, RowsPart rows,
                                   std::int64_t rows_max, bool few_differ) {
  if (plan_.dialect != engine::Dialect::duckdb)
    return ask_part(trusting_join_sql(part, rows_max, few_differ), answer_rows_max(), rows);
  DiffPlan joined = part;
  joined.values.clear();
  for (const std::size_t i : columns.apart)
    joined.values.push_back(part.values[i]);
  const RowCounters counters = TRY(new_counters(rows_max, 0));
  const model::Sides<bool> anew = {infos_[0].rows_max.has_value(), infos_[1].rows_max.has_value()};
  (void)TRY(ask_part(counting_join_sql(joined, columns.rest, counters, anew), answer_rows_max(),
                     reads_anew() ? RowsPart() : rows));
  const Rows taken = TRY(ask(taken_counters_sql(counters)));
  for (std::size_t side = 0; side < 2; ++side)
    if (anew[side]) diff_.pks.total_rows[side] = integer(taken.rows.at(0).at(side));
  return ask(counted_join_sql(joined));
}

// Where too many keys are of one side alone for the join to tell whether several rows have one.
Result<bool> Comparison::has_shared_keys() {
  for (std::size_t side = 0; side < 2; ++side)
    if (integer(TRY(ask(profile_sql(plan_, side, false))).rows.at(0).at(2)) > 0) return true;
  return false;
}

// Whether the keys were good. Where they were not, nothing of what was counted can be used.
Result<bool> Comparison::join_everything(bool few_differ) {
  const auto columns = static_cast<std::int64_t>(plan_.keys.size() + plan_.values.size());
  const std::int64_t groups = std::clamp(columns_of_groups / columns, groups_min, groups_max);
  const std::vector<DiffPlan> parts = TRY(parts_of_join(groups, group_readings_max));
  if (const auto good = TRY(join_parts(parts, columns_of_join(), few_differ))) return *good;
  values_seen_.clear();
  return TRY(join_parts(parts, columns_of_join(), few_differ)).value_or(false);
}

// nullopt where so many pairs are doubtful that all values have to be compared one by one.
Result<std::optional<bool>> Comparison::join_parts(const std::vector<DiffPlan>& parts,
                                                   const JoinColumns& columns, bool few_differ) {
  constexpr std::optional<bool> bad = false;
  const bool is_duckdb = plan_.dialect == engine::Dialect::duckdb;
  Outcome outcome = {.differences = std::vector<std::int64_t>(columns.apart.size())};
  Evidence evidence;
  std::int64_t doubtful = 0;
  bool are_unchecked = false;  // keys that one side alone has
  Rows samples;
  std::array<std::size_t, 4> kept{};  // samples by kind, whose order is the ranges'
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t rows_max = trusted_rows_max() - evidence.joined;
    if (rows_max <= 0 || evidence.nulls > 0 || evidence.surplus > 0) return bad;
    const auto part = join_part(parts[i], columns, rows_of_part(i, parts.size()), rows_max, few_differ);
    if (!part && engine::is_too_many_counted(part.error())) return bad;
    if (!part) return part.error();
    const Rows& rows = *part;
    const Outcome found = outcome_of(rows, columns.apart.size());
    add(outcome, found);
    const auto figure = [&](std::size_t at) {
      return integer(rows.rows.at(0).at(5 + columns.apart.size() + at));
    };
    evidence.joined += figure(0);
    evidence.nulls += figure(1);
    evidence.surplus += figure(2);
    if (is_duckdb) {
      are_unchecked = are_unchecked || found.exclusives[0] + found.exclusives[1] > exclusives_checked_max;
      const Keeping keeping = doubtful == 0 ? Keeping::anew : Keeping::also;
      doubtful += figure(3);
      if (doubtful > doubtful_max) return std::optional<bool>();
      if (figure(3) > 0) (void)TRY(ask(note_doubtful_sql(plan_, keeping)));
    }
    for (const auto& row : rows.rows) {
      const RowKind kind = kind_of(row);
      if (kind != RowKind::figures && kept.at(static_cast<std::size_t>(kind))++ >= plan_.samples_max)
        continue;
      samples.rows.push_back(row);
    }
  }
  evidence.exclusives = outcome.exclusives;
  if (!were_good(evidence) || (are_unchecked && TRY(has_shared_keys()))) return bad;
  diff_.algorithm = "join";
  Outcome of_all = {.changed = outcome.changed,
                    .exclusives = outcome.exclusives,
                    .differences = std::vector<std::int64_t>(plan_.values.size())};
  for (std::size_t at = 0; at < columns.apart.size(); ++at)
    of_all.differences[columns.apart[at]] = outcome.differences[at];
  add(total_, of_all);
  TRY(fetch_samples(samples));
  if (doubtful > 0) TRY(compare_doubtful(doubtful));
  return std::optional(true);
}

}  // namespace vernier::datadiff
