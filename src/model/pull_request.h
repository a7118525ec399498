// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/commit_sha.h"

namespace vernier::model {

// A pull request (GitLab: merge request) as its forge tells of it.
struct PullRequest {
  std::int64_t number = 0;
  bool open = true;
  std::string title;
  std::string author;  // login
  std::string url;     // for people
  std::string head_branch;
  CommitSha head_sha;
  std::string base_branch;
  CommitSha base_sha;          // the base branch's tip, which may be newer than what the head came from
  CommitSha merge_base;        // empty where the forge does not tell it with the pull request
  CommitSha merge_commit_sha;  // the forge's test merge, or the merge itself; empty where there is none
  bool from_fork = false;
  std::int64_t head_project_id = 0;  // GitLab: the project that the head commit belongs to; else 0
  std::vector<std::string> labels;
};

}  // namespace vernier::model
