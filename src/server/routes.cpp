// SPDX-License-Identifier: Apache-2.0
#include "server/routes.h"

#include <algorithm>
#include <iterator>

namespace vernier::server {

Handler bind(Services services, Result<Response> (*handler)(Services, const Request&)) {
  return [services, handler](const Request& request) { return handler(services, request); };
}

std::vector<Route> all_routes(Services services) {
  std::vector<Route> routes;
  for (std::vector<Route> area :
       {system_routes(), upload_routes(services), run_routes(services), settings_routes(services),
        diff_routes(services), explore_routes(services), page_routes(services), webhook_routes(services)})
    std::ranges::move(area, std::back_inserter(routes));
  return routes;
}

}  // namespace vernier::server
