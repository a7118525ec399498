// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ci/ci.h"
#include "server/http.h"
#include "server/job_results.h"
#include "store/store.h"

namespace vernier::server {

// What handlers call; outlives them.
struct Services {
  ci::Service& ci;
  store::Store& store;
  JobResults& connection_tests;
  JobResults& schema_tasks;
};

// A handler that calls `handler` with the services.
Handler bind(Services services, Result<Response> (*handler)(Services, const Request&));

// The routes of each area; the file of the same name has them.
std::vector<Route> upload_routes(Services services);
std::vector<Route> run_routes(Services services);
std::vector<Route> settings_routes(Services services);
std::vector<Route> diff_routes(Services services);
std::vector<Route> explore_routes(Services services);
std::vector<Route> system_routes();
std::vector<Route> page_routes(Services services);
std::vector<Route> webhook_routes(Services services);

// All of them.
std::vector<Route> all_routes(Services services);

}  // namespace vernier::server
