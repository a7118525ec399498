// SPDX-License-Identifier: Apache-2.0
#include "datadiff/counting_join_sql.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vernier::datadiff {

namespace {

constexpr std::size_t first_keys_max = 999'999;  // DuckDB keeps less than a million least values

// Texts take most of the room of a join. A hash of them does, which tells them apart as surely as the rows'
// hashes of narrow_sql.h do. Only where nothing is asked of them but whether they are the same.
bool is_joined_by_hash(const ColumnPair& column) {
  const Conversion& conversion = column.conversion;
  const std::string type = to_lower(conversion.type);
  return (type == "varchar" || type == "blob") && !conversion.nested && conversion.distinct.empty() &&
         !column.tolerance && column.equal_if.empty();
}

std::string rows_of(const DiffPlan& plan, std::size_t side, const Texts& conditions) {
  Texts list = key_expressions(plan, side);
  for (std::size_t i = 0; i < plan.values.size(); ++i) {
    const std::string value = compared(plan, plan.values[i], side);
    list.push_back(
        fmt::format("{} as v{}", is_joined_by_hash(plan.values[i]) ? "hash(" + value + ")" : value, i));
  }
  return "select " + join(list, ", ") + source(plan, side, conditions);
}

// A key as one value, whose order is that of the key.
std::string whole_key(const DiffPlan& plan, char side) {
  if (plan.keys.size() == 1) return fmt::format("{}0", side);
  return "struct_pack(" +
         listed(plan.keys.size(), ", ",
                [&](std::size_t i) { return fmt::format("k{1} := {0}{1}", side, i); }) +
         ")";
}

std::string hashed_key(const DiffPlan& plan, char side) {
  return "hash(" +
         listed(plan.keys.size(), ", ", [&](std::size_t i) { return fmt::format("{}{}", side, i); }) + ")";
}

std::string count_where(const std::string& condition, const std::string& name) {
  return fmt::format("count(*) filter (where {}) as {}", condition, name);
}

}  // namespace

std::string counting_join_sql(const DiffPlan& plan, const RowCounters& counters,
                              model::Sides<bool> count_sides) {
  const auto counted_rows = [&](std::size_t side) {
    return rows_of(plan, side,
                   count_sides[side] ? Texts{counted_by(counters.read[side], counters.rows_max)} : Texts());
  };
  const std::string matched = "differs and a0 is not null and b0 is not null";
  const std::string removed = "b0 is null";
  const std::string added = "a0 is null";
  Texts figures = {
      "count(*) as joined",
      count_where(matched, "changed"),
      count_where(removed, "removed"),
      count_where(added, "added"),
      count_where(fmt::format("({}) and ({})", lacks_key(plan, 'a'), lacks_key(plan, 'b')), "nulls"),
      fmt::format("min(case when {} then {} else {} end, {}) filter (where {} or {}) as exclusives", added,
                  hashed_key(plan, 'b'), hashed_key(plan, 'a'), exclusives_checked_max, added, removed)};
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    figures.push_back(count_where(fmt::format("{} and d{}", matched, i), fmt::format("d{}", i)));
  struct Kind {
    RowKind kind;
    const char* name;
    const std::string& condition;
    char side;
  };
  const Kind kinds[] = {{RowKind::changed, "changed_keys", matched, 'a'},
                        {RowKind::removed, "removed_keys", removed, 'a'},
                        {RowKind::added, "added_keys", added, 'b'}};
  Texts cells = {as_text("changed"), as_text("removed"), as_text("added")};
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    cells.push_back(as_text(fmt::format("d{}", i)));
  cells.insert(cells.end(),
               {as_text("joined"), as_text("nulls"),
                as_text("(select count(*) - count(distinct h) from (select unnest(exclusives) as h from "
                        "x))")});
  const std::size_t width = std::max(cells.size(), plan.keys.size());
  std::string arms =
      " select 0 as kind, cast(0 as bigint) as pos, " + padded(std::move(cells), width) + " from x";
  const std::size_t keys_max = std::min(plan.samples_max, first_keys_max);
  for (const Kind& kind : kinds) {
    if (keys_max == 0) break;
    figures.push_back(fmt::format("min({}, {}) filter (where {}) as {}", whole_key(plan, kind.side), keys_max,
                                  kind.condition, kind.name));
    Texts key;
    for (std::size_t i = 0; i < plan.keys.size(); ++i)
      key.push_back(as_text(plan.keys.size() == 1 ? "k" : fmt::format("k.k{}", i)));
    arms += fmt::format(
        " union all select {}, i, {} from (select unnest({}) as k, unnest(range(1, len({}) + 1)) as i from "
        "x) s",
        static_cast<int>(kind.kind), padded(std::move(key), width), kind.name, kind.name);
  }
  return fmt::format(
             "with x as materialized (select {} from (select {}, {} as differs{} from ({}) a full join ({}) "
             "b on {} where "
             "{}) j)",
             join(figures, ", "), renamed_keys(plan), row_differs(plan), flags(plan), counted_rows(0),
             counted_rows(1), keys_equal(plan), counted_by(counters.joined, counters.rows_max)) +
         arms + " order by 1, 2";
}

std::string taken_counters_sql(const RowCounters& counters) {
  return fmt::format("select {}, {}, {}, {}", count_of(counters.read[0]), count_of(counters.read[1]),
                     count_of(counters.joined), count_of(counters.kept));
}

}  // namespace vernier::datadiff
