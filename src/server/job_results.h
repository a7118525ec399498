// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "base/json.h"
#include "base/result.h"

namespace vernier::server {

// The results of the newest jobs of one kind, for the client, which asks for them by job afterwards. They are
// not kept over a restart: such a job is repeated in seconds. Safe for concurrent use.
class JobResults {
 public:
  // Returns the job's id.
  std::int64_t add(Json results);
  // Fails with not_found, also where the job is too old.
  Result<Json> results(std::int64_t job) const;

 private:
  mutable std::mutex mutex_;
  std::int64_t last_job_ = 0;
  std::map<std::int64_t, Json> jobs_;
};

}  // namespace vernier::server
