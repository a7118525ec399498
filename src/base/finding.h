// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace vernier {

// Something the reader must know that is not a failure: artifacts missing, key not unique, a type that
// cannot be compared. Travels inside the value it is about.
struct Finding {
  std::string code;             // stable, snake_case: "artifacts_missing"
  std::string message;          // one or two whole sentences for people
  std::string command;          // the shell command that mends it; empty where there is none
  std::string run_type = {};    // "production" or "pull_request" where the finding is about artifacts
  std::string commit_sha = {};  // the commit it is about, where there is one

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

}  // namespace vernier
