// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"
#include "server/fields.h"
#include "server/form.h"
#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

// The client reads `pr_num` as a string and fails on a number.
Json to_json(const model::CiRun& run) {
  return {{"id", run.id},
          {"base_branch", run.base_branch},
          {"base_sha", run.base_sha.text()},
          {"pr_branch", run.pr_branch},
          {"pr_sha", run.pr_sha.text()},
          {"pr_num", run.pr_num},
          {"status", model::to_string(run.status)},
          {"source", run.source}};
}

Result<Response> list_runs(Services services, const Request& request) {
  const Form query = TRY(parse_form(request.query));
  store::RunFilter filter;
  filter.limit = TRY(query_integer(query, "limit", 100, {.min = 1, .max = 1000}));
  filter.offset = TRY(query_integer(query, "offset", 0, {}));
  if (const auto sha = field_or_empty(query, "pr_sha"); !sha.empty())
    filter.pr_sha = TRY(model::CommitSha::parse(sha));
  if (auto number = field_or_empty(query, "pr_num"); !number.empty()) filter.pr_num = std::move(number);
  Json list = Json::array();
  for (const model::CiRun& run : TRY(services.ci.runs(request.ids[0], filter)))
    list.push_back(to_json(run));
  return json_response(list);
}

Result<Response> show_run(Services services, const Request& request) {
  const model::CiRun run = TRY(services.ci.run(request.ids[0], request.ids[1]));
  return json_response(report::to_json(run));
}

Result<Response> show_comment(Services services, const Request& request) {
  const model::CiRun run = TRY(services.ci.run(request.ids[0], request.ids[1]));
  return Response{200, "text/markdown; charset=utf-8", report::to_markdown(run), {}};
}

Result<Response> trigger_run(Services services, const Request& request) {
  const Json body = TRY(parse_json(request.body));
  Fields fields(body);
  const ci::TriggerOrder order = {
      .ci_config_id = request.ids[0],
      .pr_number = fields.integer("pr_number"),
      .pr_branch = fields.string("pr_branch"),
      .pr_sha = fields.string("pr_sha"),
      .base_branch = fields.string("base_branch"),
      .base_sha = fields.string("base_sha"),
      .ancestors = fields.optional_list("ancestors"),
  };
  if (!fields.problems().empty()) return unprocessable(fields.problems());
  const std::int64_t id = TRY(services.ci.trigger(order));
  return json_response({{"ci_run_id", id}, {"run_id", id}});
}

Result<Response> confirm_run(Services services, const Request& request) {
  TRY(services.ci.confirm_run(request.ids[0], request.ids[1]));
  return show_run(services, request);
}

Result<Response> cancel_run(Services services, const Request& request) {
  TRY(services.ci.cancel_run(request.ids[0], request.ids[1]));
  return show_run(services, request);
}

Result<Response> rerun(Services services, const Request& request) {
  const std::int64_t id = TRY(services.ci.rerun(request.ids[0], request.ids[1]));
  return json_response({{"ci_run_id", id}, {"run_id", id}});
}

Result<Response> submit_diffs(Services services, const Request& request) {
  const Json body = TRY(parse_json(request.body));
  if (!body.is_array()) return unprocessable({{Json::array({"body"}), "must be a JSON list", "type_error"}});
  std::vector<ci::SubmittedDiff> diffs;
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < body.size(); ++i) {
    Fields fields(body[i], Json::array({"body", i}));
    diffs.push_back({
        .prod = fields.string("prod"),
        .pr = fields.string("pr"),
        .pk = fields.optional_list("pk"),
        .include_columns = fields.optional_list("include_columns"),
        .exclude_columns = fields.optional_list("exclude_columns"),
    });
    problems.insert(problems.end(), fields.problems().begin(), fields.problems().end());
  }
  if (!problems.empty()) return unprocessable(problems);
  const auto id = TRY(services.ci.submit(request.ids[0], request.ids[1], diffs));
  const Json run_id = id ? Json(*id) : Json();
  return json_response({{"run_id", run_id}, {"ci_run_id", run_id}});
}

}  // namespace

std::vector<Route> run_routes(Services services) {
  return {
      {"GET", "/api/v1/ci/{id}/runs", bind(services, list_runs)},
      {"GET", "/api/v1/ci/{id}/runs/{id}", bind(services, show_run)},
      {"GET", "/api/v1/ci/{id}/runs/{id}/report.md", bind(services, show_comment)},
      {"POST", "/api/v1/ci/{id}/runs/{id}/confirm", bind(services, confirm_run)},
      {"POST", "/api/v1/ci/{id}/runs/{id}/cancel", bind(services, cancel_run)},
      {"POST", "/api/v1/ci/{id}/runs/{id}/rerun", bind(services, rerun)},
      {"POST", "/api/v1/ci/{id}/trigger", bind(services, trigger_run)},
      {"POST", "/api/v1/ci/{id}/{id}", bind(services, submit_diffs)},
  };
}

}  // namespace vernier::server
