// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "ci/ci.h"
#include "ci/worker.h"
#include "forge/forge.h"
#include "store/store.h"

namespace vernier::ci {

// Takes the artifacts of dbt Cloud's production and pull-request jobs by its API (admin API v2: runs/ and
// runs/{id}/artifacts/), as a client would upload them. Jobs are asked for new runs every minute, and at once
// when dbt Cloud's webhook tells that a run has ended. Each CI config is asked for by a thread of its own, so
// that none waits for another's dbt Cloud.
class DbtCloudPoller {
 public:
  using Accept = std::function<Result<model::Upload>(const UploadOrder&)>;
  DbtCloudPoller(store::Store& store, Accept accept);

  void start();
  void stop();
  // As Service::accept_webhook(), for a delivery of dbt Cloud: its `Authorization` header is the HMAC-SHA256
  // of the body.
  Result<std::string> accept(const forge::Delivery& delivery);

 private:
  // Starts the thread of each CI config that has a dbt Cloud and no thread yet. A config that is gone leaves
  // its thread idle.
  void start_pollers(const std::vector<model::CiConfig>& configs);
  void work(std::int64_t ci_config_id);
  Status poll(const model::CiConfig& config);
  Status poll_job(const model::CiConfig& config, std::int64_t job_id, model::RunType type);
  Status take_run(const model::CiConfig& config, const Json& run, model::RunType type);

  store::Store& store_;
  const Accept accept_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;                                         // guards pollers_
  std::map<std::int64_t, std::unique_ptr<Worker>> pollers_;  // by CI config
  Worker settings_;                                          // looks for new CI configs
};

}  // namespace vernier::ci
