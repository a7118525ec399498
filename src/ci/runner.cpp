// SPDX-License-Identifier: Apache-2.0
#include "ci/runner.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "ci/ordered_diffs.h"
#include "report/report.h"

namespace vernier::ci {

using model::RunStatus;

namespace {

constexpr std::int64_t runs_to_supersede_max = 100;

bool has_rename(const std::vector<Rename>& renames, const Rename& wanted) {
  return std::any_of(renames.begin(), renames.end(), [&](const Rename& rename) {
    return rename.from == wanted.from && rename.to == wanted.to && rename.models == wanted.models;
  });
}

// Adds what `had` does not have yet; true where there was anything.
bool add_to(Wishes& had, const Wishes& more) {
  bool added = (more.confirmed && !had.confirmed) || (more.all_downstream && !had.all_downstream);
  had.confirmed |= more.confirmed;
  had.all_downstream |= more.all_downstream;
  for (const std::string& model : more.models)
    if (std::find(had.models.begin(), had.models.end(), model) == had.models.end()) {
      had.models.push_back(model);
      added = true;
    }
  for (const Rename& rename : more.renames)
    if (!has_rename(had.renames, rename)) {
      had.renames.push_back(rename);
      added = true;
    }
  return added;
}

}  // namespace

bool is_final(RunStatus status) {
  return status == RunStatus::done || status == RunStatus::failed || status == RunStatus::cancelled;
}

std::int64_t pull_request_number(const std::string& pr_num) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(pr_num.data(), pr_num.data() + pr_num.size(), number);
  return code == std::errc() && end == pr_num.data() + pr_num.size() ? number : 0;
}

Result<std::optional<store::RunRecord>> newest_run(store::Store& store, std::int64_t ci_config_id,
                                                   std::int64_t number) {
  store::RunFilter filter;
  filter.pr_num = fmt::format("{}", number);
  filter.limit = 1;
  auto runs = TRY(store.runs(ci_config_id, filter));
  if (runs.empty()) return std::optional<store::RunRecord>();
  return std::optional(std::move(runs.front()));
}

Runner::Runner(store::Store& store, const ServiceOptions& options, OnChange on_change, History& history,
               Manifests& manifests)
    : store_(store),
      options_(options),
      on_change_(std::move(on_change)),
      history_(history),
      manifests_(manifests),
      slots_(std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(options.diffs_at_once), 1,
                                        diffs_at_once_max)) {}

Status Runner::start() {
  // What a killed server was at comes first: it has waited longest.
  for (const RunStatus status : {RunStatus::processing, RunStatus::queued})
    for (const store::RunRecord& run : TRY(store_.runs_in(status)))
      TRY(enqueue_run(run.id));
  for (const char* status : {"running", "waiting"})
    for (const store::DiffRecord& diff : TRY(store_.diffs_in(status)))
      if (diff.ci_run_id == 0) enqueue_diff(diff.id);
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.runs_at_once); ++i)
    threads_.emplace_back([this] { work(); });
  return {};
}

void Runner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [job, active] : active_)
      active.cancel->request();
  }
  ready_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

void Runner::put(Job job) {
  const auto active = active_.find(job);
  if (active != active_.end()) {
    active->second.again = true;
  } else if (std::find(queue_.begin(), queue_.end(), job) == queue_.end()) {
    queue_.push_back(job);
    ready_.notify_one();
  }
}

Status Runner::change(store::RunRecord& run, RunStatus status) {
  const bool is_news = run.status != status;
  run.status = status;
  TRY(store_.update_run(run));
  if (is_news) on_change_(run);
  return {};
}

Status Runner::put_in_line(store::RunRecord run) {
  if (run.status == RunStatus::cancelled) return {};
  TRY(change(run, RunStatus::queued));
  put({JobKind::run, run.id});
  return {};
}

