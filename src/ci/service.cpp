// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "ci/carry_out.h"
#include "ci/ci.h"
#include "ci/dbt_cloud.h"
#include "ci/explore.h"
#include "ci/failed_deliveries.h"
#include "ci/forges.h"
#include "ci/history.h"
#include "ci/late_uploads.h"
#include "ci/manifests.h"
#include "ci/order_sources.h"
#include "ci/ordered_diffs.h"
#include "ci/plan.h"
#include "ci/publisher.h"
#include "ci/pull_requests.h"
#include "ci/runner.h"
#include "ci/settings.h"
#include "ci/wishes.h"
#include "ci/worker.h"
#include "dbt/dbt.h"
#include "engine/engine.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

constexpr std::size_t submitted_diffs_max = 5000;

Result<std::vector<model::CommitSha>> parse_all(const std::vector<std::string>& texts) {
  std::vector<model::CommitSha> commits;
  for (const std::string& text : texts)
    commits.push_back(TRY(model::CommitSha::parse(text)));
  return commits;
}

constexpr std::chrono::seconds clock_period{1};

// dbt writes no files of this kind.
Status check_has_models(store::Store& store, std::int64_t data_source_id) {
  const model::DataSource source = TRY(store.data_source(data_source_id));
  if (engine::is_of_files(source))
    return invalid_input(
        fmt::format("{} has files of type {}; the models that a CI compares are in a database", source.name,
                    source.type));
  return {};
}

}  // namespace

Service::Service(store::Store& store, const ServiceOptions& options)
    : store_(store),
      options_(options),
      explorer_(std::make_unique<Explorer>(store)),
      forges_(std::make_unique<Forges>()),
      history_(std::make_unique<History>(store, *forges_)),
      manifests_(std::make_unique<Manifests>(store)),
      publisher_(std::make_unique<Publisher>(store, *forges_, options)),
      runner_(std::make_unique<Runner>(
          store, options,
          [this](const store::RunRecord& run) {
            const auto config = store_.ci_config(run.ci_config_id);
            if (config.ok()) publisher_->touch(*config, run.pr_num);
          },
          *history_, *manifests_)),
      late_uploads_(std::make_unique<LateUploads>(store, *runner_, *history_)),
      pull_requests_(std::make_unique<PullRequests>(store, *forges_, *runner_, *publisher_, options)),
      failed_deliveries_(std::make_unique<FailedDeliveries>(store, *forges_)),
      dbt_cloud_(std::make_unique<DbtCloudPoller>(
          store, [this](const UploadOrder& order) { return accept_upload(order); })),
      clock_(std::make_unique<Worker>(clock_period, [this] {
        if (const Status woken = runner_->wake_overdue(); !woken.ok())
          spdlog::error("overdue runs: {}", woken.error().message);
      })) {}

Service::~Service() = default;

Status Service::start() {
  TRY(runner_->start());
  TRY(publisher_->start());
  pull_requests_->start();
  TRY(late_uploads_->start());
  failed_deliveries_->start();
  dbt_cloud_->start();
  clock_->start();
  return {};
}

void Service::stop() {
  clock_->stop();
  dbt_cloud_->stop();
  failed_deliveries_->stop();
  late_uploads_->stop();
  pull_requests_->stop();
  runner_->stop();
  publisher_->stop();
}

Result<bool> Service::has_upload(std::int64_t ci_config_id, std::string_view run_type,
                                 std::string_view commit_sha) {
  TRY(store_.ci_config(ci_config_id));
  store::UploadFilter filter;
  filter.run_type = TRY(model::parse_run_type(run_type));
  filter.commit_sha = TRY(model::CommitSha::parse(commit_sha));
  filter.limit = 1;
  return !TRY(store_.uploads(ci_config_id, filter)).empty();
}

Result<std::vector<model::Upload>> Service::uploads(std::int64_t ci_config_id,
                                                    const store::UploadFilter& filter) {
  TRY(store_.ci_config(ci_config_id));
  return store_.uploads(ci_config_id, filter);
}

