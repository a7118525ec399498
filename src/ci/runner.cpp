// SPDX-License-Identifier: Apache-2.0
#include "ci/runner.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.h"
#include "report/report.h"

namespace vernier::ci {

using model::RunStatus;

Runner::Runner(store::Store& store, const ServiceOptions& options)
    : store_(store),
      options_(options),
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

Status Runner::enqueue_run(std::int64_t run_id) {
  const std::lock_guard lock(mutex_);
  store::RunRecord run = TRY(store_.run(run_id));
  if (run.status == RunStatus::cancelled) return {};
  if (run.status != RunStatus::queued) {
    run.status = RunStatus::queued;
    run.updated_at = now_utc();
    TRY(store_.update_run(run));
  }
  put({JobKind::run, run_id});
  return {};
}

Status Runner::submit(std::int64_t run_id, std::string submitted_diffs) {
  {
    const std::lock_guard lock(mutex_);
    store::RunRecord run = TRY(store_.run(run_id));
    run.submitted_diffs = std::move(submitted_diffs);
    TRY(store_.update_run(run));
  }
  return enqueue_run(run_id);
}

Status Runner::cancel_run(std::int64_t run_id) {
  const std::lock_guard lock(mutex_);
  store::RunRecord run = TRY(store_.run(run_id));
  run.status = RunStatus::cancelled;
  run.updated_at = now_utc();
  TRY(store_.update_run(run));
  const auto active = active_.find({JobKind::run, run_id});
  if (active != active_.end()) active->second.cancel->request();
  return {};
}

void Runner::enqueue_diff(std::int64_t diff_id) {
  const std::lock_guard lock(mutex_);
  put({JobKind::diff, diff_id});
}

void Runner::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Job job = queue_.front();
    queue_.pop_front();
    const auto cancel = std::make_shared<CancelGroup>();
    active_[job] = {cancel, false};
    lock.unlock();
    if (job.kind == JobKind::run)
      do_run(job.id, *cancel);
    else
      do_diff(job.id, *cancel);
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
    record.status = RunStatus::processing;
    record.updated_at = now_utc();
    TRY(store_.update_run(record));
  }
  spdlog::info("run {}: processing pull request {} at {}", run_id, record.pr_num,
               record.pr_sha.abbreviated());
  const auto run = carry_out(record, {store_, options_, slots_, cancel});
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
  record.status = now.status == RunStatus::queued ? RunStatus::queued : run.status;
  record.submitted_diffs = now.submitted_diffs;
  record.updated_at = now_utc();
  record.wanted_pr = run.pr.wanted;
  record.wanted_base = run.base.wanted;
  record.pr_upload_id = run.pr.upload_id;
  record.base_upload_id = run.base.upload_id;
  record.report = dump_json(report::to_json(run));
  TRY(store_.update_run(record));
  spdlog::info("run {}: {}", record.id, model::to_string(record.status));
  return {};
}

void Runner::do_diff(std::int64_t diff_id, CancelGroup& cancel) {
  auto run = [&]() -> Status {
    store::DiffRecord record = TRY(store_.diff(diff_id));
    record.status = "running";
    TRY(store_.update_diff(record));
    record = carry_out_diff(std::move(record), {store_, options_, slots_, cancel});
    if (cancel.requested()) return {};
    return store_.update_diff(record);
  };
  if (const Status done = run(); !done.ok()) spdlog::error("diff {}: {}", diff_id, done.error().message);
}

}  // namespace vernier::ci
