// SPDX-License-Identifier: Apache-2.0
#include "datadiff/sql_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;

// Null-safe, in the database's own words.
std::string are_distinct(Dialect dialect, const std::string& a, const std::string& b) {
  switch (dialect) {
    case Dialect::mysql:
      return fmt::format("not ({} <=> {})", a, b);
    case Dialect::sqlite:
      return fmt::format("{} is not {}", a, b);
    default:
      return fmt::format("{} is distinct from {}", a, b);
  }
}

std::string double_literal(Dialect dialect, double number) {
  const bool plain = dialect == Dialect::mysql || dialect == Dialect::sqlite;
  return fmt::format(fmt::runtime(plain ? "{}" : "cast('{}' as double precision)"), number);
}

// The condition on a pair of rows a and b, on lines of its own lest a comment in it swallow what follows.
std::string applied_rule(const std::string& condition, std::size_t i) {
  std::string out;
  for (std::size_t at = 0; at < condition.size();) {
    const std::string_view placeholder = std::string_view(condition).substr(at, 3);
    const bool is_value = placeholder == "{a}" || placeholder == "{b}";
    out += is_value ? fmt::format("{}.v{}", placeholder[1], i) : std::string(1, condition[at]);
    at += is_value ? placeholder.size() : 1;
  }
  return "coalesce((\n" + out + "\n), false)";
}

// Before any rule says otherwise.
std::string value_is_unlike(const DiffPlan& plan, std::size_t i) {
  const std::string& function = plan.values[i].conversion.distinct;
  std::string differs = function.empty()
                            ? are_distinct(plan.dialect, fmt::format("a.v{}", i), fmt::format("b.v{}", i))
                            : fmt::format("{0}(a.v{1}, b.v{1})", function, i);
  const std::optional<Tolerance>& own = plan.values[i].tolerance;
  if (!own && (plan.float_tolerance <= 0.0 || !plan.values[i].conversion.floating)) return differs;
  // BETWEEN and not abs(a - b): the difference of two large numbers overflows. NaN is outside any range.
  std::string tolerance = double_literal(plan.dialect, own ? own->value : plan.float_tolerance);
  if (own && own->relative) tolerance += fmt::format(" * abs(a.v{})", i);
  return fmt::format("({0} and not coalesce(a.v{1} between b.v{1} - {2} and b.v{1} + {2}, false))", differs,
                     i, tolerance);
}

// A tree and not a chain: databases limit how deep an expression may nest, and tables have 1,000 columns.
std::string any_value_differs(const DiffPlan& plan, std::size_t first, std::size_t last) {
  if (first == last) return "false";
  if (last - first == 1) return value_differs(plan, first);
  const std::size_t middle = first + (last - first) / 2;
  return "(" + any_value_differs(plan, first, middle) + " or " + any_value_differs(plan, middle, last) + ")";
}

}  // namespace

std::string listed(std::size_t count, std::string_view separator,
                   const std::function<std::string(std::size_t)>& make) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += separator;
    out += make(i);
  }
  return out;
}

std::string source_column(const DiffPlan& plan, const ColumnPair& column, std::size_t side) {
  return "src." + engine::quote_identifier(plan.dialect, column.names[side]);
}

std::string compared(const DiffPlan& plan, const ColumnPair& column, std::size_t side) {
  return column.conversion.wraps[side].around(source_column(plan, column, side));
}

std::string key_is_null(const DiffPlan& plan, std::size_t side) {
  return "(" +
         listed(plan.keys.size(), " or ",
                [&](std::size_t i) { return compared(plan, plan.keys[i], side) + " is null"; }) +
         ")";
}

std::string source(const DiffPlan& plan, std::size_t side, Texts conditions) {
  if (!plan.kept[side].empty()) conditions.insert(conditions.begin(), plan.kept[side]);
  if (!plan.samples[side].empty()) conditions.insert(conditions.begin(), plan.samples[side]);
  if (!plan.filters[side].empty()) conditions.insert(conditions.begin(), "(\n" + plan.filters[side] + "\n)");
  std::string out = " from " + plan.tables[side] + " src";
  if (!conditions.empty()) out += " where " + join(conditions, " and ");
  return out;
}

std::string key_is_in(const DiffPlan& plan, std::size_t side, const std::string& table) {
  return "exists (select 1 from " + table + " listed where " +
         listed(plan.keys.size(), " and ",
                [&](std::size_t i) {
                  return fmt::format("listed.k{} = {}", i, compared(plan, plan.keys[i], side));
                }) +
         ")";
}

