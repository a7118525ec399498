// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "ci/ci.h"
#include "ci/worker.h"
#include "forge/forge.h"
#include "store/store.h"

namespace vernier::ci {

// Takes the artifacts of dbt Cloud's production and pull-request jobs by its API (admin API v2: runs/ and
// runs/{id}/artifacts/), as a client would upload them. Jobs are asked for new runs every few minutes, and at
// once when dbt Cloud's webhook tells that a run has ended.
class DbtCloudPoller {
 public:
  using Accept = std::function<Result<model::Upload>(const UploadOrder&)>;
  DbtCloudPoller(store::Store& store, Accept accept);

  void start() { worker_.start(); }
  void stop() { worker_.stop(); }
  // As Service::accept_webhook(), for a delivery of dbt Cloud: its `Authorization` header is the HMAC-SHA256
  // of the body.
  Result<std::string> accept(const forge::Delivery& delivery);

 private:
  void work();
  Status poll(const model::CiConfig& config);
  Status poll_job(const model::CiConfig& config, std::int64_t job_id, model::RunType type);
  Status take_run(const model::CiConfig& config, const Json& run, model::RunType type);

  store::Store& store_;
  const Accept accept_;
  Worker worker_;
};

}  // namespace vernier::ci
