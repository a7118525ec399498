// SPDX-License-Identifier: Apache-2.0
#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

Result<Response> add_data_source(Services services, const Request& request) {
  const Json fields = TRY(parse_json(request.body));
  return json_response(TRY(services.ci.add_data_source(fields)));
}

Result<Response> list_data_sources(Services services, const Request&) {
  return json_response(TRY(services.ci.data_sources()));
}

Result<Response> show_data_source(Services services, const Request& request) {
  return json_response(TRY(services.ci.data_source(request.ids[0])));
}

Result<Response> remove_data_source(Services services, const Request& request) {
  TRY(services.ci.remove_data_source(request.ids[0]));
  return json_response({{"id", request.ids[0]}, {"deleted", true}});
}

Json to_json(const ci::ConnectionTest& test) {
  return {{"step", test.step},
          {"status", "done"},
          {"result",
           {{"code", test.ok ? "ok" : "error"},
            {"message", test.message},
            {"outcome", test.ok ? "success" : "failure"}}}};
}

// The test has ended when this answers; the job exists because the client asks for it.
Result<Response> test_data_source(Services services, const Request& request) {
  Json results = Json::array();
  for (const ci::ConnectionTest& test : TRY(services.ci.test_data_source(request.ids[0])))
    results.push_back(to_json(test));
  return json_response({{"job_id", services.connection_tests.add(std::move(results))}});
}

Result<Response> show_test(Services services, const Request& request) {
  const Json results = TRY(services.connection_tests.results(request.ids[0]));
  return json_response({{"results", results}});
}

Result<Response> add_ci_config(Services services, const Request& request) {
  const Json fields = TRY(parse_json(request.body));
  return json_response(TRY(services.ci.add_ci_config(fields)));
}

Result<Response> list_ci_configs(Services services, const Request&) {
  return json_response(TRY(services.ci.ci_configs()));
}

Result<Response> show_ci_config(Services services, const Request& request) {
  return json_response(TRY(services.ci.ci_config(request.ids[0])));
}

Result<Response> update_ci_config(Services services, const Request& request) {
  const Json fields = TRY(parse_json(request.body));
  return json_response(TRY(services.ci.update_ci_config(request.ids[0], fields)));
}

Result<Response> remove_ci_config(Services services, const Request& request) {
  TRY(services.ci.remove_ci_config(request.ids[0]));
  return json_response({{"id", request.ids[0]}, {"deleted", true}});
}

Result<Response> export_config(Services services, const Request&) {
  return json_response(TRY(services.ci.export_config()));
}

Result<Response> apply_config(Services services, const Request& request) {
  const Json config = TRY(parse_json(request.body));
  TRY(services.ci.apply_config(config));
  return export_config(services, request);
}

}  // namespace

std::vector<Route> settings_routes(Services services) {
  return {
      {"GET", "/api/v1/data_sources", bind(services, list_data_sources)},
      {"POST", "/api/v1/data_sources", bind(services, add_data_source)},
      {"GET", "/api/v1/data_sources/{id}", bind(services, show_data_source)},
      {"DELETE", "/api/v1/data_sources/{id}", bind(services, remove_data_source)},
      {"POST", "/api/v1/data_sources/{id}/test", bind(services, test_data_source), BodyPlace::memory,
       Effort::heavy},
      {"GET", "/api/v1/data_sources/test/{id}", bind(services, show_test)},
      {"GET", "/api/v1/config", bind(services, export_config)},
      {"POST", "/api/v1/config", bind(services, apply_config)},
      {"GET", "/api/v1/ci_configs", bind(services, list_ci_configs)},
      {"POST", "/api/v1/ci_configs", bind(services, add_ci_config)},
      {"GET", "/api/v1/ci_configs/{id}", bind(services, show_ci_config)},
      {"PATCH", "/api/v1/ci_configs/{id}", bind(services, update_ci_config)},
      {"DELETE", "/api/v1/ci_configs/{id}", bind(services, remove_ci_config)},
  };
}

}  // namespace vernier::server
