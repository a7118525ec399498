// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ci/manifests.h"
#include "ci/plan.h"
#include "ci/resolve.h"
#include "dbt/dbt.h"
#include "model/ci_run.h"
#include "model/manifest.h"
#include "store/store.h"

namespace vernier::ci {

// What production's tables really are, beside what its artifacts declare.

// Enters the relations that a production upload's dbt run built into the ledger.
Status record_builds(store::Store& store, const model::Upload& upload, const model::Manifest& manifest,
                     const dbt::RunResults& run_results);

// Says of each node whose table will be compared which commit last built its production relation, and where
// that is not the base's commit, which nodes at or above it differ between the two: others merged them, and
// the diff shows their effect too (three-way: the head against the merge base for the code, against
// production as it is for the data). `base` is the manifest of the base's artifacts. Gives the findings
// `stale_base`.
Result<Findings> note_production(store::Store& store, Manifests& manifests,
                                 const ResolvedArtifacts& artifacts, const model::Manifest& base,
                                 DiffPlan& plan);

// "orders, customers, ...": the first few nodes by their own names.
std::string short_names(const std::vector<std::string>& unique_ids);

}  // namespace vernier::ci
