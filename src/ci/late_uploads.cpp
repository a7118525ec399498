// SPDX-License-Identifier: Apache-2.0
#include "ci/late_uploads.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "ci/resolve.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

using model::Resolution;
using model::ResolutionStep;
using model::RunStatus;

// How long a forge that does not answer is left alone.
constexpr std::chrono::seconds period{60};
constexpr std::int64_t runs_looked_at_max = 1000;
constexpr std::int64_t runs_of_a_page = 100;  // a run's report may be large

bool is_better_base(const model::CiConfig& config, const Resolution& before, const Resolution& now) {
  if (now.upload_id == before.upload_id) return false;
  // Another upload of the same commit: built after declared, or built anew.
  if (now.used == before.used) return true;
  if (now.step != before.step) return now.step < before.step;
  // Production's half of a pair, whose commit is nobody's base. Where the newest upload is wanted, each is.
  if (now.step == ResolutionStep::exact)
    return config.base_strategy != "latest" && now.wanted != before.wanted;
  return now.behind && before.behind && *now.behind < *before.behind;
}

bool is_better(const model::CiConfig& config, const store::RunRecord& run, const model::CiRun& before,
               const ResolvedArtifacts& now) {
  if (now.pr.upload_id != 0 && now.pr.upload_id != before.pr.upload_id) return true;
  // Tables that a client submitted itself have no use for production's artifacts alone.
  if (!now.pr_upload && !run.submitted_diffs.empty()) return false;
  return is_better_base(config, before.base, now.base);
}

bool takes(const ResolvedArtifacts& now, std::int64_t upload_id) {
  return upload_id != 0 && (now.pr.upload_id == upload_id || now.base.upload_id == upload_id);
}

}  // namespace

LateUploads::LateUploads(store::Store& store, Runner& runner, History& history)
    : store_(store), runner_(runner), history_(history), worker_(period, [this] { work(); }) {}

Status LateUploads::start() {
  for (const model::CiConfig& config : TRY(store_.ci_configs())) {
    TRY(look_at(config, 0, false));
    const std::lock_guard lock(mutex_);
    if (has_forge(config)) to_ask_.insert(config.id);
  }
  worker_.start();
  return {};
}

Status LateUploads::add(const model::Upload& upload) {
  const model::CiConfig config = TRY(store_.ci_config(upload.ci_config_id));
  TRY(look_at(config, upload.id, false));
  if (upload.run_type != model::RunType::production || !has_forge(config)) return {};
  {
    const std::lock_guard lock(mutex_);
    to_ask_.insert(config.id);
  }
  worker_.poke();
  return {};
}

void LateUploads::work() {
  std::set<std::int64_t> to_ask;
  {
    const std::lock_guard lock(mutex_);
    to_ask.swap(to_ask_);
  }
  for (const std::int64_t id : to_ask) {
    const auto config = store_.ci_config(id);
    if (!config.ok()) continue;  // it is gone
    const auto answered = look_at(*config, 0, true);
    if (!answered.ok()) spdlog::error("CI config {}: late uploads: {}", id, answered.error().message);
    if (answered.ok() && *answered) continue;
    const std::lock_guard lock(mutex_);
    to_ask_.insert(id);
  }
}

Result<bool> LateUploads::look_at(const model::CiConfig& config, std::int64_t upload_id, bool ask_forge) {
  std::set<std::string> seen;
  store::RunFilter page;
  page.limit = runs_of_a_page;
  for (; page.offset < runs_looked_at_max; page.offset += page.limit) {
    const auto runs = TRY(store_.runs(config.id, page));
    for (const store::RunRecord& run : runs) {
      if (ask_forge && worker_.stopping()) return true;
      // The newest run of a pull request alone counts.
      if (!seen.insert(run.pr_num).second) continue;
      const auto looked = look_at_run(config, run, upload_id, ask_forge);
      // One run that cannot be read keeps no other from its artifacts.
      if (!looked.ok()) spdlog::error("run {}: late uploads: {}", run.id, looked.error().message);
      // A forge that does not answer is not asked on behalf of each run.
      if (looked.ok() && !*looked) return false;
    }
    if (std::ssize(runs) < page.limit) break;
  }
  return true;
}

Result<bool> LateUploads::look_at_run(const model::CiConfig& config, const store::RunRecord& run,
                                      std::int64_t upload_id, bool ask_forge) {
  // A run in line looks for its artifacts when its turn comes.
  if (run.status == RunStatus::cancelled || run.status == RunStatus::queued) return true;
  const auto pull_request = TRY(store_.pull_request(config.id, pull_request_number(run.pr_num)));
  if (pull_request && !pull_request->open) return true;
  const bool overdue = !run.deadline_at.empty() && run.deadline_at <= now_utc();
  bool answered = true;
  ResolvedArtifacts now = TRY(resolve(store_, config, run, overdue));
  if (ask_forge && config.base_strategy == "merge_base" && now.base.step != ResolutionStep::exact) {
    answered = TRY(history_.learn(config, run.base_sha));
    now = TRY(resolve(store_, config, run, overdue));
  }
  // What a run that is at work has taken is not on record yet; one that failed is tried again with what it
  // has not seen.
  bool wakes = takes(now, upload_id);
  if (run.status != RunStatus::processing && run.status != RunStatus::failed) {
    if (run.report.empty()) return answered;
    const Json report = TRY(parse_json(run.report));
    wakes = is_better(config, run, TRY(report::from_json(report)), now);
  }
  if (!wakes) return answered;
  spdlog::info("run {}: goes on with better artifacts than it had", run.id);
  TRY(runner_.enqueue_run(run.id));
  return answered;
}

}  // namespace vernier::ci
