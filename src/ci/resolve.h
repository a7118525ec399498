// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/finding.h"
#include "base/result.h"
#include "model/ci_run.h"
#include "model/settings.h"
#include "store/store.h"

namespace vernier::ci {

// The artifacts of both sides of a run, and what the reader must know about them.
struct ResolvedArtifacts {
  model::Resolution pr;
  model::Resolution base;
  std::optional<model::Upload> pr_upload;
  std::optional<model::Upload> base_upload;
  Findings warnings;
};

// Climbs the ladder (design.md, decision 4) for both sides: a pair of one run id, else exact, else the
// nearest ancestor with artifacts, else the newest production upload, else none. Of several uploads of one
// commit the newest built one is taken, else the newest declared one. Artifacts of a forge's test merge are
// those of its head. An `overdue` run takes those of an earlier head of its pull request where its own are
// missing.
Result<ResolvedArtifacts> resolve(store::Store& store, const model::CiConfig& config,
                                  const store::RunRecord& run, bool overdue);

// The command that brings the artifacts of a commit.
std::string upload_command(std::int64_t ci_config_id, model::RunType type, const model::CommitSha& commit);

}  // namespace vernier::ci