Result<std::vector<KeyCheck>> Service::check_primary_keys(std::int64_t ci_config_id,
                                                          const std::filesystem::path& manifest) {
  const model::CiConfig config = TRY(store_.ci_config(ci_config_id));
  const model::Manifest read = TRY(dbt::read_manifest(manifest));
  const auto keys = dbt::primary_keys(read, config.primary_key_tag);
  std::vector<KeyCheck> checks;
  for (std::size_t i = 0; i < read.nodes.size(); ++i) {
    const model::Node& node = read.nodes[i];
    if (!has_table(node.resource_type)) continue;
    KeyCheck check;
    check.source = keys[i].columns.empty() ? "none" : keys[i].origin;
    check.sql_table = node.relation().parts();
    check.sql_pks = check.dbt_pks = keys[i].columns;
    for (const std::string_view part : node.fqn)
      check.dbt_fqn.emplace_back(part);
    check.dbt_original_file_path = node.original_file_path;
    if (!node.patch_path.empty()) check.dbt_patch_path = std::string(node.patch_path);
    check.warnings = keys[i].warnings;
    if (keys[i].columns.empty())
      check.warnings.push_back(fmt::format("no primary key: add a unique test, or `{}` to the model's meta",
                                           config.primary_key_tag));
    checks.push_back(std::move(check));
  }
  return checks;
}

Result<std::int64_t> Service::trigger(const TriggerOrder& order) {
  const model::CiConfig config = TRY(store_.ci_config(order.ci_config_id));
  if (order.pr_number <= 0) return invalid_input("`pr_number` must be a positive number");
  store::RunRecord record;
  record.ci_config_id = config.id;
  record.pr_num = fmt::format("{}", order.pr_number);
  record.pr_branch = order.pr_branch;
  record.pr_sha = TRY_DURING("`pr_sha`", model::CommitSha::parse(order.pr_sha));
  record.base_branch = order.base_branch;
  record.base_sha = TRY_DURING("`base_sha`", model::CommitSha::parse(order.base_sha));
  record.source = "trigger";
  const auto ancestors = TRY_DURING("`ancestors`", parse_all(order.ancestors));
  if (!ancestors.empty()) TRY(store_.add_ancestors(config.id, record.base_sha, ancestors));
  const store::RunRecord run = TRY(runner_->start_run(std::move(record), config));
  TRY(pull_requests_->follow(config, run));
  return run.id;
}

Result<std::string> Service::accept_webhook(const std::string& provider, const forge::Delivery& delivery) {
  if (provider == "dbt_cloud") return dbt_cloud_->accept(delivery);
  return pull_requests_->accept(provider, delivery);
}

Result<store::RunRecord> Service::run_of(std::int64_t ci_config_id, std::int64_t run_id) {
  TRY(store_.ci_config(ci_config_id));
  store::RunRecord record = TRY(store_.run(run_id));
  if (record.ci_config_id != ci_config_id)
    return not_found(fmt::format("CI config {} has no run {}", ci_config_id, run_id));
  return record;
}

Status Service::confirm_run(std::int64_t ci_config_id, std::int64_t run_id) {
  const store::RunRecord run = TRY(run_of(ci_config_id, run_id));
  Wishes wishes;
  wishes.confirmed = true;
  return runner_->add_wishes(run.id, wishes);
}

Status Service::cancel_run(std::int64_t ci_config_id, std::int64_t run_id) {
  const store::RunRecord run = TRY(run_of(ci_config_id, run_id));
  return is_final(run.status) ? Status() : runner_->cancel_run(run.id);
}

Result<std::int64_t> Service::rerun(std::int64_t ci_config_id, std::int64_t run_id) {
  store::RunRecord run = TRY(run_of(ci_config_id, run_id));
  const model::CiConfig config = TRY(store_.ci_config(ci_config_id));
  run.source = "rerun";
  run.report.clear();
  run.pr_upload_id = run.base_upload_id = 0;
  const store::RunRecord started = TRY(runner_->start_run(std::move(run), config));
  TRY(pull_requests_->follow(config, started));
  return started.id;
}

Result<std::optional<std::int64_t>> Service::submit(std::int64_t ci_config_id, std::int64_t pr_number,
                                                    const std::vector<SubmittedDiff>& diffs) {
  TRY(store_.ci_config(ci_config_id));
  if (diffs.size() > submitted_diffs_max)
    return too_large(
        fmt::format("{} diffs submitted, more than the {} allowed", diffs.size(), submitted_diffs_max));
  for (const SubmittedDiff& diff : diffs)
    for (const std::string& table : {diff.prod, diff.pr})
      TRY(engine::parse_table_path(table));
  const auto newest = TRY(newest_run(store_, ci_config_id, pr_number));
  if (!newest || newest->status == model::RunStatus::cancelled) return std::optional<std::int64_t>();
  TRY(runner_->submit(newest->id, submitted_to_text(diffs)));
  return std::optional(newest->id);
}

