// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace vernier::store {

// CI runs and data diffs in the record.

Result<RunRecord> add_run(const Session& session, RunRecord run);
Status update_run(const Session& session, const RunRecord& run);
Result<RunRecord> find_run(const Session& session, std::int64_t id);
Result<std::vector<RunRecord>> list_runs(const Session& session, std::int64_t ci_config_id,
                                         const RunFilter& filter);
Result<std::vector<RunRecord>> runs_in(const Session& session, model::RunStatus status);

Result<DiffRecord> add_diff(const Session& session, DiffRecord diff);
Status update_diff(const Session& session, const DiffRecord& diff);
Result<DiffRecord> find_diff(const Session& session, std::int64_t id);
Result<std::vector<DiffRecord>> diffs_in(const Session& session, std::string_view status);
Result<std::vector<DiffRecord>> list_diffs(const Session& session, const DiffFilter& filter);
Result<std::int64_t> count_diffs(const Session& session);

}  // namespace vernier::store
