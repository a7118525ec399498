// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "forge/forge.h"
#include "model/settings.h"

namespace vernier::ci {

// Whether a CI config has a repository at a forge that can be talked to.
bool has_forge(const model::CiConfig& config);

// The forges of CI configs, each opened once and kept for as long as its settings stay: with it the tokens of
// GitHub Apps, and the order of its writes.
class Forges {
 public:
  Result<std::shared_ptr<forge::Forge>> of(const model::CiConfig& config);
  // Whether the CI config's repository is called `name` now, as its forge said within the last minutes.
  Result<bool> is_called(const model::CiConfig& config, const std::string& name);

 private:
  struct Opened {
    std::string settings;  // what it was opened with, as a hash
    std::shared_ptr<forge::Forge> forge;
    std::string name;  // as the forge told it; empty where it was not asked
    std::chrono::steady_clock::time_point named_at = {};
  };
  std::mutex mutex_;
  std::map<std::int64_t, Opened> opened_;
};

// Whether what a forge refused may succeed without anybody changing something.
bool may_pass(const Error& error);

// How long to wait before the next try after `attempts` failed ones: what the forge asked for, else five
// seconds, doubled each time up to ten minutes; up to an hour where only people can mend it.
std::chrono::seconds wait_after(const Error& error, std::int64_t attempts);

// A pull request of a CI config; one thread at a time works on each.
using PullRequestKey = std::pair<std::int64_t, std::string>;
class Claims {
 public:
  bool take(const PullRequestKey& key) {
    const std::lock_guard lock(mutex_);
    return taken_.insert(key).second;
  }
  void release(const PullRequestKey& key) {
    const std::lock_guard lock(mutex_);
    taken_.erase(key);
  }

 private:
  std::mutex mutex_;
  std::set<PullRequestKey> taken_;
};

}  // namespace vernier::ci
