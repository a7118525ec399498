// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "report/report.h"
#include "server/fields.h"
#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

// What the client's API has and Vernier does not do is refused, never silently left out.
constexpr std::string_view unsupported[] = {"query1", "query2", "file1", "file2"};

// A diff out of the record, its texts read.
struct Diff {
  store::DiffRecord record;
  Json order = Json::object();
  std::optional<model::TableDiff> figures;  // once it has ended with any
};

Result<Diff> load_diff(Services services, std::int64_t id) {
  Diff diff;
  diff.record = TRY(services.ci.diff(id));
  if (!diff.record.order.empty()) diff.order = TRY(parse_json(diff.record.order));
  if (diff.record.figures.empty()) return diff;
  const Json figures = TRY(parse_json(diff.record.figures));
  diff.figures = TRY(report::diff_from_json(figures));
  return diff;
}

bool has_ended(const Diff& diff) {
  return diff.record.status == "success" || diff.record.status == "failed";
}

bool has_succeeded(const Diff& diff) {
  return diff.record.status == "success" && diff.figures && diff.figures->has_figures();
}

std::string failure(const Diff& diff) {
  if (diff.figures && !diff.figures->why.empty()) return diff.figures->why;
  return "the tables could not be compared";
}

// The words of `GET /datadiffs/{id}`, which are not those of `summary_results`.
std::string_view job_status(const Diff& diff) {
  if (!has_ended(diff)) return diff.record.status;
  return has_succeeded(diff) ? "done" : "failed";
}

Json statistics(const model::TableDiff& diff) {
  return {{"table_a_row_count", diff.pks.total_rows[0]},
          {"table_b_row_count", diff.pks.total_rows[1]},
          {"rows_removed", diff.pks.exclusives[0]},
          {"rows_added", diff.pks.exclusives[1]},
          {"diff_rows_count", diff.values.rows_with_differences},
          {"diff_values", diff.values.values_with_differences},
          {"diff_null_pks", diff.pks.nulls[0] + diff.pks.nulls[1]},
          {"diff_duplicate_pks", diff.pks.dupes[0] + diff.pks.dupes[1]},
          {"diff_schema", diff.schema.columns_mismatched[0] + diff.schema.columns_mismatched[1] +
                              diff.schema.column_type_mismatches},
          {"sampled", false}};
}

Json to_json(const Diff& diff) {
  const store::DiffRecord& record = diff.record;
  Json json = {{"id", record.id},
               {"status", job_status(diff)},
               {"done", has_ended(diff)},
               {"result", diff.figures ? Json(model::to_string(diff.figures->result)) : Json()},
               {"source", record.ci_run_id ? "ci" : "api"},
               {"created_at", record.created_at},
               {"finished_at", record.finished_at.empty() ? Json() : Json(record.finished_at)},
               {"ci_run_id", record.ci_run_id ? Json(record.ci_run_id) : Json()},
               {"pk_columns", diff.figures ? Json(diff.figures->pk_columns) : Json::array()},
               {"algorithm", diff.figures ? Json(diff.figures->algorithm) : Json()},
               {"diff_stats", has_succeeded(diff) ? statistics(*diff.figures) : Json()}};
  for (const char* key : {"data_source1_id", "data_source2_id", "table1", "table2"})
    if (diff.order.contains(key)) json[key] = diff.order[key];
  return json;
}

Result<Response> order_diff(Services services, const Request& request) {
  const Json body = TRY(parse_json(request.body));
  Fields fields(body);
  const ci::DiffOrder order = {
      .data_source1_id = fields.integer("data_source1_id"),
      .data_source2_id = fields.integer("data_source2_id"),
      .table1 = fields.required_list("table1"),
      .table2 = fields.required_list("table2"),
      .pk_columns = fields.optional_list("pk_columns"),
      .include_columns = fields.optional_list("include_columns"),
      .exclude_columns = fields.optional_list("exclude_columns"),
      .filter1 = fields.optional_string("filter1"),
      .filter2 = fields.optional_string("filter2"),
  };
  auto problems = fields.problems();
  for (const std::string_view key : unsupported)
    if (body.is_object() && body.contains(key) && !body[std::string(key)].is_null())
      problems.push_back(
          {Json::array({"body", key}), fmt::format("`{}` is not supported", key), "value_error"});
  if (!problems.empty()) return unprocessable(problems);
  const std::int64_t id = TRY(services.ci.order_diff(order));
  return json_response(to_json(TRY(load_diff(services, id))));
}

Result<Response> show_diff(Services services, const Request& request) {
  return json_response(to_json(TRY(load_diff(services, request.ids[0]))));
}

// The client ends its wait on "success" and "failed" alone, and reads all four figures on success.
Result<Response> show_figures(Services services, const Request& request) {
  const Diff diff = TRY(load_diff(services, request.ids[0]));
  if (!has_ended(diff)) return json_response({{"status", diff.record.status}});
  if (!has_succeeded(diff))
    return json_response(
        {{"status", "failed"},
         {"error", {{"error_type", "DiffFailed"}, {"error_value", failure(diff)}, {"is_retryable", false}}}});
  Json answer = {{"status", "success"}};
  answer.update(report::summary_json(*diff.figures));
  answer["materialized_results"] = Json();
  return json_response(answer);
}

Result<Response> show_summary(Services services, const Request& request) {
  const Diff diff = TRY(load_diff(services, request.ids[0]));
  Json answer = to_json(diff);
  answer["result_status"] = answer["result"];
  answer["feedback"] = diff.figures && !diff.figures->why.empty() ? Json(diff.figures->why) : Json();
  answer["error"] = has_ended(diff) && !has_succeeded(diff) ? Json(failure(diff)) : Json();
  return json_response(answer);
}

}  // namespace

std::vector<Route> diff_routes(Services services) {
  return {
      {"POST", "/api/v1/datadiffs", bind(services, order_diff)},
      {"GET", "/api/v1/datadiffs/{id}", bind(services, show_diff)},
      {"GET", "/api/v1/datadiffs/{id}/summary_results", bind(services, show_figures)},
      {"GET", "/api/v1/datadiffs/{id}/summary", bind(services, show_summary)},
  };
}

}  // namespace vernier::server
