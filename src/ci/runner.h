// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "ci/carry_out.h"
#include "store/store.h"

namespace vernier::ci {

// The workers: take runs and ordered diffs from a queue, carry them out, write what came of it. The queue is
// only a reminder; the record of the store says what is to be done, so a killed server loses nothing.
class Runner {
 public:
  Runner(store::Store& store, const ServiceOptions& options);
  ~Runner() { stop(); }

  // Queues what the record holds as queued or processing, and starts the threads.
  Status start();
  // Ends the threads; what they were at stays "processing" or "running" in the record.
  void stop();

  // Puts a run in line. A run that is being worked on is worked on again afterwards.
  Status enqueue_run(std::int64_t run_id);
  // Gives a run the tables that a client submitted and puts it in line.
  Status submit(std::int64_t run_id, std::string submitted_diffs);
  // Marks a run cancelled and stops its queries.
  Status cancel_run(std::int64_t run_id);
  void enqueue_diff(std::int64_t diff_id);

 private:
  enum class JobKind { run, diff };
  struct Job {
    JobKind kind;
    std::int64_t id;
    auto operator<=>(const Job&) const = default;
  };
  struct Active {
    std::shared_ptr<CancelGroup> cancel;  // shared with the thread that works on the job
    bool again = false;
  };

  void work();
  void do_run(std::int64_t run_id, CancelGroup& cancel);
  Status try_run(std::int64_t run_id, CancelGroup& cancel);
  void do_diff(std::int64_t diff_id, CancelGroup& cancel);
  void put(Job job);
  // Writes the run unless it was cancelled meanwhile or the server is stopping.
  Status finish(store::RunRecord record, const model::CiRun& run);

  store::Store& store_;
  const ServiceOptions options_;
  DiffSlots slots_;
  std::mutex mutex_;  // guards the queue, active_ and the runs' status in the store
  std::condition_variable ready_;
  std::deque<Job> queue_;
  std::map<Job, Active> active_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vernier::ci
