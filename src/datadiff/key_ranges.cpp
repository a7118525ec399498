// SPDX-License-Identifier: Apache-2.0
#include "datadiff/key_ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

constexpr std::uint64_t samples_of_group = 30;  // about

}  // namespace

std::int64_t ranges_of(std::int64_t groups, const model::Sides<engine::TableInfo>& infos,
                       const model::Sides<std::int64_t>& total_rows) {
  if (!infos[0].stored || !infos[1].stored) return 1;
  const std::int64_t group_rows = std::max(infos[0].stored->group_rows, infos[1].stored->group_rows);
  return std::max<std::int64_t>(1, std::max(total_rows[0], total_rows[1]) / (groups * group_rows));
}

bool has_ranges(const DiffPlan& plan) {
  const Conversion& conversion = plan.keys[0].conversion;
  return !conversion.must_meet && conversion.distinct.empty() && !conversion.nested &&
         conversion.wraps[0].empty() && conversion.wraps[1].empty();
}

std::string key_ranges_sql(const DiffPlan& plan, const model::Sides<engine::TableInfo>& infos,
                           std::int64_t ranges) {
  const auto sampled = [&](std::size_t side) {
    const engine::StoredRows& stored = *infos[side].stored;
    DiffPlan placed = plan;
    placed.tables[side] = "(" + stored.rows + ")";
    const auto group_rows = static_cast<std::uint64_t>(stored.group_rows);
    const std::uint64_t step = std::bit_floor(std::max<std::uint64_t>(1, group_rows / samples_of_group));
    return fmt::format("select {} as side, cast({} as {}) as k, src.vernier_place // {} as g{}", side,
                       source_column(plan, plan.keys[0], side), plan.keys[0].conversion.type,
                       stored.group_rows,
                       source(placed, side, {fmt::format("src.vernier_place & {} = 0", step - 1)}));
  };
  return fmt::format(
      "with s as materialized ({} union all {}), "
      "r as (select *, ntile({}) over (order by k) as n from s where k is not null) "
      "select cast(max(k) as varchar), count(distinct (side, g)), (select count(distinct (side, g)) from s) "
      "from r group by n order by n",
      sampled(0), sampled(1), ranges);
}

std::vector<KeyRange> key_ranges(const engine::Rows& rows, double readings_max) {
  std::int64_t readings = 0;
  std::int64_t groups = 0;
  std::vector<KeyRange> ranges;
  std::optional<std::string> above;
  for (const auto& row : rows.rows) {
    readings += integer(row[1]);
    groups = integer(row[2]);
    if (row[0] == above) continue;  // so many rows have this key
    ranges.push_back({above, row[0]});
    above = row[0];
  }
  if (ranges.size() < 2 || static_cast<double>(readings) > readings_max * static_cast<double>(groups))
    return {};
  ranges.back().up_to = std::nullopt;
  return ranges;
}

DiffPlan ranged_plan(const DiffPlan& plan, const KeyRange& range) {
  DiffPlan ranged = plan;
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string column = source_column(plan, plan.keys[0], side);
    const auto bound = [&](const char* relation, const std::string& value) {
      return fmt::format("{} {} {}", column, relation, typed_literal(plan, plan.keys[0], value));
    };
    Texts conditions;
    if (range.above) conditions.push_back(bound(">", *range.above));
    if (range.up_to) conditions.push_back(bound("<=", *range.up_to));
    std::string condition = join(conditions, " and ");
    if (!range.above) condition = fmt::format("({} or {} is null)", condition, column);
    ranged.kept[side] = plan.kept[side].empty() ? condition : plan.kept[side] + " and " + condition;
  }
  return ranged;
}

}  // namespace vernier::datadiff
