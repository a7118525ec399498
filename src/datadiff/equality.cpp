// SPDX-License-Identifier: Apache-2.0
#include "datadiff/equality.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;

constexpr std::size_t rules_max = 200;
constexpr std::size_t expression_bytes_max = 2'000;

// The array as it is where it has several dimensions, or none that can be told.
Wrap sorted_array(const engine::ColumnInfo& column) {
  const std::string order = elements_have_order(column) ? "e" : "e::text";
  return {
      "(select case when pg_catalog.array_ndims(l.v) = 1 then array(select e from pg_catalog.unnest(l.v) e "
      "order by " +
          order + ") else l.v end from (select ",
      " as v) l)"};
}

}  // namespace

Status check_rules(const std::vector<EqualityRule>& rules) {
  if (rules.size() > rules_max)
    return invalid_input(fmt::format("there are more than {} rules of equality", rules_max));
  for (const EqualityRule& rule : rules) {
    if (rule.column.empty() == rule.type.empty())
      return invalid_input("a rule of equality is for either a `column` or a `type`");
    if (!rule.type.empty()) TRY(check_type_name(rule.type));
    if (rule.equal_if.size() > expression_bytes_max)
      return invalid_input(
          fmt::format("a condition of equality has more than {} characters", expression_bytes_max));
    if (rule.equal_if.find("{a}") == std::string::npos && rule.equal_if.find("{b}") == std::string::npos)
      return invalid_input(fmt::format(
          "the condition \"{}\" names neither {{a}}, production's value, nor {{b}}, the pull request's",
          rule.equal_if));
  }
  return {};
}

ColumnPair with_rules(Dialect dialect, const engine::ColumnInfo& first,
                      const std::vector<EqualityRule>& rules, ColumnPair pair) {
  // Conditions are about numbers, which text files have only once they are read.
  if (!rules.empty() && !pair.conversion.distinct.empty()) pair.conversion.must_meet = true;
  for (const EqualityRule& rule : rules) {
    // One kind of SQL is enough to ask for: those without a full one meet.
    if (dialect == Dialect::mysql || dialect == Dialect::sqlite)
      pair.conversion.must_meet = true;
    else if (rule.column.empty() ? is_of_type(first, rule.type) : is_called(pair, rule.column))
      pair.equal_if.push_back(rule.equal_if);
  }
  return pair;
}

Status check_ruled_columns(const std::vector<EqualityRule>& rules, const std::vector<ColumnPair>& values) {
  for (const EqualityRule& rule : rules)
    if (!rule.column.empty() && std::none_of(values.begin(), values.end(), [&](const ColumnPair& pair) {
          return is_called(pair, rule.column);
        }))
      return invalid_input("the column " + rule.column +
                           " has a rule of equality but its values are not compared");
  return {};
}

ColumnPair with_sorted_lists(Dialect dialect, const engine::ColumnInfo& first,
                             const engine::ColumnInfo& second, ColumnPair pair) {
  if (!is_list(dialect, first) || !is_list(dialect, second)) return pair;
  const model::Sides<const engine::ColumnInfo*> columns = {&first, &second};
  for (std::size_t side = 0; side < 2; ++side) {
    const Wrap sorted = dialect == Dialect::duckdb ? Wrap{"list_sort(", ")"} : sorted_array(*columns[side]);
    Wrap& wrap = pair.conversion.wraps[side];
    wrap = {wrap.before + sorted.before, sorted.after + wrap.after};
  }
  pair.conversion.same_type = false;  // equal values need not be equal in the tables
  return pair;
}

Findings equality_findings(const DiffRequest& request) {
  Findings findings;
  if (request.sort_arrays)
    findings.push_back({.code = "lists_sorted",
                        .message = "Lists count as equal where they have the same elements in any order.",
                        .command = {}});
  for (const EqualityRule& rule : request.rules)
    findings.push_back({.code = "equality_rule",
                        .message = fmt::format("Values of {}{} count as equal also where {}.",
                                               rule.column.empty() ? "type " : "",
                                               rule.column.empty() ? rule.type : rule.column, rule.equal_if),
                        .command = {}});
  return findings;
}

}  // namespace vernier::datadiff
