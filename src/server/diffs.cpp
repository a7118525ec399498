// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "report/report.h"
#include "server/diff_order.h"
#include "server/fields.h"
#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

// A diff out of the record, its texts read.
struct Diff {
  store::DiffRecord record;
  Json order = Json::object();
  std::optional<model::TableDiff> figures;  // once it has ended with any
};

Result<Diff> read_diff(store::DiffRecord record) {
  Diff diff;
  diff.record = std::move(record);
  if (!diff.record.order.empty()) diff.order = TRY(parse_json(diff.record.order));
  if (diff.record.figures.empty()) return diff;
  const Json figures = TRY(parse_json(diff.record.figures));
  diff.figures = TRY(report::diff_from_json(figures));
  return diff;
}

Result<Diff> load_diff(Services services, std::int64_t id) {
  return read_diff(TRY(services.ci.diff(id)));
}

bool has_ended(const Diff& diff) {
  const std::string& status = diff.record.status;
  return status == "success" || status == "failed" || status == "cancelled";
}

bool has_succeeded(const Diff& diff) {
  return diff.record.status == "success" && diff.figures && diff.figures->has_figures();
}

std::string failure(const Diff& diff) {
  if (diff.record.status == "cancelled") return "the diff was cancelled";
  if (diff.figures && !diff.figures->why.empty()) return diff.figures->why;
  return "the tables could not be compared";
}

// The words of `GET /datadiffs/{id}`, which are not those of `summary_results`.
std::string_view job_status(const Diff& diff) {
  if (!has_ended(diff) || diff.record.status == "cancelled") return diff.record.status;
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
          {"sampled", diff.sampling.has_value()}};
}

std::string in_words(const model::TableDiff& diff) {
  const std::string about = diff.sampling ? "about " : "";
  std::string text = fmt::format("{}{} and {} rows compared: {}{} rows removed, {}{} added, {}{} changed.",
                                 diff.sampling ? "A sample of " : "", diff.pks.total_rows[0],
                                 diff.pks.total_rows[1], about, diff.pks.exclusives[0], about,
                                 diff.pks.exclusives[1], about, diff.values.rows_with_differences);
  for (const model::ColumnDiff& column : diff.values.columns_diff_stats)
    if (column.values_different > 0)
      text +=
          fmt::format(" Column {} differs in {}{} rows.", column.column_name, about, column.values_different);
  for (const model::TypeDiff& type : diff.schema.type_differs)
    text += fmt::format(" Column {} was {} and is {}.", type.column_name, type.types[0], type.types[1]);
  for (std::size_t side = 0; side < 2; ++side)
    for (const std::string& name : diff.schema.exclusive_columns[side])
      text += fmt::format(" Column {} was {}.", name, side == 0 ? "removed" : "added");
  for (const Finding& finding : diff.findings)
    text += " " + finding.message;
  if (!diff.why.empty()) text += " " + diff.why;
  return text;
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
  for (const auto& [key, value] : diff.order.items())
    if (!json.contains(key)) json[key] = value;
  return json;
}

Result<Response> order_diff(Services services, const Request& request) {
  const Json body = TRY(parse_json(request.body));
  Fields fields(body);
  const ReadOrder read = read_order(fields, body);
  if (!fields.problems().empty()) return unprocessable(fields.problems());
  const std::int64_t id = TRY(services.ci.order_diff(read.order));
  Json answer = to_json(TRY(load_diff(services, id)));
  answer["fields_without_effect"] = read.without_effect;
  return json_response(answer);
}