Status Runner::cancel(store::RunRecord run) {
  TRY(change(run, RunStatus::cancelled));
  const auto active = active_.find({JobKind::run, run.id});
  if (active != active_.end()) active->second.cancel->request();
  return {};
}

Status Runner::enqueue_run(std::int64_t run_id) {
  const std::lock_guard lock(mutex_);
  return put_in_line(TRY(store_.run(run_id)));
}

Result<store::RunRecord> Runner::start_run(store::RunRecord run, const model::CiConfig& config) {
  run.status = RunStatus::queued;
  run.created_at = run.updated_at = now_utc();
  run.deadline_at = utc_in(std::chrono::minutes(config.artifacts_wait_minutes));
  run.wanted_pr = run.pr_sha;
  run.wanted_base = run.base_sha;
  store::RunFilter same_pull_request;
  same_pull_request.pr_num = run.pr_num;
  same_pull_request.limit = runs_to_supersede_max;
  const std::lock_guard lock(mutex_);
  for (const store::RunRecord& older : TRY(store_.runs(config.id, same_pull_request)))
    if (!is_final(older.status)) TRY(cancel(older));
  store::RunRecord added = TRY(store_.add_run(std::move(run)));
  on_change_(added);
  put({JobKind::run, added.id});
  return added;
}

Status Runner::add_wishes(std::int64_t run_id, const Wishes& wishes) {
  const std::lock_guard lock(mutex_);
  store::RunRecord run = TRY(store_.run(run_id));
  Wishes had = TRY(parse_wishes(run.wishes));
  if (run.status == RunStatus::cancelled || !add_to(had, wishes)) return {};
  run.wishes = to_text(had);
  return put_in_line(std::move(run));
}

Status Runner::learn(std::int64_t run_id, const model::CommitSha& base, const Wishes& wishes) {
  const std::lock_guard lock(mutex_);
  store::RunRecord run = TRY(store_.run(run_id));
  if (run.status == RunStatus::cancelled) return {};
  Wishes had = TRY(parse_wishes(run.wishes));
  const bool told_more = add_to(had, wishes);
  const bool same_base = run.base_sha == base;
  run.wishes = to_text(had);
  run.base_sha = run.wanted_base = base;
  if (run.source == from_delivery) run.source = "webhook";
  // A waiting run may find its artifacts now, under a test merge that the forge has told of.
  if (same_base && !told_more && run.status != RunStatus::waiting) return store_.update_run(run);
  return put_in_line(std::move(run));
}

Status Runner::wake_overdue() {
  const std::string now = now_utc();
  const std::lock_guard lock(mutex_);
  for (store::RunRecord& run : TRY(store_.runs_in(RunStatus::waiting)))
    if (!run.deadline_at.empty() && run.deadline_at <= now) TRY(put_in_line(std::move(run)));
  return {};
}

Status Runner::submit(std::int64_t run_id, std::string submitted_diffs) {
  const std::lock_guard lock(mutex_);
  store::RunRecord run = TRY(store_.run(run_id));
  run.submitted_diffs = std::move(submitted_diffs);
  return put_in_line(std::move(run));
}

Status Runner::cancel_run(std::int64_t run_id) {
  const std::lock_guard lock(mutex_);
  return cancel(TRY(store_.run(run_id)));
}

void Runner::enqueue_diff(std::int64_t diff_id) {
  const std::lock_guard lock(mutex_);
  put({JobKind::diff, diff_id});
}

Status Runner::cancel_diff(std::int64_t diff_id) {
  const std::lock_guard lock(mutex_);
  store::DiffRecord diff = TRY(store_.diff(diff_id));
  if (diff.status != "waiting" && diff.status != "running") return {};
  diff.status = "cancelled";
  diff.finished_at = now_utc();
  TRY(store_.update_diff(diff));
  const auto active = active_.find({JobKind::diff, diff_id});
  if (active != active_.end()) active->second.cancel->request();
  return {};
}

