// SPDX-License-Identifier: Apache-2.0
#include "ci/carry_out.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "base/text.h"
#include "ci/plan.h"
#include "ci/resolve.h"
#include "compare/compare.h"
#include "datadiff/datadiff.h"
#include "dbt/dbt.h"
#include "engine/engine.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

// The fingerprint of an upload: decoded where this program's version wrote it, else made anew.
Result<model::Manifest> load_manifest(store::Store& store, const model::Upload& upload) {
  const std::string fingerprint = TRY(store.get_blob(upload.fingerprint_blob));
  auto decoded = dbt::decode(fingerprint);
  if (decoded.ok()) return decoded;
  const std::string manifest = TRY(store.get_blob(upload.manifest_blob));
  return dbt::read_manifest(std::string_view(manifest));
}

// The tables that a client submitted, as entries of the plan beside those that dbt's artifacts gave.
Status add_submitted(const std::string& text, const model::CiConfig& config, const model::DataSource& source,
                     DiffPlan& plan) {
  if (text.empty()) return {};
  const Json submitted = TRY(parse_json(text));
  for (const Json& item : submitted) {
    datadiff::DiffRequest request;
    const std::string prod = TRY(require_string(item, "prod"));
    const std::string pr = TRY(require_string(item, "pr"));
    request.tables[0] = TRY(engine::parse_table_path(prod));
    request.tables[1] = TRY(engine::parse_table_path(pr));
    request.pk_columns = TRY(string_list(item, "pk"));
    request.include_columns = TRY(string_list(item, "include_columns"));
    request.exclude_columns = TRY(string_list(item, "exclude_columns"));
    request.ignore_patterns = config.columns_to_ignore;
    request.float_tolerance = source.float_tolerance;
    model::ReportedNode node;
    node.change = {pr, request.tables[1].back(), "table", model::ChangeKind::modified, {"submitted"}, 0};
    node.prod = request.tables[0];
    node.pr = request.tables[1];
    plan.entries.push_back({plan.nodes.size(), std::move(request)});
    plan.nodes.push_back(std::move(node));
  }
  return {};
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

// Records a diff's result and gives its id.
Result<std::int64_t> record_diff(store::Store& store, const store::RunRecord& run,
                                 const model::ReportedNode& node, const datadiff::DiffRequest& request) {
  DiffOrder order;
  order.table1 = request.tables[0];
  order.table2 = request.tables[1];
  order.pk_columns = request.pk_columns;
  order.include_columns = request.include_columns;
  order.exclude_columns = request.exclude_columns;
  order.filter1 = request.filters[0];
  order.filter2 = request.filters[1];
  store::DiffRecord record;
  record.ci_config_id = run.ci_config_id;
  record.ci_run_id = run.id;
  record.unique_id = node.change.unique_id;
  record.status = node.diff.result == model::DiffResult::error ? "failed" : "success";
  record.order = dump_json(order_to_json(order));
  record.figures = dump_json(report::diff_to_json(node.diff));
  record.samples = dump_json(report::samples_json(node.diff));
  record.created_at = record.finished_at = now_utc();
  return TRY(store.add_diff(std::move(record))).id;
}

// Diffs the planned tables, several at a time.
Status diff_tables(const store::RunRecord& run, const model::DataSource& source, DiffPlan& plan,
                   const RunContext& context) {
  if (plan.entries.empty()) return {};
  auto database = engine::open(source);
  std::atomic<std::size_t> next = 0;
  std::mutex failure_mutex;
  Status failure;
  auto work = [&] {
    for (std::size_t i = next++; i < plan.entries.size(); i = next++) {
      const DiffPlan::Entry& entry = plan.entries[i];
      model::ReportedNode& node = plan.nodes[entry.node];
      context.slots.acquire();
      Findings noted = std::move(node.diff.findings);
      node.diff =
          database.ok() ? run_diff(**database, entry.request, context.cancel) : failed_diff(database.error());
      node.diff.findings.insert(node.diff.findings.begin(), noted.begin(), noted.end());
      context.slots.release();
      if (context.cancel.requested()) return;
      const auto recorded = record_diff(context.store, run, node, entry.request);
      const std::lock_guard lock(failure_mutex);
      if (recorded.ok())
        node.diff_id = *recorded;
      else
        failure = recorded.error();
    }
  };
  std::vector<std::jthread> threads;
  const std::size_t width = std::min(plan.entries.size(), context.options.diffs_at_once);
  for (std::size_t i = 1; i < width; ++i)
    threads.emplace_back(work);
  work();
  threads.clear();  // joins
  return failure;
}

// The run's nodes and findings from the two manifests.
Result<DiffPlan> compare_and_plan(const ResolvedArtifacts& artifacts, const model::CiConfig& config,
                                  const model::DataSource& source, store::Store& store, model::CiRun& run) {
  if (!artifacts.pr_upload || !artifacts.base_upload) return DiffPlan();
  const model::Manifest base = TRY(load_manifest(store, *artifacts.base_upload));
  const model::Manifest head = TRY(load_manifest(store, *artifacts.pr_upload));
  const compare::Comparison comparison = compare::compare(base, head);
  // Models whose compiled SQL alone differs are diffed as well.
  std::vector<model::Change> changes = comparison.changes;
  changes.insert(changes.end(), comparison.compiled_only.begin(), comparison.compiled_only.end());
  run.nodes_unchanged = comparison.unchanged - static_cast<std::int64_t>(comparison.compiled_only.size());
  run.warnings.insert(run.warnings.end(), comparison.findings.begin(), comparison.findings.end());
  return plan_diffs(changes, base, head, config, source);
}

}  // namespace

