// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "datadiff/datadiff.h"

namespace vernier::cli {

// What counts as equal, and which rows are looked at, as the command line says it.
struct DiffOptions {
  std::string tolerance;  // "0.5" or "1%"
  std::string relative_tolerance;
  std::vector<std::string> column_tolerances;  // "price=0.5", "price=1%"
  double time_tolerance = 0.0;
  std::vector<std::string> ignored;
  bool ignore_case = false;
  bool null_is_empty = false;
  bool sort_arrays = false;
  std::vector<std::string> rules;  // "price={a} is null and {b} = 0"

  bool skip_duplicates = false;
  std::string time_column;
  std::string since;
  std::string until;
  std::string time_unit;
  std::size_t samples_per_column = 0;

  std::optional<double> ratio;
  std::optional<std::int64_t> rows_max;
  std::optional<double> sample_tolerance;
  std::optional<double> confidence;  // percent
  std::optional<std::int64_t> threshold_rows;

  bool profile = false;
};

// `options` must live as long as the command.
void add_diff_options(CLI::App& command, DiffOptions& options);

// Fails with invalid_input naming the option.
Result<datadiff::DiffRequest> with_options(datadiff::DiffRequest request, const DiffOptions& options);

}  // namespace vernier::cli
