// SPDX-License-Identifier: Apache-2.0
#include "ci/carry_out.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "base/text.h"
#include "ci/nodes_of_files.h"
#include "ci/ordered_diffs.h"
#include "ci/plan.h"
#include "ci/production.h"
#include "ci/resolve.h"
#include "ci/wishes.h"
#include "compare/compare.h"
#include "datadiff/datadiff.h"
#include "engine/engine.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

// Records a diff's result and gives its id.
Result<std::int64_t> record_diff(store::Store& store, const store::RunRecord& run,
                                 const model::ReportedNode& node, const DiffOrder& order) {
  store::DiffRecord record;
  record.ci_config_id = run.ci_config_id;
  record.ci_run_id = run.id;
  record.unique_id = node.change.unique_id;
  record.order = dump_json(order_to_json(order));
  record = with_result(std::move(record), node.diff);
  record.created_at = record.finished_at;
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
      const auto recorded = record_diff(context.store, run, node, {source.id, source.id, entry.request});
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

// Says in the warning of the missing base what that costs, now that it is known.
void note_cost(const std::vector<std::string>& nodes, model::CiRun& run) {
  for (Finding& finding : run.warnings) {
    if (finding.code != "artifacts_missing" || finding.run_type != "production") continue;
    if (nodes.empty()) {
      finding.message +=
          " Between the two commits no file of any node changed: the comparison is exact in effect.";
      continue;
    }
    finding.message += fmt::format(" Between the two commits the files of {} node{} changed: {}.",
                                   nodes.size(), nodes.size() == 1 ? "" : "s", short_names(nodes));
  }
}

// The run's nodes and findings from the two manifests.
Result<DiffPlan> compare_and_plan(const ResolvedArtifacts& artifacts, const model::CiConfig& config,
                                  const model::DataSource& source, const Wishes& wishes,
                                  const RunContext& context, model::CiRun& run) {
  if (!artifacts.pr_upload || !artifacts.base_upload) return DiffPlan();
  const ManifestPair manifests = TRY(context.manifests.of_both(*artifacts.base_upload, *artifacts.pr_upload));
  const model::Manifest& base = *manifests.base;
  const model::Manifest& head = *manifests.head;
  const compare::Comparison comparison = compare::compare(base, head);
  // Models whose compiled SQL alone differs, and what is below them, are diffed as well.
  std::vector<model::Change> changes = comparison.changes;
  for (const auto* more : {&comparison.compiled_only, &comparison.below_compiled})
    changes.insert(changes.end(), more->begin(), more->end());
  run.nodes_unchanged =
      comparison.unchanged - static_cast<std::int64_t>(changes.size() - comparison.changes.size());
  run.warnings.insert(run.warnings.end(), comparison.findings.begin(), comparison.findings.end());
  DiffPlan plan = plan_diffs(changes, base, head, config, source, wishes);
  run.warnings.insert(run.warnings.end(), plan.warnings.begin(), plan.warnings.end());
  const Findings stale =
      TRY_DURING("ledger", note_production(context.store, context.manifests, artifacts, base, plan));
  run.warnings.insert(run.warnings.end(), stale.begin(), stale.end());
  if (run.base.step == model::ResolutionStep::ancestor || run.base.step == model::ResolutionStep::latest)
    if (const auto files = context.history.files_between(config, run.base.used, run.base.wanted))
      run.base.nodes_between = nodes_of_files(base, *files);
  if (run.base.nodes_between) note_cost(*run.base.nodes_between, run);
  return plan;
}

// More tables than the CI config diffs without asking: the plan as it is, for people to look at.
void ask_for_confirmation(DiffPlan& plan, model::CiRun& run) {
  for (const DiffPlan::Entry& entry : plan.entries)
    plan.nodes[entry.node].diff.why = "it waits for the run's confirmation";
  run.models = std::move(plan.nodes);
  run.status = model::RunStatus::needs_confirmation;
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

Result<model::CiRun> shown_run(const store::RunRecord& record, const model::CiConfig& config,
                               const ServiceOptions& options) {
  if (record.report.empty()) return initial_run(record, config, options);
  const Json report = TRY(parse_json(record.report));
  model::CiRun run = TRY_DURING("stored report", report::from_json(report));
  run.status = record.status;
  return run;
}

Result<model::CiRun> carry_out(const store::RunRecord& record, const RunContext& context) {
  const model::CiConfig config = TRY(context.store.ci_config(record.ci_config_id));
  const model::DataSource source = TRY(context.store.data_source(config.data_source_id));
  model::CiRun run = initial_run(record, config, context.options);

  const Wishes wishes = TRY_DURING("wishes", parse_wishes(record.wishes));

  if (config.base_strategy == "merge_base")
    TRY_DURING("history", context.history.learn(config, record.base_sha));
  const bool overdue = !record.deadline_at.empty() && record.deadline_at <= now_utc();
  const ResolvedArtifacts artifacts =
      TRY_DURING("resolve artifacts", resolve(context.store, config, record, overdue));
  run.pr = artifacts.pr;
  run.base = artifacts.base;
  run.warnings = artifacts.warnings;
  if (!artifacts.pr_upload && record.submitted_diffs.empty() && !overdue) {
    run.status = model::RunStatus::waiting;
    return run;
  }
  // A client that submits its tables itself may have no dbt project at all.
  if (!artifacts.pr_upload && !artifacts.base_upload && !record.submitted_diffs.empty()) run.warnings.clear();

  DiffPlan plan = TRY_DURING("compare", compare_and_plan(artifacts, config, source, wishes, context, run));
  TRY_DURING("submitted diffs", add_submitted(record.submitted_diffs, config, source, plan));
  run.diffs_planned = static_cast<std::int64_t>(plan.entries.size());
  if (config.diff_threshold && run.diffs_planned > *config.diff_threshold && !wishes.confirmed) {
    ask_for_confirmation(plan, run);
    return run;
  }
  TRY_DURING("record a diff", diff_tables(record, source, plan, context));

  sort_worst_first(plan.nodes);
  run.models = std::move(plan.nodes);
  run.status = context.cancel.requested() ? model::RunStatus::cancelled : model::RunStatus::done;
  run.finished_at = now_utc();
  return run;
}

}  // namespace vernier::ci
