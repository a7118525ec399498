// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "model/commit_sha.h"

namespace vernier::model {

enum class RunType { production, pull_request };

// Whether the artifacts' dbt command built relations (`run`, `build`, `seed`, `snapshot`) or only declared
// a state (`parse`, `ls`, `compile`, or no run_results.json at all).
enum class ArtifactKind { built, declared };

std::string_view to_string(RunType type);
std::string_view to_string(ArtifactKind kind);
// Fails with invalid_input, naming the two run types.
Result<RunType> parse_run_type(std::string_view text);
Result<ArtifactKind> parse_artifact_kind(std::string_view text);

// One receipt of artifacts, as the store records it. Blob ids are the SHA-256 of the content; empty where
// the upload had no such file.
struct Upload {
  std::int64_t id = 0;
  std::int64_t ci_config_id = 0;
  RunType run_type = RunType::production;
  CommitSha commit_sha;
  std::string run_id;       // links a production and a pull-request upload; empty if none
  std::string received_at;  // UTC, as now_utc() writes it
  std::string dbt_version;
  std::string invocation_id;
  ArtifactKind kind = ArtifactKind::declared;
  std::int64_t nodes = 0;
  std::int64_t bytes_stored = 0;
  std::string manifest_blob;
  std::string run_results_blob;
  std::string catalog_blob;
  std::string fingerprint_blob;    // dbt::encode() of the manifest
  bool mixed_invocations = false;  // manifest.json and run_results.json are of different dbt runs
  Findings warnings;               // what looked wrong when it came in
};

}  // namespace vernier::model
