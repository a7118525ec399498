// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "ci/ci.h"
#include "datadiff/datadiff.h"

namespace vernier::ci {

// How the record keeps what parse_tolerances(), parse_sampling() and parse_text_rules() read (ci.h): in the
// same words.
std::string_view mode_of(const datadiff::Tolerance& tolerance);
Json sampling_to_json(const std::optional<datadiff::SamplingWish>& wish);
Json text_rules_to_json(const datadiff::TextRules& rules);

}  // namespace vernier::ci
