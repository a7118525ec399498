// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "ci/ci.h"
#include "ci/forges.h"
#include "ci/worker.h"
#include "store/store.h"

namespace vernier::ci {

// Keeps each pull request's comment and check as its newest run has it. What is due stands in the record and
// is tried until the forge takes it, so that no report is lost; what was written is kept by hash, so that
// none is written twice.
class Publisher {
 public:
  Publisher(store::Store& store, Forges& forges, const ServiceOptions& options);

  // Makes all open pull requests due, for a killed server may have owed them something, and starts the
  // threads.
  Status start();
  void stop();
  // A run of the pull request changed. `pr_num` that is no number (a run without a pull request) is passed
  // over.
  void touch(const model::CiConfig& config, const std::string& pr_num);

 private:
  void work();
  void publish_one(store::Publication publication);
  Status publish(store::Publication& publication);
  Status put_comment(forge::Forge& forge, const std::string& body, store::Publication& publication);
  Status put_check(forge::Forge& forge, const forge::CheckOrder& order, store::Publication& publication);

  store::Store& store_;
  Forges& forges_;
  const ServiceOptions options_;
  Claims claims_;
  std::mutex mutex_;  // guards touched_, and due_at in the record
  std::set<PullRequestKey> touched_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace vernier::ci