std::string has_own_key(const DiffPlan& plan, std::size_t side) {
  const auto shared = [&](std::size_t of) {
    return fmt::format("select {0} from ({1}) p group by {0} having count(*) > 1", keys(plan),
                       projected_keys(plan, of, {"not " + key_is_null(plan, of)}));
  };
  return fmt::format("not exists (select 1 from ({} union {}) shared where {})", shared(0), shared(1),
                     listed(plan.keys.size(), " and ", [&](std::size_t i) {
                       return fmt::format("shared.k{} = {}", i, compared(plan, plan.keys[i], side));
                     }));
}

Texts key_expressions(const DiffPlan& plan, std::size_t side) {
  Texts list;
  for (std::size_t i = 0; i < plan.keys.size(); ++i)
    list.push_back(fmt::format("{} as k{}", compared(plan, plan.keys[i], side), i));
  return list;
}

std::string projection(const DiffPlan& plan, std::size_t side, const Texts& conditions) {
  Texts list = key_expressions(plan, side);
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    list.push_back(fmt::format("{} as v{}", compared(plan, plan.values[i], side), i));
  return "select " + join(list, ", ") + source(plan, side, conditions);
}

std::string projected_keys(const DiffPlan& plan, std::size_t side, const Texts& conditions) {
  return "select " + join(key_expressions(plan, side), ", ") + source(plan, side, conditions);
}

std::string keys(const DiffPlan& plan, std::string_view prefix) {
  return listed(plan.keys.size(), ", ", [&](std::size_t i) { return fmt::format("{}{}", prefix, i); });
}

std::string new_counters_sql() {
  return fmt::format("select {0}(), {0}(), {0}(), {0}()", engine::new_counter_function);
}

std::string counted_by(std::int64_t counter, std::int64_t rows_max) {
  return fmt::format("{}({}, {})", engine::counted_function, counter, rows_max);
}

std::string count_of(std::int64_t counter) {
  return fmt::format("{}({})", engine::take_count_function, counter);
}

std::string value_differs(const DiffPlan& plan, std::size_t i) {
  std::string differs = value_is_unlike(plan, i);
  for (const std::string& condition : plan.values[i].equal_if)
    differs = fmt::format("({} and not {})", differs, applied_rule(condition, i));
  return differs;
}

std::string any_value_differs(const DiffPlan& plan) {
  return any_value_differs(plan, 0, plan.values.size());
}

std::string row_differs(const DiffPlan& plan) {
  return "(a.k0 is null or b.k0 is null or " + any_value_differs(plan) + ")";
}

std::string flags(const DiffPlan& plan) {
  std::string out;
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    out += fmt::format(", {} as d{}", value_differs(plan, i), i);
  return out;
}

std::string counts_of_values(const DiffPlan& plan) {
  return ", " + listed(plan.values.size(), ", ", [](std::size_t i) {
           return fmt::format("count(*) filter (where a.v{0} is distinct from b.v{0})", i);
         });
}

std::string lacks_key(const DiffPlan& plan, char side) {
  return listed(plan.keys.size(), " or ",
                [&](std::size_t i) { return fmt::format("{}{} is null", side, i); });
}

std::string as_text(const std::string& expression) {
  return "cast(" + expression + " as varchar)";
}

std::string typed_literal(const DiffPlan& plan, const ColumnPair& column, const std::string& value) {
  return fmt::format("cast({} as {})", engine::quote_literal(plan.dialect, value), column.conversion.type);
}

std::string numbered_key(const DiffPlan& plan, std::size_t number, const std::vector<model::Cell>& key) {
  return fmt::format("({}, {})", number, listed(plan.keys.size(), ", ", [&](std::size_t i) {
                       return typed_literal(plan, plan.keys[i], key[i].value_or(""));
                     }));
}

std::string padded(Texts cells, std::size_t width) {
  cells.resize(std::max(width, cells.size()), "cast(null as varchar)");
  return join(cells, ", ");
}

std::string keys_equal(const DiffPlan& plan) {
  return listed(plan.keys.size(), " and ", [](std::size_t i) { return fmt::format("a.k{0} = b.k{0}", i); });
}

std::string renamed_keys(const DiffPlan& plan) {
  const auto renamed = [&](char side) {
    return listed(plan.keys.size(), ", ",
                  [&](std::size_t i) { return fmt::format("{0}.k{1} as {0}{1}", side, i); });
  };
  return renamed('a') + ", " + renamed('b');
}

}  // namespace vernier::datadiff
