// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "model/artifacts.h"
#include "model/change.h"
#include "model/commit_sha.h"
#include "model/table_diff.h"

namespace vernier::model {

enum class RunStatus { waiting, needs_confirmation, queued, processing, done, failed, cancelled };
std::string_view to_string(RunStatus status);
Result<RunStatus> parse_run_status(std::string_view text);

// How the artifacts of one side were found: the rungs of the ladder, best first.
enum class ResolutionStep { exact, ancestor, latest, none };
std::string_view to_string(ResolutionStep step);
Result<ResolutionStep> parse_resolution_step(std::string_view text);

// The commit whose artifacts a run should have, and the one whose artifacts it took. `used` is empty and
// `kind` unset where the step is none.
struct Resolution {
  CommitSha wanted;
  CommitSha used;
  ResolutionStep step = ResolutionStep::none;
  std::optional<std::int64_t> behind;  // commits from used to wanted where the ancestry is known
  std::optional<ArtifactKind> kind;
  std::int64_t upload_id = 0;  // 0 where the step is none
  // unique_ids of the nodes whose files changed between used and wanted; unset where nobody tells. An empty
  // list says that the fallback is exact in effect.
  std::optional<std::vector<std::string>> nodes_between;
};

// The production upload whose dbt run last built a relation.
struct LastBuild {
  CommitSha commit_sha;
  std::string built_at;                // UTC
  std::optional<std::int64_t> behind;  // commits from it to the base that the run wants, where known
};

// One changed or affected node with what its data diff said.
struct ReportedNode {
  Change change;
  std::vector<std::string> prod;  // relation parts; empty where the node is new
  std::vector<std::string> pr;    // relation parts; empty where the node is removed
  std::int64_t diff_id = 0;       // 0 where no diff was recorded
  TableDiff diff;
  std::optional<LastBuild> last_build;  // of the production relation; unset where no upload tells
  // unique_ids of nodes at or above this one that differ between the base's artifacts and what production
  // was last built from: their effect is in the diff, and is not this pull request's.
  std::vector<std::string> others;
};

// One comparison for one pull-request head: what is stored, reported and shown.
struct CiRun {
  std::int64_t id = 0;
  std::int64_t ci_config_id = 0;
  std::string ci_config_name;
  RunStatus status = RunStatus::waiting;
  std::string failure;  // why, where the status is failed
  std::string pr_num;
  std::string pr_branch;
  CommitSha pr_sha;
  std::string base_branch;
  CommitSha base_sha;
  std::string source;      // "trigger", "webhook", "comment", ...
  std::string created_at;  // UTC
  std::string finished_at;
  std::string url;  // the run's page; empty where the server does not know its own address
  Resolution pr;
  Resolution base;
  Findings warnings;
  std::vector<ReportedNode> models;  // worst first
  std::int64_t nodes_unchanged = 0;
  std::int64_t diffs_planned = 0;  // tables to compare, also where the run waits for a confirmation
};

}  // namespace vernier::model
