// SPDX-License-Identifier: Apache-2.0
#include "ci/diff_fields.h"

#include <fmt/format.h>

#include <cmath>

namespace vernier::ci {
namespace {

constexpr double percent = 0.01;
constexpr const char* ignores_case = "case_insensitive_strings";
constexpr const char* null_is_empty = "null_equals_empty_string";

Result<datadiff::Tolerance> parse_tolerance(const Json& object, std::string_view value_key) {
  const auto value = TRY(optional_number(object, value_key));
  const std::string mode = TRY(optional_string(object, "tolerance_mode")).value_or("absolute");
  if (!value || !std::isfinite(*value) || *value < 0.0)
    return invalid_input(fmt::format("`{}` must be a number that is not negative", value_key));
  if (mode != "absolute" && mode != "relative")
    return invalid_input("`tolerance_mode` must be absolute or relative");
  return datadiff::Tolerance{*value, mode == "relative"};
}

}  // namespace

std::string_view mode_of(const datadiff::Tolerance& tolerance) {
  return tolerance.relative ? "relative" : "absolute";
}

Result<datadiff::Tolerances> parse_tolerances(const Json& object) {
  datadiff::Tolerances tolerances;
  if (object.contains("diff_tolerance") && !object["diff_tolerance"].is_null())
    tolerances.numbers = TRY(parse_tolerance(object, "diff_tolerance"));
  else if (object.contains("tolerance_mode") && !object["tolerance_mode"].is_null())
    return invalid_input("`tolerance_mode` is of no use without `diff_tolerance`");
  const Json columns = object.value("diff_tolerances_per_column", Json());
  if (!columns.is_null() && !columns.is_array())
    return invalid_input("`diff_tolerances_per_column` must be a list of objects");
  for (const Json& column : columns) {
    if (!column.is_object()) return invalid_input("`diff_tolerances_per_column` must be a list of objects");
    const std::string name =
        TRY_DURING("`diff_tolerances_per_column`", require_string(column, "column_name"));
    tolerances.columns[name] =
        TRY_DURING("`diff_tolerances_per_column`", parse_tolerance(column, "tolerance_value"));
  }
  tolerances.seconds = TRY(optional_number(object, "datetime_tolerance")).value_or(0.0);
  if (!std::isfinite(tolerances.seconds) || tolerances.seconds < 0.0)
    return invalid_input("`datetime_tolerance` must be a number of seconds that is not negative");
  return tolerances;
}

Result<std::optional<datadiff::SamplingWish>> parse_sampling(const Json& object) {
  datadiff::SamplingWish wish;
  wish.ratio = TRY(optional_number(object, "sampling_ratio"));
  wish.rows_max = TRY(optional_integer(object, "sampling_max_rows"));
  wish.tolerance = TRY(optional_number(object, "sampling_tolerance"));
  const auto confidence = TRY(optional_number(object, "sampling_confidence"));
  const auto threshold = TRY(optional_integer(object, "sampling_threshold"));
  if (!wish.ratio && !wish.rows_max && !wish.tolerance && !confidence && !threshold)
    return std::optional<datadiff::SamplingWish>();
  if (confidence) wish.confidence = *confidence * percent;
  wish.threshold_rows = threshold.value_or(0);
  TRY(datadiff::check_sampling(wish));
  return std::optional(wish);
}

Json sampling_to_json(const std::optional<datadiff::SamplingWish>& wish) {
  if (!wish) return Json::object();
  return {{"sampling_ratio", wish->ratio ? Json(*wish->ratio) : Json()},
          {"sampling_max_rows", wish->rows_max ? Json(*wish->rows_max) : Json()},
          {"sampling_tolerance", wish->tolerance ? Json(*wish->tolerance) : Json()},
          {"sampling_confidence", wish->confidence / percent},
          {"sampling_threshold", wish->threshold_rows}};
}

Result<datadiff::TextRules> parse_text_rules(const Json& object) {
  datadiff::TextRules rules;
  for (const std::string& modifier : TRY(string_list(object, "table_modifiers"))) {
    if (modifier == ignores_case)
      rules.ignore_case = true;
    else if (modifier == null_is_empty)
      rules.null_is_empty = true;
    else
      return invalid_input(
          fmt::format("`table_modifiers` may have {} and {}, not {}", ignores_case, null_is_empty, modifier));
  }
  return rules;
}

Json text_rules_to_json(const datadiff::TextRules& rules) {
  Json modifiers = Json::array();
  if (rules.ignore_case) modifiers.push_back(ignores_case);
  if (rules.null_is_empty) modifiers.push_back(null_is_empty);
  return modifiers;
}

Result<std::vector<datadiff::EqualityRule>> parse_rules(const Json& object) {
  std::vector<datadiff::EqualityRule> rules;
  const Json list = object.value("column_rules", Json());
  if (list.is_null()) return rules;
  if (!list.is_array()) return invalid_input("`column_rules` must be a list of objects");
  for (const Json& item : list) {
    if (!item.is_object()) return invalid_input("`column_rules` must be a list of objects");
    datadiff::EqualityRule rule;
    rule.column = TRY_DURING("`column_rules`", optional_string(item, "column")).value_or("");
    rule.type = TRY_DURING("`column_rules`", optional_string(item, "type")).value_or("");
    rule.equal_if = TRY_DURING("`column_rules`", require_string(item, "equal_if"));
    rules.push_back(std::move(rule));
  }
  TRY_DURING("`column_rules`", datadiff::check_rules(rules));
  return rules;
}

Json rules_to_json(const std::vector<datadiff::EqualityRule>& rules) {
  Json list = Json::array();
  for (const datadiff::EqualityRule& rule : rules)
    list.push_back({{"column", rule.column.empty() ? Json() : Json(rule.column)},
                    {"type", rule.type.empty() ? Json() : Json(rule.type)},
                    {"equal_if", rule.equal_if}});
  return list;
}

// A column alone, without an interval, is asked for its timeline.
Result<std::optional<datadiff::TimeWish>> parse_time(const Json& object) {
  const auto text = [&](std::string_view key) -> Result<std::string> {
    return TRY(optional_string(object, key)).value_or("");
  };
  const auto moment = [&](std::string_view key) -> Result<std::string> {
    const std::string written = TRY(text(key));
    if (written.empty()) return written;
    return TRY_DURING(fmt::format("`{}`", key), datadiff::parse_moment(written));
  };
  datadiff::TimeWish wish;
  wish.column = TRY(text("time_column"));
  wish.since = TRY(moment("time_interval_start"));
  wish.until = TRY(moment("time_interval_end"));
  const std::string unit = TRY(text("time_aggregate"));
  const bool has_interval = !wish.since.empty() || !wish.until.empty();
  if (wish.column.empty() && !has_interval && unit.empty()) return std::optional<datadiff::TimeWish>();
  if (wish.column.empty())
    return invalid_input(
        "`time_interval_start`, `time_interval_end` and `time_aggregate` need a `time_column`");
  if (!unit.empty())
    wish.unit = TRY_DURING("`time_aggregate`", datadiff::parse_time_unit(unit));
  else if (!has_interval)
    wish.unit = datadiff::TimeUnit::day;
  TRY(datadiff::check_time(wish));
  return std::optional(wish);
}

Json time_to_json(const std::optional<datadiff::TimeWish>& wish) {
  if (!wish) return Json::object();
  const auto text = [](const std::string& moment) { return moment.empty() ? Json() : Json(moment); };
  return {{"time_column", wish->column},
          {"time_aggregate", wish->unit ? Json(datadiff::to_string(*wish->unit)) : Json()},
          {"time_interval_start", text(wish->since)},
          {"time_interval_end", text(wish->until)}};
}

Result<std::size_t> parse_samples_per_column(const Json& object) {
  constexpr std::int64_t most = 1'000'000;
  const std::int64_t limit = TRY(optional_integer(object, "per_column_diff_limit")).value_or(most);
  if (limit < 1 || limit > most)
    return invalid_input(fmt::format("`per_column_diff_limit` must be an integer from 1 to {}", most));
  return limit == most ? std::size_t{0} : static_cast<std::size_t>(limit);
}

Result<engine::SessionParameters> parse_session_parameters(const Json& object, std::string_view key) {
  engine::SessionParameters parameters;
  const Json list = object.value(std::string(key), Json());
  if (list.is_null()) return parameters;
  if (!list.is_object()) return invalid_input(fmt::format("`{}` must be an object", key));
  for (const auto& item : list.items()) {
    const Json& value = item.value();
    if (value.is_structured() || value.is_null())
      return invalid_input(fmt::format("`{}`: {} must be a text or a number", key, item.key()));
    parameters[item.key()] = value.is_string() ? value.get<std::string>() : dump_json(value);
  }
  TRY_DURING(fmt::format("`{}`", key), engine::check_session_parameters(parameters));
  return parameters;
}

}  // namespace vernier::ci
