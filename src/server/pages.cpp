// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"
#include "server/routes.h"

namespace vernier::server {
namespace {

// A page may style itself and show inline images, and nothing else: names in it come from a project that
// a stranger's pull request can change.
Result<Response> show_run(Services services, const Request& request) {
  const model::CiRun run = TRY(services.ci.run(request.ids[0], request.ids[1]));
  return Response{200,
                  "text/html; charset=utf-8",
                  report::to_html(run),
                  {{"Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
                    "form-action 'none'; frame-ancestors 'none'"},
                   {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

std::vector<Route> page_routes(Services services) {
  return {{"GET", "/ci/{id}/runs/{id}", bind(services, show_run)}};
}

}  // namespace vernier::server
