// SPDX-License-Identifier: Apache-2.0
#include "ci/ordered_diffs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ci/diff_fields.h"
#include "ci/explore.h"
#include "ci/order_sources.h"
#include "engine/engine.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

Result<model::TableDiff> run_request(const model::Sides<model::DataSource>& sources, const DiffOrder& order,
                                     const datadiff::DiffRequest& request, const RunContext& context) {
  if (!is_within_database(order, sources)) {
    Cancel cancel;
    const CancelGroup::Member member(context.cancel, cancel);
    return datadiff::diff_across(sources, request, {}, cancel);
  }
  auto database = TRY(engine::open(sources[0]));
  return run_diff(*database, request, context.cancel);
}

// What production's table is keyed by; where nothing is, the rows are compared whole.
Result<std::vector<std::string>> found_key(const model::DataSource& source, const DiffOrder& order,
                                           const RunContext& context) {
  Cancel cancel;
  const CancelGroup::Member member(context.cancel, cancel);
  std::vector<std::string> table = order.request.tables[0];
  if (!order.files[0].path.empty()) table = {engine::files_table};
  const FoundKeys found = TRY_DURING("infer_pk", find_keys(source, {.table = std::move(table)}, cancel));
  return found.keys.empty() ? std::vector<std::string>() : found.keys.front();
}

Result<model::TableDiff> run_ordered_diff(const store::DiffRecord& record, const RunContext& context) {
  const Json json = TRY(parse_json(record.order));
  const DiffOrder order = TRY(order_from_json(json));
  const model::Sides<model::DataSource> sources = TRY(sources_of(order, context.store));
  datadiff::DiffRequest request = order.request;
  request.float_tolerance = sources[0].float_tolerance;
  request.progress = context.progress;
  const bool infers = order.infer_pk && request.pk_columns.empty();
  if (infers) request.pk_columns = TRY(found_key(sources[0], order, context));
  model::TableDiff diff = TRY(run_request(sources, order, request, context));
  if (infers && !request.pk_columns.empty())
    diff.findings.push_back(
        {.code = "key_inferred",
         .message = fmt::format("The key {} was found by looking at production's rows; nobody named it.",
                                join(request.pk_columns, ", ")),
         .command = {}});
  return diff;
}

Result<SubmittedDiff> submitted_from_json(const Json& item) {
  SubmittedDiff diff;
  diff.prod = TRY(require_string(item, "prod"));
  diff.pr = TRY(require_string(item, "pr"));
  diff.pk = TRY(string_list(item, "pk"));
  diff.include_columns = TRY(string_list(item, "include_columns"));
  diff.exclude_columns = TRY(string_list(item, "exclude_columns"));
  return diff;
}

Status check_side(const std::vector<std::string>& table, const std::string& query, const OrderedFile& file,
                  std::size_t number) {
  const auto given = {!table.empty(), !query.empty(), !file.path.empty()};
  if (std::count(given.begin(), given.end(), true) != 1)
    return invalid_input(fmt::format("give either `table{0}`, `query{0}` or `file{0}`", number));
  if (table.size() > 3)
    return invalid_input(
        fmt::format("`table{}` must be a list of one to three names, database first", number));
  if (!query.empty()) TRY_DURING(fmt::format("`query{}`", number), check_reads(query));
  return {};
}

// [["old", "new"], ...]
Result<std::vector<model::Sides<std::string>>> column_map_from_json(const Json& json) {
  std::vector<model::Sides<std::string>> map;
  if (!json.is_array()) return invalid_input("`column_mapping` must be a list of pairs of names");
  for (const Json& pair : json) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
      return invalid_input("`column_mapping` must be a list of pairs of names, production's first");
    map.push_back({pair[0].get<std::string>(), pair[1].get<std::string>()});
  }
  return map;
}

}  // namespace

Status check_order(const DiffOrder& order) {
  const datadiff::DiffRequest& request = order.request;
  for (std::size_t side = 0; side < 2; ++side)
    TRY(check_side(request.tables[side], request.queries[side], order.files[side], side + 1));
  const bool has_query = !request.queries[0].empty() || !request.queries[1].empty();
  if (has_query && order.data_source1_id != order.data_source2_id)
    return invalid_input(
        "queries are compared within one data source alone; give tables, or make views of the queries");
  if (order.infer_pk && request.pk_columns.empty() && !request.queries[0].empty())
    return invalid_input(
        "`infer_pk` looks for the key of a table or file, not of a query; give `pk_columns`");
  return datadiff::check_request(request);
}

Json order_to_json(const DiffOrder& order) {
  const datadiff::DiffRequest& request = order.request;
  const std::optional<datadiff::Tolerance>& numbers = request.tolerances.numbers;
  Json columns = Json::array();
  for (const auto& [name, tolerance] : request.tolerances.columns)
    columns.push_back({{"column_name", name},
                       {"tolerance_value", tolerance.value},
                       {"tolerance_mode", mode_of(tolerance)}});
  const std::size_t limit = request.samples_per_column;
  Json json = {{"data_source1_id", order.data_source1_id},
               {"data_source2_id", order.data_source2_id},
               {"table1", request.tables[0]},
               {"table2", request.tables[1]},
               {"query1", request.queries[0]},
               {"query2", request.queries[1]},
               {"file1", order.files[0].path},
               {"file2", order.files[1].path},
               {"pk_columns", request.pk_columns},
               {"include_columns", request.include_columns},
               {"exclude_columns", request.exclude_columns},
               {"column_mapping", request.column_map},
               {"filter1", request.filters[0]},
               {"filter2", request.filters[1]},
               {"diff_tolerance", numbers ? Json(numbers->value) : Json()},
               {"tolerance_mode", numbers ? Json(mode_of(*numbers)) : Json()},
               {"diff_tolerances_per_column", std::move(columns)},
               {"datetime_tolerance", request.tolerances.seconds},
               {"table_modifiers", text_rules_to_json(request.texts)},
               {"column_rules", rules_to_json(request.rules)},
               {"sort_array_columns", request.sort_arrays},
               {"compare_duplicates", !request.skip_duplicates},
               {"per_column_diff_limit", limit > 0 ? Json(limit) : Json()},
               {"data_source1_session_parameters", order.session_parameters[0]},
               {"data_source2_session_parameters", order.session_parameters[1]},
               {"run_profiles", request.profiles},
               {"infer_pk", order.infer_pk}};
  json.update(time_to_json(request.time));
  json.update(sampling_to_json(request.sampling));
  return json;
}

