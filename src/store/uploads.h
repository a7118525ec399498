// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "model/artifacts.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace vernier::store {

// Uploads and the commits' first-parent history in the record.

Result<model::Upload> add_upload(const Session& session, model::Upload upload);
Result<model::Upload> find_upload(const Session& session, std::int64_t id);
Result<std::vector<model::Upload>> list_uploads(const Session& session, std::int64_t ci_config_id,
                                                const UploadFilter& filter);
Status add_ancestors(const Session& session, std::int64_t ci_config_id, const model::CommitSha& commit,
                     const std::vector<model::CommitSha>& ancestors);
Result<std::vector<Store::Ancestor>> ancestor_uploads(const Session& session, std::int64_t ci_config_id,
                                                      const model::CommitSha& commit);

Status add_builds(const Session& session, std::int64_t ci_config_id, const std::vector<Build>& builds);
Result<std::vector<Build>> all_builds(const Session& session, std::int64_t ci_config_id);
Result<std::optional<std::int64_t>> distance(const Session& session, std::int64_t ci_config_id,
                                             const model::CommitSha& ancestor,
                                             const model::CommitSha& commit);

// A commit as a column has it; empty is no commit.
Result<model::CommitSha> read_commit(Row& row);

}  // namespace vernier::store