std::optional<Progress::View> Runner::diff_progress(std::int64_t diff_id) {
  const std::lock_guard lock(mutex_);
  const auto active = active_.find({JobKind::diff, diff_id});
  if (active == active_.end()) return std::nullopt;
  return active->second.progress->view();
}

void Runner::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Job job = queue_.front();
    queue_.pop_front();
    const auto cancel = std::make_shared<CancelGroup>();
    const auto progress = std::make_shared<Progress>();
    active_[job] = {cancel, progress, false};
    lock.unlock();
    if (job.kind == JobKind::run)
      do_run(job.id, *cancel);
    else
      do_diff(job.id, *cancel, *progress);
    lock.lock();
    const bool again = active_[job].again;
    active_.erase(job);
    if (again) put(job);
  }
}

void Runner::do_run(std::int64_t run_id, CancelGroup& cancel) {
  if (const Status done = try_run(run_id, cancel); !done.ok())
    spdlog::error("run {}: {}", run_id, done.error().message);
}

Status Runner::try_run(std::int64_t run_id, CancelGroup& cancel) {
  store::RunRecord record;
  {
    const std::lock_guard lock(mutex_);
    record = TRY(store_.run(run_id));
    if (record.status != RunStatus::queued) return {};
    TRY(change(record, RunStatus::processing));
  }
  spdlog::info("run {}: processing pull request {} at {}", run_id, record.pr_num,
               record.pr_sha.abbreviated());
  const auto run = carry_out(record, {store_, options_, slots_, cancel, history_, manifests_});
  if (run.ok()) return finish(std::move(record), *run);

  spdlog::error("run {}: {}", run_id, run.error().message);
  model::CiRun failed = initial_run(record, TRY(store_.ci_config(record.ci_config_id)), options_);
  failed.status = RunStatus::failed;
  failed.failure = run.error().message;
  failed.finished_at = now_utc();
  return finish(std::move(record), failed);
}

Status Runner::finish(store::RunRecord record, const model::CiRun& run) {
  const std::lock_guard lock(mutex_);
  if (stopping_ && run.status != RunStatus::done) return {};  // goes on at the next start
  const store::RunRecord now = TRY(store_.run(record.id));
  // A newer commit may have cancelled the run, or a late upload may have put it in line again.
  if (now.status == RunStatus::cancelled) return {};
  const RunStatus status = now.status == RunStatus::queued ? RunStatus::queued : run.status;
  record.submitted_diffs = now.submitted_diffs;
  record.wishes = now.wishes;
  record.base_sha = now.base_sha;
  record.source = now.source;
  record.wanted_pr = run.pr.wanted;
  record.wanted_base = now.base_sha == run.base_sha ? run.base.wanted : now.wanted_base;
  record.pr_upload_id = run.pr.upload_id;
  record.base_upload_id = run.base.upload_id;
  record.report = dump_json(report::to_json(run));
  TRY(change(record, status));
  spdlog::info("run {}: {}", record.id, model::to_string(record.status));
  return {};
}

void Runner::do_diff(std::int64_t diff_id, CancelGroup& cancel, Progress& progress) {
  if (const Status done = try_diff(diff_id, cancel, progress); !done.ok())
    spdlog::error("diff {}: {}", diff_id, done.error().message);
}

Status Runner::try_diff(std::int64_t diff_id, CancelGroup& cancel, Progress& progress) {
  store::DiffRecord record;
  {
    const std::lock_guard lock(mutex_);
    record = TRY(store_.diff(diff_id));
    if (record.status == "cancelled") return {};
    record.status = "running";
    TRY(store_.update_diff(record));
  }
  record =
      carry_out_diff(std::move(record), {store_, options_, slots_, cancel, history_, manifests_, &progress});
  const std::lock_guard lock(mutex_);
  // Somebody cancelled it, or the server is stopping and it goes on at the next start.
  if (cancel.requested()) return {};
  return store_.update_diff(record);
}

}  // namespace vernier::ci
