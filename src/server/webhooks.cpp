// SPDX-License-Identifier: Apache-2.0
#include "forge/forge.h"
#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

// Forges are answered at once, and 2xx to whatever there is nothing to do about: GitLab pauses hooks that are
// answered with anything else. What is not signed is 401 and has no effect.
Result<Response> answer_to(Services services, const Request& request, const std::string& provider) {
  const auto taken = services.ci.accept_webhook(provider, {request.headers, request.body});
  if (!taken.ok() && taken.error().kind == ErrorKind::denied)
    return error_response(401, taken.error().message);
  const std::string status = TRY(taken);
  Response response = json_response({{"status", status}});
  response.status = 202;
  return response;
}

Result<Response> take(Services services, const Request& request) {
  const std::string provider = forge::provider_of({request.headers, request.body});
  if (provider.empty())
    return error_response(400, "the headers name no forge that is known: GitHub, GitLab, Gitea or Forgejo");
  return answer_to(services, request, provider);
}

Result<Response> take_from_dbt_cloud(Services services, const Request& request) {
  return answer_to(services, request, "dbt_cloud");
}

}  // namespace

std::vector<Route> webhook_routes(Services services) {
  std::vector<Route> routes;
  // The last two are where the reference service takes them.
  for (const char* path : {"/webhooks/github", "/webhooks/gitlab", "/webhooks/gitea", "/webhooks/forgejo",
                           "/integrations/github/v1/app_hook", "/integrations/gitlab/v1/app_hook"})
    routes.push_back({"POST", path, bind(services, take)});
  routes.push_back({"POST", "/webhooks/dbt_cloud", bind(services, take_from_dbt_cloud)});
  return routes;
}

}  // namespace vernier::server
