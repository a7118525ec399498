// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "ci/ci.h"
#include "datadiff/datadiff.h"

namespace vernier::ci {

// The members that say what counts as equal and how many rows are looked at. parse_tolerances() reads
// `diff_tolerance`, `tolerance_mode`, `diff_tolerances_per_column` and `datetime_tolerance`; parse_sampling()
// `sampling_ratio`, `sampling_max_rows`, `sampling_tolerance`, `sampling_confidence` (in percent) and
// `sampling_threshold`; parse_text_rules() `table_modifiers`;
// parse_rules() `column_rules`; parse_time() `time_column`, `time_aggregate`, `time_interval_start` and
// `time_interval_end`; parse_samples_per_column() `per_column_diff_limit`. The record keeps them in the same
// words.
std::string_view mode_of(const datadiff::Tolerance& tolerance);
Json sampling_to_json(const std::optional<datadiff::SamplingWish>& wish);
Json text_rules_to_json(const datadiff::TextRules& rules);
Json rules_to_json(const std::vector<datadiff::EqualityRule>& rules);
Json time_to_json(const std::optional<datadiff::TimeWish>& wish);

}  // namespace vernier::ci
