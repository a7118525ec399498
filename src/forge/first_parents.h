// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/commit_sha.h"

namespace vernier::forge {

using Parents = std::map<model::CommitSha, std::vector<model::CommitSha>>;

struct CommitCalls {
  // A page of history from a commit on, and the commit alone; not_found where the forge has it not.
  std::function<Result<Parents>(const model::CommitSha& from)> page;
  std::function<Result<Parents>(const model::CommitSha& commit)> one;
};

// As Forge::first_parents() says. Merges may fill pages with commits that are of no use, so a page is asked
// for from where the last one did not lead on, at most 30 times; where there is no list of commits, the
// commits are asked for one by one, at most 30.
Result<std::vector<model::CommitSha>> walk_first_parents(const CommitCalls& calls,
                                                         const model::CommitSha& commit, std::size_t count);

}  // namespace vernier::forge
