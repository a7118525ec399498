// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/finding.h"
#include "base/json.h"
#include "base/result.h"

namespace vernier {

// Findings as reports and records have them: a list of {code, run_type, commit_sha, message, command}.
Json findings_to_json(const Findings& findings);
// One of the list; fails with invalid_input naming the member that is absent or no text.
Result<Finding> finding_from_json(const Json& json);

}  // namespace vernier
