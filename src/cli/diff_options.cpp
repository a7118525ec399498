// SPDX-License-Identifier: Apache-2.0
#include "cli/diff_options.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "base/text.h"

namespace vernier::cli {

namespace {

constexpr double percent = 0.01;

Result<double> parse_number(std::string_view text, std::string_view option) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number) || number < 0.0)
    return invalid_input(fmt::format("{}: \"{}\" is not a number of 0 or more", option, text));
  return number;
}

// "0.5", or with a percent sign a share of production's number.
Result<datadiff::Tolerance> parse_tolerance(std::string_view text, std::string_view option) {
  const bool relative = text.ends_with('%');
  if (relative) text.remove_suffix(1);
  const double number = TRY(parse_number(text, option));
  return datadiff::Tolerance{relative ? number * percent : number, relative};
}

Result<std::optional<datadiff::Tolerance>> tolerance_of_all(const DiffOptions& options) {
  if (!options.tolerance.empty() && !options.relative_tolerance.empty())
    return invalid_input("give either --tolerance or --relative-tolerance");
  if (!options.tolerance.empty())
    return std::optional(TRY(parse_tolerance(options.tolerance, "--tolerance")));
  if (options.relative_tolerance.empty()) return std::optional<datadiff::Tolerance>();
  auto tolerance = TRY(parse_tolerance(options.relative_tolerance, "--relative-tolerance"));
  tolerance.relative = true;
  return std::optional(tolerance);
}

Result<datadiff::Tolerances> tolerances_of(const DiffOptions& options) {
  datadiff::Tolerances tolerances;
  tolerances.numbers = TRY(tolerance_of_all(options));
  for (const std::string& text : options.column_tolerances) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0)
      return invalid_input(fmt::format("--column-tolerance: \"{}\" is not COLUMN=X or COLUMN=X%", text));
    tolerances.columns[text.substr(0, equals)] =
        TRY(parse_tolerance(std::string_view(text).substr(equals + 1), "--column-tolerance"));
  }
  tolerances.seconds = options.time_tolerance;
  return tolerances;
}

Result<std::vector<datadiff::EqualityRule>> rules_of(const DiffOptions& options) {
  std::vector<datadiff::EqualityRule> rules;
  for (const std::string& text : options.rules) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return invalid_input(fmt::format("--equal-if: \"{}\" is not COLUMN=CONDITION", text));
    rules.push_back({.column = text.substr(0, equals), .type = {}, .equal_if = text.substr(equals + 1)});
  }
  TRY_DURING("--equal-if", datadiff::check_rules(rules));
  return rules;
}

Result<std::optional<datadiff::TimeWish>> time_of(const DiffOptions& options) {
  const bool has_interval = !options.since.empty() || !options.until.empty();
  if (options.time_column.empty() && !has_interval && options.time_unit.empty())
    return std::optional<datadiff::TimeWish>();
  if (options.time_column.empty())
    return invalid_input("--since, --until and --time-aggregate need a --time-column");
  datadiff::TimeWish wish{.column = options.time_column, .since = {}, .until = {}};
  if (!options.since.empty()) wish.since = TRY_DURING("--since", datadiff::parse_moment(options.since));
  if (!options.until.empty()) wish.until = TRY_DURING("--until", datadiff::parse_moment(options.until));
  if (!options.time_unit.empty())
    wish.unit = TRY_DURING("--time-aggregate", datadiff::parse_time_unit(options.time_unit));
  else if (!has_interval)
    wish.unit = datadiff::TimeUnit::day;
  return std::optional(wish);
}

std::optional<datadiff::SamplingWish> sampling_of(const DiffOptions& options) {
  if (!options.ratio && !options.rows_max && !options.sample_tolerance && !options.confidence &&
      !options.threshold_rows)
    return std::nullopt;
  datadiff::SamplingWish wish{
      .ratio = options.ratio, .rows_max = options.rows_max, .tolerance = options.sample_tolerance};
  if (options.confidence) wish.confidence = *options.confidence * percent;
  wish.threshold_rows = options.threshold_rows.value_or(0);
  return wish;
}