void CancelGroup::request() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  for (Cancel* member : members_)
    member->request();
}

bool CancelGroup::requested() const {
  const std::lock_guard lock(mutex_);
  return requested_;
}

CancelGroup::Member::Member(CancelGroup& group, Cancel& member) : group_(group), member_(member) {
  const std::lock_guard lock(group_.mutex_);
  group_.members_.insert(&member_);
  if (group_.requested_) member_.request();
}

CancelGroup::Member::~Member() {
  const std::lock_guard lock(group_.mutex_);
  group_.members_.erase(&member_);
}

model::CiRun initial_run(const store::RunRecord& record, const model::CiConfig& config,
                         const ServiceOptions& options) {
  model::CiRun run;
  run.id = record.id;
  run.ci_config_id = config.id;
  run.ci_config_name = config.name;
  run.status = record.status;
  run.pr_num = record.pr_num;
  run.pr_branch = record.pr_branch;
  run.pr_sha = record.pr_sha;
  run.base_branch = record.base_branch;
  run.base_sha = record.base_sha;
  run.source = record.source;
  run.created_at = record.created_at;
  run.pr.wanted = record.wanted_pr;
  run.base.wanted = record.wanted_base;
  if (!options.public_url.empty())
    run.url = fmt::format("{}/ci/{}/runs/{}", options.public_url, config.id, record.id);
  return run;
}

Result<model::CiRun> carry_out(const store::RunRecord& record, const RunContext& context) {
  const model::CiConfig config = TRY(context.store.ci_config(record.ci_config_id));
  const model::DataSource source = TRY(context.store.data_source(config.data_source_id));
  model::CiRun run = initial_run(record, config, context.options);

  const ResolvedArtifacts artifacts = TRY_DURING("resolve artifacts", resolve(context.store, config, record));
  run.pr = artifacts.pr;
  run.base = artifacts.base;
  run.warnings = artifacts.warnings;
  if (!artifacts.pr_upload && record.submitted_diffs.empty()) {
    run.status = model::RunStatus::waiting;
    return run;
  }
  // A client that submits its tables itself may have no dbt project at all.
  if (!artifacts.pr_upload && !artifacts.base_upload) run.warnings.clear();

  DiffPlan plan = TRY_DURING("compare", compare_and_plan(artifacts, config, source, context.store, run));
  run.warnings.insert(run.warnings.end(), plan.warnings.begin(), plan.warnings.end());
  TRY_DURING("submitted diffs", add_submitted(record.submitted_diffs, config, source, plan));
  TRY_DURING("record a diff", diff_tables(record, source, plan, context));

  sort_worst_first(plan.nodes);
  run.models = std::move(plan.nodes);
  run.status = context.cancel.requested() ? model::RunStatus::cancelled : model::RunStatus::done;
  run.finished_at = now_utc();
  return run;
}

Json order_to_json(const DiffOrder& order) {
  return {{"data_source1_id", order.data_source1_id},
          {"data_source2_id", order.data_source2_id},
          {"table1", order.table1},
          {"table2", order.table2},
          {"pk_columns", order.pk_columns},
          {"include_columns", order.include_columns},
          {"exclude_columns", order.exclude_columns},
          {"filter1", order.filter1},
          {"filter2", order.filter2}};
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

namespace {

Result<model::TableDiff> run_ordered_diff(const store::DiffRecord& record, const RunContext& context) {
  const Json order = TRY(parse_json(record.order));
  const std::int64_t source_id = TRY(require_integer(order, "data_source1_id"));
  const std::int64_t other_id = TRY(require_integer(order, "data_source2_id"));
  const model::DataSource source = TRY(context.store.data_source(source_id));
  datadiff::DiffRequest request;
  request.tables[0] = TRY(string_list(order, "table1"));
  request.tables[1] = TRY(string_list(order, "table2"));
  request.pk_columns = TRY(string_list(order, "pk_columns"));
  request.include_columns = TRY(string_list(order, "include_columns"));
  request.exclude_columns = TRY(string_list(order, "exclude_columns"));
  request.filters[0] = TRY(require_string(order, "filter1"));
  request.filters[1] = TRY(require_string(order, "filter2"));
  request.float_tolerance = source.float_tolerance;
  if (other_id != source_id) {
    const model::DataSource other = TRY(context.store.data_source(other_id));
    Cancel cancel;
    const CancelGroup::Member member(context.cancel, cancel);
    return datadiff::diff_across({source, other}, request, {}, cancel);
  }
  auto database = TRY(engine::open(source));
  return run_diff(*database, request, context.cancel);
}

}  // namespace

store::DiffRecord carry_out_diff(store::DiffRecord record, const RunContext& context) {
  context.slots.acquire();
  const auto run = run_ordered_diff(record, context);
  context.slots.release();
  const model::TableDiff diff = run.ok() ? run.value() : failed_diff(run.error());
  record.status = diff.result == model::DiffResult::error ? "failed" : "success";
  record.figures = dump_json(report::diff_to_json(diff));
  record.samples = dump_json(report::samples_json(diff));
  record.finished_at = now_utc();
  return record;
}

}  // namespace vernier::ci
