// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "forge/forge.h"
#include "model/ci_run.h"
#include "model/settings.h"

namespace vernier::ci {

// What the check on the pull request's head says of a run (design.md, decision 9): the CI config's rules
// decide which outcomes fail it. The state, its one line, and `report`, the run as markdown, where a check
// run is to show it; commit and ids are the caller's.
forge::CheckOrder check_of(const model::CiRun& run, const model::CiConfig& config, const std::string& report);

// The check's name, the same for every run of a CI config: "vernier/shop".
std::string check_name(const model::CiConfig& config);

}  // namespace vernier::ci