void add_equality_options(CLI::App& command, DiffOptions& options) {
  const char* group = "What counts as equal";
  command
      .add_option("--tolerance", options.tolerance,
                  "Numbers that are X or less apart; X% is of table 1's number")
      ->group(group);
  command
      .add_option("--relative-tolerance", options.relative_tolerance,
                  "Numbers that are X times table 1's number or less apart, 0.01 for 1%")
      ->group(group);
  command
      .add_option("--column-tolerance", options.column_tolerances,
                  "COLUMN=X or COLUMN=X%: for this column instead; repeatable")
      ->allow_extra_args(false)
      ->group(group);
  command
      .add_option("--time-tolerance", options.time_tolerance,
                  "Dates and times that are so many seconds or less apart")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  command.add_option("--ignore", options.ignored, "Leave out this column; gitignore patterns; repeatable")
      ->allow_extra_args(false)
      ->group(group);
  command.add_flag("--ignore-case", options.ignore_case, "Texts in upper and lower case")->group(group);
  command.add_flag("--null-is-empty", options.null_is_empty, "NULL and the empty text")->group(group);
  command.add_flag("--sort-arrays", options.sort_arrays, "Lists with the same elements in another order")
      ->group(group);
  command
      .add_option(
          "--equal-if", options.rules,
          "COLUMN=CONDITION: values of this column for which an SQL condition on table 1's {a} and table "
          "2's {b} holds; repeatable")
      ->allow_extra_args(false)
      ->group(group);
}

void add_row_options(CLI::App& command, DiffOptions& options) {
  const char* group = "Which rows are compared";
  command
      .add_flag("--skip-duplicates", options.skip_duplicates,
                "Leave out keys that stand in several rows of a side")
      ->group(group);
  command
      .add_option(
          "--time-column", options.time_column,
          "The column of dates or times that the following are about; alone: how differences are spread "
          "over its days")
      ->group(group);
  command
      .add_option("--since", options.since, "Rows of this time and later: 2026-01-31, 2026-01-31T10:00:00Z")
      ->group(group);
  command.add_option("--until", options.until, "Rows before this time")->group(group);
  command
      .add_option("--time-aggregate", options.time_unit,
                  "Show how differences are spread over its minutes, hours, days, weeks, months or years")
      ->check(CLI::IsMember({"minute", "hour", "day", "week", "month", "year"}))
      ->group(group);
  command
      .add_option("--sample-per-column", options.samples_per_column,
                  "Of the rows that --sample shows, N for each column that differs")
      ->check(CLI::Range(1, 10'000))
      ->group(group);
}

void add_sampling_options(CLI::App& command, DiffOptions& options) {
  const char* group = "Looking at a sample of the rows (estimates with intervals; the same rows each time)";
  command.add_option("--sampling-ratio", options.ratio, "This part of the keys: 0.01 is one in a hundred")
      ->group(group);
  command.add_option("--sampling-rows", options.rows_max, "About so many rows of the larger table at most")
      ->group(group);
  command
      .add_option("--sampling-tolerance", options.sample_tolerance,
                  "As many as tell the share of differing rows so exactly: 0.01 is one percent")
      ->group(group);
  command
      .add_option("--sampling-confidence", options.confidence,
                  "Percent of certainty that an interval holds; 99 unless given")
      ->group(group);
  command
      .add_option("--sampling-threshold", options.threshold_rows, "Tables of fewer rows are looked at whole")
      ->group(group);
}

}  // namespace

void add_diff_options(CLI::App& command, DiffOptions& options) {
  add_equality_options(command, options);
  add_row_options(command, options);
  add_sampling_options(command, options);
  command.add_flag(
      "--profile", options.profile,
      "Show what each compared column holds on both sides: NULLs, bounds, how values are spread");
}

Result<datadiff::DiffRequest> with_options(datadiff::DiffRequest request, const DiffOptions& options) {
  request.tolerances = TRY(tolerances_of(options));
  request.ignore_patterns = options.ignored;
  request.texts = {.ignore_case = options.ignore_case, .null_is_empty = options.null_is_empty};
  request.sampling = sampling_of(options);
  if (request.sampling) TRY_DURING("sampling", datadiff::check_sampling(*request.sampling));
  request.profiles = options.profile;
  request.rules = TRY(rules_of(options));
  request.sort_arrays = options.sort_arrays;
  request.skip_duplicates = options.skip_duplicates;
  request.samples_per_column = options.samples_per_column;
  request.time = TRY(time_of(options));
  TRY(datadiff::check_request(request));
  return request;
}

}  // namespace vernier::cli
