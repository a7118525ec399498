// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "model/table_diff.h"

namespace vernier::report {

// What stands beside a diff's figures where a sample was compared, columns were profiled or differences
// spread over time, as objects, and back. The confidence is in percent, as people order it; intervals are
// pairs.
Json sampling_json(const model::Sampling& sampling);
Result<model::Sampling> read_sampling(const Json& json);
Json profiles_json(const std::vector<model::ColumnProfile>& profiles);
Result<std::vector<model::ColumnProfile>> read_profiles(const Json& json);
Json timeline_json(const model::Timeline& timeline);
Result<model::Timeline> read_timeline(const Json& json);

}  // namespace vernier::report
