// SPDX-License-Identifier: Apache-2.0
#include "server/job_results.h"

#include <fmt/format.h>

#include <utility>

namespace vernier::server {
namespace {

constexpr std::size_t jobs_max = 256;

}  // namespace

std::int64_t JobResults::add(Json results) {
  const std::lock_guard lock(mutex_);
  if (jobs_.size() == jobs_max) jobs_.erase(jobs_.begin());
  jobs_.emplace(++last_job_, std::move(results));
  return last_job_;
}

Result<Json> JobResults::results(std::int64_t job) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return not_found(fmt::format("there is no job {} any more", job));
  return found->second;
}

}  // namespace vernier::server
