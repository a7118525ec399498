// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ci/ci.h"
#include "ci/commands.h"
#include "ci/forges.h"
#include "ci/publisher.h"
#include "ci/runner.h"
#include "ci/worker.h"
#include "forge/forge.h"
#include "store/store.h"

namespace vernier::ci {

// Follows pull requests at their forges: takes events, each recorded before it is acknowledged, and starts,
// restarts and cancels runs as the CI config's rules say. An event is only a reason to look: what the pull
// request is, its forge is asked, so that late, repeated and reordered events do no harm.
class PullRequests {
 public:
  PullRequests(store::Store& store, Forges& forges, Runner& runner, Publisher& publisher,
               const ServiceOptions& options);

  void start();
  void stop();

  // As Service::accept_webhook().
  Result<std::string> accept(const std::string& provider, const forge::Delivery& delivery);
  // Looks at the pull request of a run that a client triggered, to learn its merge base, its history, and
  // where to report. Does nothing where the CI config has no forge.
  Status follow(const model::CiConfig& config, const store::RunRecord& run);

 private:
  void work();
  void work_on(store::EventRecord event);
  Status handle(const store::EventRecord& event);
  // `force` starts a run also where the head has one.
  Status look_at(const model::CiConfig& config, std::int64_t number, bool force);
  // What can be done from a delivery alone, where the forge cannot be asked.
  Status believe(const model::CiConfig& config, const model::PullRequest& told);
  Status leave_alone(const std::string& why, const model::CiConfig& config,
                     const model::PullRequest& pull_request, const std::optional<store::RunRecord>& newest);
  Status look_at_run(const model::CiConfig& config, std::int64_t run_id);
  Status start_run(const model::CiConfig& config, forge::Forge& forge, const model::PullRequest& pull_request,
                   const std::string& source);
  Status obey(const model::CiConfig& config, const forge::Event& event);

  store::Store& store_;
  Forges& forges_;
  Runner& runner_;
  Publisher& publisher_;
  Claims claims_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace vernier::ci