Result<Response> list_diffs(Services services, const Request& request) {
  const Form query = TRY(parse_form(request.query));
  const std::int64_t page = TRY(query_integer(query, "page", 1, {1, 1'000'000'000}));
  const std::int64_t page_size = TRY(query_integer(query, "page_size", 20, {1, 100}));
  const std::string order = field_or_empty(query, "order");
  if (!order.empty() && order != "asc" && order != "desc")
    return invalid_input("`order` must be asc or desc, which is by id");
  Json results = Json::array();
  for (store::DiffRecord& record : TRY(services.store.diffs(
           {.limit = page_size, .offset = (page - 1) * page_size, .oldest_first = order == "asc"})))
    results.push_back(to_json(TRY(read_diff(std::move(record)))));
  const std::int64_t count = TRY(services.store.diff_count());
  return json_response(
      {{"count", count}, {"page", page}, {"page_size", page_size}, {"results", std::move(results)}});
}

// The diff as it is afterwards: one that had ended stays as it was.
Result<Response> cancel_diff(Services services, const Request& request) {
  TRY(services.ci.cancel_diff(request.ids[0]));
  return json_response(to_json(TRY(load_diff(services, request.ids[0]))));
}

Json cells_by_name(const Json& names, const Json& cells) {
  Json row = Json::object();
  for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i)
    row[names[i].get<std::string>()] = cells[i];
  return row;
}

Json sample_row(const Json& samples, const std::string& kind, const Json& row) {
  const Json& names = samples["value_columns"];
  Json shown = {{"key", cells_by_name(samples["key_columns"], row["key"])}};
  if (kind == "changed") {
    shown["prod"] = cells_by_name(names, row["prod"]);
    shown["pr"] = cells_by_name(names, row["pr"]);
  } else {
    shown[kind == "removed" ? "prod" : "pr"] = cells_by_name(names, row["values"]);
  }
  return shown;
}

std::int64_t rows_of_kind(const model::TableDiff& diff, std::string_view kind) {
  if (kind == "changed") return diff.values.rows_with_differences;
  return diff.pks.exclusives[kind == "removed" ? 0 : 1];
}

// Rows that differ, out of those that the diff kept: not all of them where there are many.
Result<Response> show_rows(Services services, const Request& request) {
  const Form query = TRY(parse_form(request.query));
  const std::string kind = field_or_empty(query, "kind");
  if (kind != "changed" && kind != "added" && kind != "removed")
    return invalid_input("`kind` must be changed, added or removed");
  const std::int64_t offset = TRY(query_integer(query, "offset", 0, {}));
  const std::int64_t limit = TRY(query_integer(query, "limit", 100, {1, 1000}));
  const Diff diff = TRY(load_diff(services, request.ids[0]));
  if (!has_succeeded(diff))
    return conflict(fmt::format("data diff {} has no rows to show: {}", diff.record.id,
                                has_ended(diff) ? failure(diff) : "it has not ended yet"));
  const Json samples = TRY(parse_json(diff.record.samples));
  const Json& kept = samples[kind];
  const auto stored = static_cast<std::int64_t>(kept.size());
  Json rows = Json::array();
  for (std::int64_t i = offset; i < stored && i - offset < limit; ++i)
    rows.push_back(sample_row(samples, kind, kept[static_cast<std::size_t>(i)]));
  const std::int64_t total = rows_of_kind(*diff.figures, kind);
  Json answer = {{"kind", kind}, {"offset", offset}, {"limit", limit}, {"total", total}, {"stored", stored}};
  answer["note"] = stored < total
                       ? Json(fmt::format("{} of {}{} {} rows are kept as samples: the first by key", stored,
                                          diff.figures->sampling ? "about " : "", total, kind))
                       : Json();
  answer["rows"] = std::move(rows);
  return json_response(answer);
}

// Null where nobody works on the diff, or nothing of it began.
Json progress_json(const std::optional<Progress::View>& view) {
  if (!view || view->phase.empty()) return {};
  const bool of_rows = view->unit.starts_with("rows");
  const auto left = view->time_left();
  return {{"phase", view->phase},
          {"done", view->done},
          {"total", view->total ? Json(*view->total) : Json()},
          {"total_is_estimated", view->total.has_value() && view->unit != "rows"},
          {"rows_per_second", of_rows ? Json(static_cast<std::int64_t>(view->rate())) : Json()},
          {"seconds_left", left ? Json(static_cast<double>(left->count()) / 1000.0) : Json()}};
}

Result<Response> show_diff(Services services, const Request& request) {
  Json answer = to_json(TRY(load_diff(services, request.ids[0])));
  answer["progress"] = progress_json(services.ci.diff_progress(request.ids[0]));
  return json_response(answer);
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
  answer["feedback"] = has_succeeded(diff) ? Json(in_words(*diff.figures)) : Json();
  answer["error"] = has_ended(diff) && !has_succeeded(diff) ? Json(failure(diff)) : Json();
  return json_response(answer);
}

}  // namespace

std::vector<Route> diff_routes(Services services) {
  return {
      {"POST", "/api/v1/datadiffs", bind(services, order_diff)},
      {"GET", "/api/v1/datadiffs", bind(services, list_diffs)},
      {"POST", "/api/v1/datadiffs/{id}/cancel", bind(services, cancel_diff)},
      {"GET", "/api/v1/datadiffs/{id}/results", bind(services, show_rows)},
      {"GET", "/api/v1/datadiffs/{id}", bind(services, show_diff)},
      {"GET", "/api/v1/datadiffs/{id}/summary_results", bind(services, show_figures)},
      {"GET", "/api/v1/datadiffs/{id}/summary", bind(services, show_summary)},
  };
}

}  // namespace vernier::server
