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

}  // namespace vernier::ci