// Records of before lack the members that came later.
Result<DiffOrder> order_from_json(const Json& json) {
  DiffOrder order;
  datadiff::DiffRequest& request = order.request;
  order.data_source1_id = TRY(require_integer(json, "data_source1_id"));
  order.data_source2_id = TRY(require_integer(json, "data_source2_id"));
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string number = std::to_string(side + 1);
    request.tables[side] = TRY(string_list(json, "table" + number));
    request.queries[side] = TRY(optional_string(json, "query" + number)).value_or("");
    request.filters[side] = TRY(require_string(json, "filter" + number));
    order.files[side].path = TRY(optional_string(json, "file" + number)).value_or("");
    order.session_parameters[side] =
        TRY(parse_session_parameters(json, "data_source" + number + "_session_parameters"));
  }
  request.pk_columns = TRY(string_list(json, "pk_columns"));
  request.include_columns = TRY(string_list(json, "include_columns"));
  request.exclude_columns = TRY(string_list(json, "exclude_columns"));
  if (json.contains("column_mapping")) request.column_map = TRY(column_map_from_json(json["column_mapping"]));
  request.must_map = true;
  request.tolerances = TRY(parse_tolerances(json));
  request.sampling = TRY(parse_sampling(json));
  request.texts = TRY(parse_text_rules(json));
  request.rules = TRY(parse_rules(json));
  request.sort_arrays = TRY(optional_bool(json, "sort_array_columns")).value_or(false);
  request.skip_duplicates = !TRY(optional_bool(json, "compare_duplicates")).value_or(true);
  request.samples_per_column = TRY(parse_samples_per_column(json));
  request.time = TRY(parse_time(json));
  request.profiles = TRY(optional_bool(json, "run_profiles")).value_or(false);
  order.infer_pk = TRY(optional_bool(json, "infer_pk")).value_or(false);
  return order;
}

store::DiffRecord carry_out_diff(store::DiffRecord record, const RunContext& context) {
  context.slots.acquire();
  const auto run = run_ordered_diff(record, context);
  context.slots.release();
  return with_result(std::move(record), run.ok() ? run.value() : failed_diff(run.error()));
}

store::DiffRecord with_result(store::DiffRecord record, const model::TableDiff& diff) {
  record.status = diff.result == model::DiffResult::error ? "failed" : "success";
  record.figures = dump_json(report::diff_to_json(diff));
  record.samples = dump_json(report::samples_json(diff));
  record.finished_at = now_utc();
  return record;
}

model::TableDiff failed_diff(const Error& error) {
  model::TableDiff diff;
  diff.result = model::DiffResult::error;
  diff.why = error.message;
  return diff;
}

model::TableDiff run_diff(engine::Database& database, const datadiff::DiffRequest& request,
                          CancelGroup& group) {
  auto connection = database.connect();
  if (!connection.ok()) return failed_diff(connection.error());
  Cancel cancel;
  const CancelGroup::Member member(group, cancel);
  return datadiff::diff_tables(**connection, request, cancel);
}

std::string submitted_to_text(const std::vector<SubmittedDiff>& diffs) {
  Json list = Json::array();
  for (const SubmittedDiff& diff : diffs)
    list.push_back({{"prod", diff.prod},
                    {"pr", diff.pr},
                    {"pk", diff.pk},
                    {"include_columns", diff.include_columns},
                    {"exclude_columns", diff.exclude_columns}});
  return dump_json(list);
}

Status add_submitted(const std::string& text, const model::CiConfig& config, const model::DataSource& source,
                     DiffPlan& plan) {
  if (text.empty()) return {};
  const Json submitted = TRY(parse_json(text));
  for (const Json& item : submitted) {
    const SubmittedDiff diff = TRY(submitted_from_json(item));
    datadiff::DiffRequest request;
    request.tables[0] = TRY(engine::parse_table_path(diff.prod));
    request.tables[1] = TRY(engine::parse_table_path(diff.pr));
    request.pk_columns = diff.pk;
    request.include_columns = diff.include_columns;
    request.exclude_columns = diff.exclude_columns;
    request.ignore_patterns = config.columns_to_ignore;
    request.float_tolerance = source.float_tolerance;
    model::ReportedNode node;
    node.change = {diff.pr, request.tables[1].back(), "table", model::ChangeKind::modified, {"submitted"}, 0};
    node.prod = request.tables[0];
    node.pr = request.tables[1];
    plan.entries.push_back({plan.nodes.size(), std::move(request)});
    plan.nodes.push_back(std::move(node));
  }
  return {};
}

}  // namespace vernier::ci
