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
// `sampling_threshold`; parse_text_rules() `table_modifiers`. The record keeps them in the same words.
std::string_view mode_of(const datadiff::Tolerance& tolerance);
Json sampling_to_json(const std::optional<datadiff::SamplingWish>& wish);
Json text_rules_to_json(const datadiff::TextRules& rules);

}  // namespace vernier::ci
