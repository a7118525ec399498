// SPDX-License-Identifier: Apache-2.0
#include "server/fields.h"
#include "server/form.h"
#include "server/multipart.h"
#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

// SHAs separated by commas or white space.
std::vector<std::string> split_shas(std::string_view text) {
  constexpr std::string_view separators = ", \t\r\n";
  std::vector<std::string> shas;
  while (true) {
    const std::size_t begin = std::min(text.find_first_not_of(separators), text.size());
    text.remove_prefix(begin);
    if (text.empty()) return shas;
    const std::size_t length = std::min(text.find_first_of(separators), text.size());
    shas.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

Json to_json(const model::Upload& upload) {
  Json warnings = Json::array();
  for (const Finding& finding : upload.warnings)
    warnings.push_back({{"code", finding.code}, {"message", finding.message}});
  return {{"id", upload.id},
          {"run_type", model::to_string(upload.run_type)},
          {"commit_sha", upload.commit_sha.text()},
          {"run_id", upload.run_id.empty() ? Json() : Json(upload.run_id)},
          {"received_at", upload.received_at},
          {"dbt_version", upload.dbt_version},
          {"kind", model::to_string(upload.kind)},
          {"nodes", upload.nodes},
          {"bytes_stored", upload.bytes_stored},
          {"warnings", std::move(warnings)}};
}

Json to_json(const ci::KeyCheck& check) {
  return {{"source", check.source},
          {"sql_table", check.sql_table},
          {"sql_pks", check.sql_pks},
          {"dbt_fqn", check.dbt_fqn},
          {"dbt_pks", check.dbt_pks},
          {"dbt_original_file_path", check.dbt_original_file_path},
          {"dbt_patch_path", check.dbt_patch_path ? Json(*check.dbt_patch_path) : Json()},
          {"warnings", check.warnings}};
}

Result<Response> submit_artifacts(Services services, const Request& request) {
  const Multipart multipart = TRY(
      read_multipart(request.body_file, request.content_type, "artifacts", services.store.incoming_dir()));
  auto problems = missing_fields(multipart.fields, {"commit_sha", "run_type"});
  if (!multipart.file)
    problems.push_back(
        {Json::array({"body", "artifacts"}), "the file part `artifacts` is missing", "missing"});
  if (!problems.empty()) return unprocessable(problems);

  const model::Upload upload = TRY(services.ci.accept_upload({
      .ci_config_id = request.ids[0],
      .run_type = field_or_empty(multipart.fields, "run_type"),
      .commit_sha = field_or_empty(multipart.fields, "commit_sha"),
      .run_id = field_or_empty(multipart.fields, "run_id"),
      .ancestors = split_shas(field_or_empty(multipart.fields, "ancestors")),
      .archive = multipart.file->path(),
  }));
  Json answer = {{"upload_id", upload.id}};
  answer.update(to_json(upload));
  return json_response(answer);
}

Result<Response> check_artifacts(Services services, const Request& request) {
  const Form form = TRY(parse_form(request.body));
  const auto problems = missing_fields(form, {"commit_sha", "run_type"});
  if (!problems.empty()) return unprocessable(problems);
  const bool there = TRY(services.ci.has_upload(request.ids[0], field_or_empty(form, "run_type"),
                                                field_or_empty(form, "commit_sha")));
  return json_response({{"status", there ? "ok" : "missing"}});
}

Result<Response> check_primary_keys(Services services, const Request& request) {
  Json list = Json::array();
  for (const ci::KeyCheck& check : TRY(services.ci.check_primary_keys(request.ids[0], request.body_file)))
    list.push_back(to_json(check));
  return json_response(list);
}

Result<Response> list_artifacts(Services services, const Request& request) {
  const Form query = TRY(parse_form(request.query));
  store::UploadFilter filter;
  filter.limit = TRY(query_integer(query, "limit", 100, {.min = 1, .max = 1000}));
  if (const auto type = field_or_empty(query, "run_type"); !type.empty())
    filter.run_type = TRY(model::parse_run_type(type));
  if (const auto sha = field_or_empty(query, "commit_sha"); !sha.empty())
    filter.commit_sha = TRY(model::CommitSha::parse(sha));
  Json list = Json::array();
  for (const model::Upload& upload : TRY(services.ci.uploads(request.ids[0], filter)))
    list.push_back(to_json(upload));
  return json_response(list);
}

}  // namespace

std::vector<Route> upload_routes(Services services) {
  return {
      {"POST", "/api/v1/dbt/submit_artifacts/{id}", bind(services, submit_artifacts), BodyPlace::file,
       Effort::heavy},
      {"POST", "/api/v1/dbt/post_upload_check_artifacts/{id}", bind(services, check_artifacts)},
      {"POST", "/api/internal/ci/{id}/check_pks_in_dbt_manifest", bind(services, check_primary_keys),
       BodyPlace::file, Effort::heavy},
      {"GET", "/api/v1/ci/{id}/artifacts", bind(services, list_artifacts)},
  };
}

}  // namespace vernier::server
