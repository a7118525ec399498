// SPDX-License-Identifier: Apache-2.0
// How MySQL and SQLite compare: by left joins, where an index guarantees good keys and finds them. Everything
// else meets in an embedded DuckDB: without an index these two take minutes for what it does in seconds, they
// cannot compare all types as a person would, and have no hash to sample by.
#include <algorithm>

#include "datadiff/comparison.h"
#include "datadiff/left_join_sql.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;
using engine::Rows;

// A left join shows each column three times, and SQLite's results have at most 2,000 columns.
constexpr std::size_t left_join_columns_max = 500;

// Whether all columns of a unique index are in the key; what is done to key columns there keeps them unlike.
bool unique_by_index(const engine::TableInfo& table, const DiffPlan& plan, std::size_t side) {
  const auto in_key = [&](const std::string& column) {
    return std::any_of(plan.keys.begin(), plan.keys.end(),
                       [&](const ColumnPair& key) { return key.names[side] == column; });
  };
  return std::any_of(table.unique.begin(), table.unique.end(), [&](const auto& columns) {
    return std::all_of(columns.begin(), columns.end(), in_key);
  });
}

}  // namespace

bool Comparison::joins_left() const {
  return plan_.dialect == Dialect::mysql || plan_.dialect == Dialect::sqlite;
}

bool Comparison::must_meet() const {
  if (!joins_left()) return false;
  if (request_.sampling || request_.profiles || request_.wants_timeline()) return true;
  const auto meets = [](const ColumnPair& column) { return column.conversion.must_meet; };
  return plan_.keys.empty() || !unique_by_index(infos_[0], plan_, 0) ||
         !unique_by_index(infos_[1], plan_, 1) || plan_.values.size() > left_join_columns_max ||
         std::any_of(plan_.keys.begin(), plan_.keys.end(), meets) ||
         std::any_of(plan_.values.begin(), plan_.values.end(), meets);
}

// The rows of one statement; figures and samples come from the same pass over the join.
void Comparison::take_left_join(const Rows& rows) {
  const std::size_t columns = plan_.values.size();
  for (const auto& row : rows.rows) {
    const RowKind kind = kind_of(row);
    const std::int64_t count = integer(row.at(2));
    if (kind == RowKind::changed) total_.changed += count;
    if (kind == RowKind::removed) total_.exclusives[0] += count;
    if (kind == RowKind::added) total_.exclusives[1] += count;
    for (std::size_t i = 0; i < columns && kind == RowKind::changed; ++i)
      total_.differences[i] += integer(row.at(3 + i));
    if (integer(row.at(1)) == 0) continue;
    const auto key_begin = row.begin() + static_cast<std::ptrdiff_t>(3 + columns);
    const auto key_end = key_begin + static_cast<std::ptrdiff_t>(plan_.keys.size());
    const auto middle = key_end + static_cast<std::ptrdiff_t>(columns);
    const std::vector<model::Cell> key(key_begin, key_end);
    if (kind == RowKind::changed)
      diff_.samples.changed.push_back({key, {std::vector(key_end, middle), std::vector(middle, row.end())}});
    else if (kind == RowKind::removed)
      diff_.samples.exclusives[0].push_back({key, std::vector(key_end, middle)});
    else
      diff_.samples.exclusives[1].push_back({key, std::vector(middle, row.end())});
  }
}

// False where keys have NULLs.
Result<bool> Comparison::count_and_join_left() {
  TRY(profile({true, true}));
  if (problems_.nulls) return false;
  const auto& totals = diff_.pks.total_rows;
  if (totals[0] == 0 && totals[1] == 0) return true;
  diff_.algorithm = "left_join";
  take_left_join(TRY(ask(left_join_sql(plan_))));
  if (totals[1] > totals[0] - total_.exclusives[0]) take_left_join(TRY(ask(added_rows_sql(plan_))));
  return true;
}

}  // namespace vernier::datadiff
