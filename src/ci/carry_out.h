// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <semaphore>
#include <set>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/progress.h"
#include "base/result.h"
#include "ci/ci.h"
#include "ci/history.h"
#include "ci/manifests.h"
#include "model/ci_run.h"
#include "store/store.h"

namespace vernier::ci {

// The wish to stop a whole run, passed on to each of its diffs.
class CancelGroup {
 public:
  void request();
  bool requested() const;
  // While the guard lives, request() reaches `member`; at once when it was already called.
  class Member {
   public:
    Member(CancelGroup& group, Cancel& member);
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member();

   private:
    CancelGroup& group_;
    Cancel& member_;
  };

 private:
  mutable std::mutex mutex_;
  bool requested_ = false;
  std::set<Cancel*> members_;
};

constexpr std::ptrdiff_t diffs_at_once_max = 64;
using DiffSlots = std::counting_semaphore<diffs_at_once_max>;

// What a run needs beside its record.
struct RunContext {
  store::Store& store;
  const ServiceOptions& options;
  DiffSlots& slots;  // shared by all runs
  CancelGroup& cancel;
  History& history;
  Manifests& manifests;
  Progress* progress = nullptr;  // of a diff that was ordered by itself
};

// Carries a run through resolve, compare, plan, diff and gives what to report. The status of the result is
// done, waiting (for the pull request's artifacts), needs_confirmation or cancelled. Fails where the store
// does.
Result<model::CiRun> carry_out(const store::RunRecord& record, const RunContext& context);

// The run as the record alone has it: what is shown before the first work on it.
model::CiRun initial_run(const store::RunRecord& record, const model::CiConfig& config,
                         const ServiceOptions& options);

// The run to show: its last report, with the status that the record has now.
Result<model::CiRun> shown_run(const store::RunRecord& record, const model::CiConfig& config,
                               const ServiceOptions& options);

}  // namespace vernier::ci
