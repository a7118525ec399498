// SPDX-License-Identifier: Apache-2.0
#include "datadiff/tolerances.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vernier::datadiff {

namespace {

using engine::ColumnInfo;

std::string in_words(const Tolerance& tolerance) {
  return tolerance.relative ? fmt::format("{}% or less of production's value", 100.0 * tolerance.value)
                            : fmt::format("{} or less", tolerance.value);
}

const Tolerance* own_tolerance(const Tolerances& tolerances, const ColumnPair& pair) {
  for (const auto& [column, tolerance] : tolerances.columns)
    if (is_called(pair, column)) return &tolerance;
  return nullptr;
}

}  // namespace

Result<ColumnPair> tolerant(engine::Dialect dialect, const ColumnInfo& first, const ColumnInfo& second,
                            const Tolerances& tolerances, ColumnPair pair) {
  if (!tolerances.any()) return pair;
  if (dialect == engine::Dialect::mysql || dialect == engine::Dialect::sqlite) {
    pair.conversion.must_meet = true;
    return pair;
  }
  const Tolerance* own = own_tolerance(tolerances, pair);
  if (auto numbers = numbers_as_doubles(dialect, first, second); numbers && (own || tolerances.numbers))
    return ColumnPair{std::move(pair.names), std::move(*numbers), own ? *own : *tolerances.numbers};
  if (own)
    return invalid_input("the column " + first.name + " has a tolerance but is no number: it is " +
                         first.type + " in production and " + second.type + " in the pull request");
  if (auto times = times_as_doubles(dialect, first, second); times && tolerances.seconds > 0.0)
    return ColumnPair{std::move(pair.names), std::move(*times), Tolerance{tolerances.seconds, false}};
  return pair;
}

Status check_tolerances(const Tolerances& tolerances, const std::vector<ColumnPair>& values) {
  for (const auto& [column, tolerance] : tolerances.columns)
    if (std::none_of(values.begin(), values.end(),
                     [&](const ColumnPair& pair) { return is_called(pair, column); }))
      return invalid_input("the column " + column + " has a tolerance but its values are not compared");
  return {};
}

Findings tolerance_findings(const Tolerances& tolerances) {
  Findings findings;
  const auto say = [&](const std::string& message) {
    findings.push_back({.code = "tolerance", .message = message, .command = {}});
  };
  if (tolerances.numbers)
    say("Numbers count as equal where they are " + in_words(*tolerances.numbers) + " apart.");
  for (const auto& [column, tolerance] : tolerances.columns)
    say("Values of " + column + " count as equal where they are " + in_words(tolerance) + " apart.");
  if (tolerances.seconds > 0.0)
    say(fmt::format("Dates and times count as equal where they are {} s or less apart.", tolerances.seconds));
  return findings;
}

ColumnPair with_text_rules(engine::Dialect dialect, const TextRules& rules, bool is_key, ColumnPair pair) {
  if (!rules.any()) return pair;
  if (dialect == engine::Dialect::mysql || dialect == engine::Dialect::sqlite) {
    pair.conversion.must_meet = true;
    return pair;
  }
  if (!pair.conversion.text) return pair;
  for (Wrap& wrap : pair.conversion.wraps) {
    // Databases and columns whose collation is "C" know the letters of ASCII alone, and Turkish ones other
    // pairs.
    const bool postgresql = dialect == engine::Dialect::postgresql;
    if (rules.ignore_case)
      wrap = {postgresql ? "(lower((" + wrap.before : "lower(" + wrap.before,
              wrap.after + (postgresql ? ") collate pg_catalog.\"und-x-icu\") collate \"C\")" : ")")};
    if (rules.null_is_empty && !is_key) wrap = {"coalesce(" + wrap.before, wrap.after + ", '')"};
  }
  pair.conversion.same_type = false;  // equal values need not be equal in the tables
  return pair;
}

Findings text_findings(const TextRules& rules) {
  Findings findings;
  if (rules.ignore_case)
    findings.push_back({.code = "text_rule",
                        .message = "Texts count as equal where they differ in upper and lower case alone.",
                        .command = {}});
  if (rules.null_is_empty)
    findings.push_back(
        {.code = "text_rule", .message = "NULL and the empty text count as equal.", .command = {}});
  return findings;
}

}  // namespace vernier::datadiff
