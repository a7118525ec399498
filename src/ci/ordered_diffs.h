// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "ci/carry_out.h"
#include "ci/ci.h"
#include "ci/plan.h"
#include "datadiff/datadiff.h"
#include "store/store.h"

namespace vernier::ci {

// Diffs as people order them, one by one or beside a run, and as the record keeps them.

// Fails with invalid_input on an order that names no relation for a side, or more than one.
Status check_order(const DiffOrder& order);

// What a DiffRecord keeps of an order, and back.
Json order_to_json(const DiffOrder& order);
Result<DiffOrder> order_from_json(const Json& json);

// Runs an ordered diff and gives its record as it is to be stored.
store::DiffRecord carry_out_diff(store::DiffRecord record, const RunContext& context);

// The record of a diff that has just ended with this result.
store::DiffRecord with_result(store::DiffRecord record, const model::TableDiff& diff);

// One diff within a run's wish to stop; what goes wrong is in the result.
model::TableDiff run_diff(engine::Database& database, const datadiff::DiffRequest& request,
                          CancelGroup& group);
model::TableDiff failed_diff(const Error& error);

// The text that a RunRecord keeps of the diffs that a client submitted, and the diffs as entries of the plan
// beside those that dbt's artifacts gave. An empty text has none.
std::string submitted_to_text(const std::vector<SubmittedDiff>& diffs);
Status add_submitted(const std::string& text, const model::CiConfig& config, const model::DataSource& source,
                     DiffPlan& plan);

}  // namespace vernier::ci
