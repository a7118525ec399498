// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "ci/carry_out.h"
#include "ci/wishes.h"
#include "store/store.h"

namespace vernier::ci {

// The source of a run that only a delivery told of: its merge base is still to be asked for.
inline constexpr const char* from_delivery = "delivery";

// Whether a run has ended; a late upload may still put one that is done in line again.
bool is_final(model::RunStatus status);

// A run's pull request as its number; 0 where it is none.
std::int64_t pull_request_number(const std::string& pr_num);

// The newest run of a pull request.
Result<std::optional<store::RunRecord>> newest_run(store::Store& store, std::int64_t ci_config_id,
                                                   std::int64_t number);

// The workers: take runs and ordered diffs from a queue, carry them out, write what came of it. The queue is
// only a reminder; the record of the store says what is to be done, so a killed server loses nothing.
class Runner {
 public:
  // `on_change` is told of every change of a run's status, from any thread; it must not call back.
  using OnChange = std::function<void(const store::RunRecord&)>;
  Runner(store::Store& store, const ServiceOptions& options, OnChange on_change, History& history,
         Manifests& manifests);
  ~Runner() { stop(); }

  // Queues what the record holds as queued or processing, and starts the threads.
  Status start();
  // Ends the threads; what they were at stays "processing" or "running" in the record.
  void stop();

  // Puts a run in line. A run that is being worked on is worked on again afterwards.
  Status enqueue_run(std::int64_t run_id);
  // Records a run, which takes the place of older ones of its pull request, and puts it in line. Sets its
  // status, times and what it wants.
  Result<store::RunRecord> start_run(store::RunRecord run, const model::CiConfig& config);
  // Adds to what a run was told; where that makes a difference it is put in line again.
  Status add_wishes(std::int64_t run_id, const Wishes& wishes);
  // The same with the base that the run should have been given; also puts a waiting run in line.
  Status learn(std::int64_t run_id, const model::CommitSha& base, const Wishes& wishes);
  // Puts the runs in line that have waited for their head's artifacts for as long as they may.
  Status wake_overdue();
  // Gives a run the tables that a client submitted and puts it in line.
  Status submit(std::int64_t run_id, std::string submitted_diffs);
  // Marks a run cancelled and stops its queries.
  Status cancel_run(std::int64_t run_id);
  void enqueue_diff(std::int64_t diff_id);
  // Marks a diff cancelled and stops its statement, unless it has ended.
  Status cancel_diff(std::int64_t diff_id);
  // nullopt where nobody works on the diff.
  std::optional<Progress::View> diff_progress(std::int64_t diff_id);

 private:
  enum class JobKind { run, diff };
  struct Job {
    JobKind kind;
    std::int64_t id;
    auto operator<=>(const Job&) const = default;
  };
  struct Active {
    std::shared_ptr<CancelGroup> cancel;  // shared with the thread that works on the job
    std::shared_ptr<Progress> progress;   // the same, of a diff
    bool again = false;
  };

  void work();
  void do_run(std::int64_t run_id, CancelGroup& cancel);
  Status try_run(std::int64_t run_id, CancelGroup& cancel);
  void do_diff(std::int64_t diff_id, CancelGroup& cancel, Progress& progress);
  Status try_diff(std::int64_t diff_id, CancelGroup& cancel, Progress& progress);
  void put(Job job);
  // Writes the run unless it was cancelled meanwhile or the server is stopping.
  Status finish(store::RunRecord record, const model::CiRun& run);
  // These three want the lock held, and write the run as it is given.
  Status put_in_line(store::RunRecord run);
  Status cancel(store::RunRecord run);
  // Tells of the status where it is a new one.
  Status change(store::RunRecord& run, model::RunStatus status);

  store::Store& store_;
  const ServiceOptions options_;
  const OnChange on_change_;
  History& history_;
  Manifests& manifests_;
  DiffSlots slots_;
  std::mutex mutex_;  // guards the queue, active_ and the runs' status in the store
  std::condition_variable ready_;
  std::deque<Job> queue_;
  std::map<Job, Active> active_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vernier::ci