Result<std::vector<model::CiRun>> Service::runs(std::int64_t ci_config_id, const store::RunFilter& filter) {
  const model::CiConfig config = TRY(store_.ci_config(ci_config_id));
  std::vector<model::CiRun> shown;
  for (const store::RunRecord& record : TRY(store_.runs(ci_config_id, filter)))
    shown.push_back(initial_run(record, config, options_));
  return shown;
}

Result<model::CiRun> Service::run(std::int64_t ci_config_id, std::int64_t run_id) {
  const model::CiConfig config = TRY(store_.ci_config(ci_config_id));
  const store::RunRecord record = TRY(run_of(ci_config_id, run_id));
  return shown_run(record, config, options_);
}

Result<std::int64_t> Service::order_diff(const DiffOrder& order) {
  TRY(sources_of(order, store_));
  TRY(check_order(order));
  store::DiffRecord record;
  record.status = "waiting";
  record.order = dump_json(order_to_json(order));
  record.created_at = now_utc();
  const store::DiffRecord added = TRY(store_.add_diff(std::move(record)));
  runner_->enqueue_diff(added.id);
  return added.id;
}

Result<store::DiffRecord> Service::diff(std::int64_t id) {
  return store_.diff(id);
}

std::optional<Progress::View> Service::diff_progress(std::int64_t id) {
  return runner_->diff_progress(id);
}

Status Service::cancel_diff(std::int64_t id) {
  return runner_->cancel_diff(id);
}

Result<TableSchema> Service::table_schema(std::int64_t data_source_id,
                                          const std::vector<std::string>& table) {
  return explorer_->table_schema(data_source_id, table);
}

Result<FoundKeys> Service::find_keys(std::int64_t data_source_id, const KeySearch& search) {
  return explorer_->find_keys(data_source_id, search);
}

Result<QueryRows> Service::query(std::int64_t data_source_id, const std::string& sql) {
  return explorer_->query(data_source_id, sql);
}

void Service::stop_exploring() {
  explorer_->stop();
}

Result<Json> Service::add_data_source(const Json& fields) {
  const model::DataSource source = TRY(parse_data_source(fields));
  TRY(engine::check_source(source));
  return to_json(TRY(store_.add_data_source(source)));
}

Result<Json> Service::data_sources() {
  Json list = Json::array();
  for (const model::DataSource& source : TRY(store_.data_sources()))
    list.push_back(to_json(source));
  return list;
}

Result<Json> Service::data_source(std::int64_t id) {
  return to_json(TRY(store_.data_source(id)));
}

Status Service::remove_data_source(std::int64_t id) {
  return store_.remove_data_source(id);
}

Result<std::vector<ConnectionTest>> Service::test_data_source(std::int64_t id) {
  const model::DataSource source = TRY(store_.data_source(id));
  std::vector<ConnectionTest> steps;
  auto database = engine::open(source);
  steps.push_back({"connection", database.ok(), database.ok() ? "" : database.error().message});
  if (!database.ok()) return steps;
  auto connection = (*database)->connect();
  const auto answer =
      connection.ok() ? (*connection)->query("select 1", {}) : Result<engine::Rows>(connection.error());
  steps.push_back({"query", answer.ok(), answer.ok() ? "" : answer.error().message});
  return steps;
}

Result<Json> Service::add_ci_config(const Json& fields) {
  const model::CiConfig config = TRY(parse_ci_config(fields, {}));
  TRY_DURING("`data_source_id`", check_has_models(store_, config.data_source_id));
  return to_json(TRY(store_.add_ci_config(config)));
}

Result<Json> Service::update_ci_config(std::int64_t id, const Json& fields) {
  const model::CiConfig before = TRY(store_.ci_config(id));
  const model::CiConfig config = TRY(parse_ci_config(fields, before));
  TRY_DURING("`data_source_id`", check_has_models(store_, config.data_source_id));
  TRY(store_.update_ci_config(config));
  return to_json(config);
}

Result<Json> Service::ci_config(std::int64_t id) {
  return to_json(TRY(store_.ci_config(id)));
}

Result<Json> Service::ci_configs() {
  Json list = Json::array();
  for (const model::CiConfig& config : TRY(store_.ci_configs()))
    list.push_back(to_json(config));
  return list;
}

Status Service::remove_ci_config(std::int64_t id) {
  return store_.remove_ci_config(id);
}

}  // namespace vernier::ci
