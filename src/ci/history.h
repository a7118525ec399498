// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ci/forges.h"
#include "model/commit_sha.h"
#include "model/settings.h"
#include "store/store.h"

namespace vernier::ci {

// What forges tell of commits, where CI configs have one.
class History {
 public:
  History(store::Store& store, Forges& forges) : store_(store), forges_(forges) {}

  // Asks the forge how `commit` stands to the newest commits that production has artifacts of, and records
  // the history between them. A forge that does not tell is no failure: the ladder is only shorter. Gives
  // false where the forge could not be asked, and another try may tell more.
  Result<bool> learn(const model::CiConfig& config, const model::CommitSha& commit);
  // The paths that changed between two commits; nullopt where nobody tells them all.
  std::optional<std::vector<std::string>> files_between(const model::CiConfig& config,
                                                        const model::CommitSha& from,
                                                        const model::CommitSha& to);

 private:
  store::Store& store_;
  Forges& forges_;
};

}  // namespace vernier::ci
