// SPDX-License-Identifier: Apache-2.0
#include "ci/dbt_cloud.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/file.h"
#include "base/http_client.h"
#include "base/text.h"
#include "ci/forges.h"
#include "dbt/dbt.h"

namespace vernier::ci {
namespace {

constexpr std::chrono::seconds period{60};
constexpr std::chrono::seconds list_timeout{15};
constexpr std::chrono::seconds artifact_timeout{300};
constexpr int runs_looked_at = 20;
constexpr std::size_t manifest_bytes_max = 2'000'000'000;

// Codes of a run's `status` in dbt Cloud's API that mean it has ended with artifacts.
constexpr std::int64_t status_success = 10;
constexpr std::int64_t status_error = 20;

Result<HttpResponse> ask(const model::DbtCloud& cloud, const std::string& path, std::size_t bytes_max,
                         std::chrono::seconds timeout) {
  HttpRequest request;
  std::string root = cloud.url;
  while (root.ends_with('/'))
    root.pop_back();
  request.url = fmt::format("{}/api/v2/accounts/{}/{}", root, cloud.account_id, path);
  request.headers = {{"Authorization", "Token " + cloud.token}, {"Accept", "application/json"}};
  request.timeout = timeout;
  request.response_bytes_max = bytes_max;
  HttpResponse answer = TRY(http_request(request));
  if (answer.status == 401 || answer.status == 403)
    return denied(
        fmt::format("dbt Cloud answered {}: check `dbt_cloud.token` and `account_id`", answer.status));
  if (answer.status >= 500 || answer.status == 429)
    return unavailable(fmt::format("dbt Cloud answered {}", answer.status));
  return answer;
}

// One artifact into the folder; false where the run has none of that name.
Result<bool> fetch_artifact(const model::DbtCloud& cloud, std::int64_t run_id, const std::string& name,
                            const std::filesystem::path& folder) {
  const HttpResponse answer = TRY(
      ask(cloud, fmt::format("runs/{}/artifacts/{}", run_id, name), manifest_bytes_max, artifact_timeout));
  if (answer.status == 404) return false;
  if (answer.status != 200)
    return unavailable(fmt::format("dbt Cloud answered {} for {}", answer.status, name));
  TRY(write_file_whole(folder / name, answer.body));
  return true;
}

std::string upload_name(std::int64_t run_id) {
  return fmt::format("dbt-cloud-{}", run_id);
}

}  // namespace

DbtCloudPoller::DbtCloudPoller(store::Store& store, Accept accept)
    : store_(store), accept_(std::move(accept)), settings_(period, [this] {
        const auto configs = store_.ci_configs();
        if (!configs.ok()) return spdlog::error("dbt Cloud: {}", configs.error().message);
        start_pollers(*configs);
      }) {}

void DbtCloudPoller::start() {
  stopping_ = false;
  settings_.start();
}

void DbtCloudPoller::stop() {
  stopping_ = true;
  settings_.stop();
  const std::lock_guard lock(mutex_);
  // All are asked before any is waited for, so that the slowest alone is.
  for (const auto& [id, poller] : pollers_)
    poller->ask_to_stop();
  pollers_.clear();
}

void DbtCloudPoller::start_pollers(const std::vector<model::CiConfig>& configs) {
  const std::lock_guard lock(mutex_);
  for (const model::CiConfig& config : configs) {
    if (config.dbt_cloud.url.empty() || stopping_ || pollers_.contains(config.id)) continue;
    auto& poller = pollers_[config.id];
    poller = std::make_unique<Worker>(period, [this, id = config.id] { work(id); });
    poller->start();
  }
}

void DbtCloudPoller::work(std::int64_t ci_config_id) {
  const auto config = store_.ci_config(ci_config_id);
  if (!config.ok() || config->dbt_cloud.url.empty()) return;
  if (const Status polled = poll(*config); !polled.ok())
    spdlog::warn("CI config {}: dbt Cloud: {}", ci_config_id, polled.error().message);
}

Status DbtCloudPoller::poll(const model::CiConfig& config) {
  const Status production = poll_job(config, config.dbt_cloud.production_job_id, model::RunType::production);
  TRY(poll_job(config, config.dbt_cloud.pull_request_job_id, model::RunType::pull_request));
  return production;
}

Status DbtCloudPoller::poll_job(const model::CiConfig& config, std::int64_t job_id, model::RunType type) {
  if (job_id == 0) return {};
  constexpr std::size_t list_bytes_max = 16'000'000;
  const HttpResponse answer =
      TRY(ask(config.dbt_cloud,
              fmt::format("runs/?job_definition_id={}&order_by=-id&limit={}", job_id, runs_looked_at),
              list_bytes_max, list_timeout));
  if (answer.status != 200)
    return unavailable(fmt::format("dbt Cloud answered {} for its runs", answer.status));
  const Json body = TRY_DURING("runs", parse_json(answer.body));
  const auto runs = body.is_object() ? body.find("data") : body.end();
  if (!body.is_object() || runs == body.end() || !runs->is_array())
    return invalid_input("dbt Cloud's list of runs has no `data`");
  // Oldest first, so that the newest upload is of the newest run.
  for (auto run = runs->rbegin(); run != runs->rend(); ++run) {
    if (stopping_) return {};
    const Status taken = take_run(config, *run, type);
    if (taken.ok()) continue;
    if (may_pass(taken.error())) return taken;
    // What is wrong with one run's artifacts says nothing of the next one's.
    spdlog::warn("CI config {}: dbt Cloud: {}", config.id, taken.error().message);
  }
  return {};
}

Status DbtCloudPoller::take_run(const model::CiConfig& config, const Json& run, model::RunType type) {
  const std::int64_t id = TRY(require_integer(run, "id"));
  const std::int64_t status = TRY(require_integer(run, "status"));
  const std::string commit = TRY(optional_string(run, "git_sha")).value_or("");
  if ((status != status_success && status != status_error) || commit.empty()) return {};
  store::UploadFilter taken;
  taken.run_id = upload_name(id);
  taken.limit = 1;
  if (!TRY(store_.uploads(config.id, taken)).empty()) return {};

  const TempDir folder = TRY(TempDir::create(store_.incoming_dir()));
  const std::filesystem::path target = folder.path() / "target";
  std::error_code code;
  std::filesystem::create_directory(target, code);
  // A run that ended before dbt wrote a manifest has nothing to take.
  if (!TRY(fetch_artifact(config.dbt_cloud, id, "manifest.json", target))) return {};
  for (const char* name : {"run_results.json", "catalog.json"})
    TRY(fetch_artifact(config.dbt_cloud, id, name, target));
  UploadOrder order;
  order.ci_config_id = config.id;
  order.run_type = model::to_string(type);
  order.commit_sha = commit;
  order.run_id = upload_name(id);
  order.archive = folder.path() / "artifacts.zip";
  TRY(dbt::pack_artifacts(target, order.archive));
  const auto accepted = accept_(order);
  if (!accepted.ok()) return accepted.error().during(fmt::format("run {}", id));
  return {};
}

Result<std::string> DbtCloudPoller::accept(const forge::Delivery& delivery) {
  std::string signature;
  for (const auto& [name, value] : delivery.headers)
    if (name == "authorization") signature = value;
  std::vector<model::CiConfig> signed_for;
  for (model::CiConfig& config : TRY(store_.ci_configs()))
    if (forge::is_hmac_of(signature, delivery.body, config.dbt_cloud.webhook_secret))
      signed_for.push_back(std::move(config));
  if (signed_for.empty()) return denied("no CI config's `dbt_cloud.webhook_secret` has signed this");
  // What has ended is asked of dbt Cloud itself: the delivery is only a reason to look.
  start_pollers(signed_for);
  const std::lock_guard lock(mutex_);
  for (const model::CiConfig& config : signed_for)
    if (const auto poller = pollers_.find(config.id); poller != pollers_.end()) poller->second->poke();
  return std::string("accepted");
}

}  // namespace vernier::ci
