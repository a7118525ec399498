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

std::string rows_of(const DiffPlan& plan, std::size_t side, const std::vector<ColumnPair>& rest,
                    const Texts& conditions) {
  Texts list = key_expressions(plan, side);
  for (std::size_t i = 0; i < plan.values.size(); ++i) {
    const std::string value = compared(plan, plan.values[i], side);
    list.push_back(
        fmt::format("{} as v{}", is_joined_by_hash(plan.values[i]) ? "hash(" + value + ")" : value, i));
  }
  if (!rest.empty()) list.push_back(hash_of(plan, side, rest) + " as h");
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

// A column of the key from the value that whole_key() makes, called k.
std::string part_of_key(const DiffPlan& plan, std::size_t i) {
  return plan.keys.size() == 1 ? "k" : fmt::format("k.k{}", i);
}

constexpr const char* counted_table = "temp.main.vernier_counted";
constexpr const char* doubtful_table = "temp.main.vernier_doubtful";

// What a row of the join is.
constexpr const char* removed = "b0 is null";
constexpr const char* added = "a0 is null";
constexpr const char* doubtful = "unlike and a0 is not null and b0 is not null";
constexpr const char* changed = "differs and not unlike and a0 is not null and b0 is not null";

struct Sampled {
  RowKind kind;
  const char* keys;
  const char* condition;
  char side;  // that has the key
};
constexpr Sampled sampled_kinds[] = {{RowKind::changed, "changed_keys", changed, 'a'},
                                     {RowKind::removed, "removed_keys", removed, 'a'},
                                     {RowKind::added, "added_keys", added, 'b'}};

}  // namespace

std::string counting_join_sql(const DiffPlan& plan, const std::vector<ColumnPair>& rest,
                              const RowCounters& counters, model::Sides<bool> count_sides) {
  const auto counted_rows = [&](std::size_t side) {
    return rows_of(plan, side, rest,
                   count_sides[side] ? Texts{counted_by(counters.read[side], counters.rows_max)} : Texts());
  };
  Texts figures = {
      "count(*) as joined",
      count_where(changed, "changed"),
      count_where(removed, "removed"),
      count_where(added, "added"),
      count_where(doubtful, "doubtful"),
      count_where(fmt::format("({}) and ({})", lacks_key(plan, 'a'), lacks_key(plan, 'b')), "nulls"),
      fmt::format("min(case when {} then {} else {} end, {}) filter (where {} or {}) as exclusives", added,
                  hashed_key(plan, 'b'), hashed_key(plan, 'a'), exclusives_checked_max, added, removed),
      fmt::format("min({}, {}) filter (where {}) as doubtful_keys", whole_key(plan, 'a'), doubtful_max,
                  doubtful)};
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    figures.push_back(count_where(fmt::format("{} and d{}", changed, i), fmt::format("d{}", i)));
  for (const Sampled& sampled : sampled_kinds)
    if (plan.samples_max > 0)
      figures.push_back(fmt::format("min({}, {}) filter (where {}) as {}", whole_key(plan, sampled.side),
                                    std::min(plan.samples_max, first_keys_max), sampled.condition,
                                    sampled.keys));
  return fmt::format(
      "create or replace temp table {} as select {} from (select {}, {} as differs, {} as unlike{} from ({}) "
      "a full "
      "join ({}) b on {} where {}) j",
      counted_table, join(figures, ", "), renamed_keys(plan), row_differs(plan),
      rest.empty() ? "false" : "a.h is distinct from b.h", flags(plan), counted_rows(0), counted_rows(1),
      keys_equal(plan), counted_by(counters.joined, counters.rows_max));
}

std::string counted_join_sql(const DiffPlan& plan) {
  Texts cells = {as_text("changed"), as_text("removed"), as_text("added")};
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    cells.push_back(as_text(fmt::format("d{}", i)));
  cells.insert(cells.end(),
               {as_text("joined"), as_text("nulls"),
                as_text(fmt::format(
                    "(select count(*) - count(distinct h) from (select unnest(exclusives) as h from {}))",
                    counted_table)),
                as_text("doubtful")});
  const std::size_t width = std::max(cells.size(), plan.keys.size());
  std::string arms = fmt::format("select 0 as kind, cast(0 as bigint) as pos, {} from {}",
                                 padded(std::move(cells), width), counted_table);
  for (const Sampled& sampled : sampled_kinds) {
    if (plan.samples_max == 0) break;
    Texts key;
    for (std::size_t i = 0; i < plan.keys.size(); ++i)
      key.push_back(as_text(part_of_key(plan, i)));
    arms += fmt::format(
        " union all select {0}, i, {1} from (select unnest({2}) as k, unnest(range(1, len({2}) + 1)) as i "
        "from {3}) s",
        static_cast<int>(sampled.kind), padded(std::move(key), width), sampled.keys, counted_table);
  }
  return arms + " order by 1, 2";
}

std::string taken_counters_sql(const RowCounters& counters) {
  return fmt::format("select {}, {}, {}, {}", count_of(counters.read[0]), count_of(counters.read[1]),
                     count_of(counters.joined), count_of(counters.kept));
}

std::string note_doubtful_sql(const DiffPlan& plan, Keeping keeping) {
  const std::string key = listed(plan.keys.size(), ", ", [&](std::size_t i) {
    return fmt::format("{} as k{}", part_of_key(plan, i), i);
  });
  return fmt::format("{}select {} from (select unnest(doubtful_keys) as k from {}) s",
                     kept_in(doubtful_table, keeping), key, counted_table);
}

std::string is_doubtful(const DiffPlan& plan, std::size_t side) {
  return key_is_in(plan, side, doubtful_table);
}

std::string doubtful_keys_sql(std::size_t key) {
  return fmt::format("select distinct k{} from {}", key, doubtful_table);
}

std::string order_of_keys_sql(const DiffPlan& plan,
                              const std::vector<std::vector<model::Cell>>& keys_wanted) {
  const std::string rows = listed(keys_wanted.size(), ", ",
                                  [&](std::size_t row) { return numbered_key(plan, row, keys_wanted[row]); });
  return fmt::format("select pos from (values {}) b(pos, {}) order by {}", rows, keys(plan), keys(plan));
}

}  // namespace vernier::datadiff
