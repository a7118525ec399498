// SPDX-License-Identifier: Apache-2.0
#include "ci/ordered_diffs.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ci/diff_fields.h"
#include "ci/explore.h"
#include "engine/engine.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

Result<model::TableDiff> run_request(const model::DataSource& source, const DiffOrder& order,
                                     const datadiff::DiffRequest& request, const RunContext& context) {
  if (order.data_source2_id != order.data_source1_id) {
    const model::DataSource other = TRY(context.store.data_source(order.data_source2_id));
    Cancel cancel;
    const CancelGroup::Member member(context.cancel, cancel);
    return datadiff::diff_across({source, other}, request, {}, cancel);
  }
  auto database = TRY(engine::open(source));
  return run_diff(*database, request, context.cancel);
}

// What production's table is keyed by; where nothing is, the rows are compared whole.
Result<std::vector<std::string>> found_key(const model::DataSource& source, const DiffOrder& order,
                                           const RunContext& context) {
  Cancel cancel;
  const CancelGroup::Member member(context.cancel, cancel);
  const FoundKeys found = TRY_DURING("infer_pk", find_keys(source, {.table = order.table1}, cancel));
  return found.keys.empty() ? std::vector<std::string>() : found.keys.front();
}

Result<model::TableDiff> run_ordered_diff(const store::DiffRecord& record, const RunContext& context) {
  const Json json = TRY(parse_json(record.order));
  const DiffOrder order = TRY(order_from_json(json));
  const model::DataSource source = TRY(context.store.data_source(order.data_source1_id));
  datadiff::DiffRequest request = request_of(order);
  request.float_tolerance = source.float_tolerance;
  request.progress = context.progress;
  const bool infers = order.infer_pk && request.pk_columns.empty();
  if (infers) request.pk_columns = TRY(found_key(source, order, context));
  model::TableDiff diff = TRY(run_request(source, order, request, context));
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

Status check_side(const std::vector<std::string>& table, const std::string& query, int number) {
  if (table.empty() == query.empty())
    return invalid_input(fmt::format("give either `table{0}` or `query{0}`", number));
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
  TRY(check_side(order.table1, order.query1, 1));
  TRY(check_side(order.table2, order.query2, 2));
  const bool has_query = !order.query1.empty() || !order.query2.empty();
  if (has_query && order.data_source1_id != order.data_source2_id)
    return invalid_input(
        "queries are compared within one data source alone; give tables, or make views of the queries");
  if (order.infer_pk && order.pk_columns.empty() && !order.query1.empty())
    return invalid_input("`infer_pk` looks for the key of a table, not of a query; give `pk_columns`");
  return {};
}

Json order_to_json(const DiffOrder& order) {
  const std::optional<datadiff::Tolerance>& numbers = order.tolerances.numbers;
  Json columns = Json::array();
  for (const auto& [name, tolerance] : order.tolerances.columns)
    columns.push_back({{"column_name", name},
                       {"tolerance_value", tolerance.value},
                       {"tolerance_mode", mode_of(tolerance)}});
  Json json = {{"data_source1_id", order.data_source1_id},
               {"data_source2_id", order.data_source2_id},
               {"table1", order.table1},
               {"table2", order.table2},
               {"query1", order.query1},
               {"query2", order.query2},
               {"pk_columns", order.pk_columns},
               {"include_columns", order.include_columns},
               {"exclude_columns", order.exclude_columns},
               {"column_mapping", order.column_map},
               {"filter1", order.filter1},
               {"filter2", order.filter2},
               {"diff_tolerance", numbers ? Json(numbers->value) : Json()},
               {"tolerance_mode", numbers ? Json(mode_of(*numbers)) : Json()},
               {"diff_tolerances_per_column", std::move(columns)},
               {"datetime_tolerance", order.tolerances.seconds},
               {"table_modifiers", text_rules_to_json(order.texts)},
               {"run_profiles", order.profiles},
               {"infer_pk", order.infer_pk}};
  json.update(sampling_to_json(order.sampling));
  return json;
}

Result<DiffOrder> order_from_json(const Json& json) {
  DiffOrder order;
  order.data_source1_id = TRY(require_integer(json, "data_source1_id"));
  order.data_source2_id = TRY(require_integer(json, "data_source2_id"));
  order.table1 = TRY(string_list(json, "table1"));
  order.table2 = TRY(string_list(json, "table2"));
  order.pk_columns = TRY(string_list(json, "pk_columns"));
  order.include_columns = TRY(string_list(json, "include_columns"));
  order.exclude_columns = TRY(string_list(json, "exclude_columns"));
  // Records of before have no such members.
  order.query1 = TRY(optional_string(json, "query1")).value_or("");
  order.query2 = TRY(optional_string(json, "query2")).value_or("");
  if (json.contains("column_mapping")) order.column_map = TRY(column_map_from_json(json["column_mapping"]));
  order.filter1 = TRY(require_string(json, "filter1"));
  order.filter2 = TRY(require_string(json, "filter2"));
  order.tolerances = TRY(parse_tolerances(json));
  order.sampling = TRY(parse_sampling(json));
  order.texts = TRY(parse_text_rules(json));
  order.profiles = TRY(optional_bool(json, "run_profiles")).value_or(false);
  order.infer_pk = TRY(optional_bool(json, "infer_pk")).value_or(false);
  return order;
}

datadiff::DiffRequest request_of(const DiffOrder& order) {
  datadiff::DiffRequest request;
  request.tables = {order.table1, order.table2};
  request.pk_columns = order.pk_columns;
  request.include_columns = order.include_columns;
  request.exclude_columns = order.exclude_columns;
  request.filters = {order.filter1, order.filter2};
  request.queries = {order.query1, order.query2};
  request.column_map = order.column_map;
  request.must_map = true;
  request.tolerances = order.tolerances;
  request.sampling = order.sampling;
  request.texts = order.texts;
  request.profiles = order.profiles;
  return request;
}

DiffOrder order_of(const datadiff::DiffRequest& request, std::int64_t data_source_id) {
  DiffOrder order;
  order.data_source1_id = order.data_source2_id = data_source_id;
  order.table1 = request.tables[0];
  order.table2 = request.tables[1];
  order.pk_columns = request.pk_columns;
  order.include_columns = request.include_columns;
  order.exclude_columns = request.exclude_columns;
  order.column_map = request.column_map;
  order.filter1 = request.filters[0];
  order.filter2 = request.filters[1];
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
