// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/finding.h"
#include "compare/compare.h"

namespace vernier::compare {

// What makes the comparison of these two manifests less than fair: other versions, adapters, projects.
Findings fairness_findings(const model::Manifest& base, const model::Manifest& head,
                           const std::vector<model::Change>& changes);

}  // namespace vernier::compare
