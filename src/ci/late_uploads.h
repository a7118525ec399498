// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <set>

#include "base/result.h"
#include "ci/history.h"
#include "ci/runner.h"
#include "ci/worker.h"
#include "model/artifacts.h"
#include "store/store.h"

namespace vernier::ci {

// Puts runs in line again that can do better than with what they took: the newest run of each pull request
// that is not closed, also where it is done, once what it wanted has come, a nearer ancestor of it, or
// artifacts that were built where it had declared ones.
class LateUploads {
 public:
  LateUploads(store::Store& store, Runner& runner, History& history);

  // Looks at all CI configs once, for a killed server may have owed its runs an upload.
  Status start();
  void stop() { worker_.stop(); }

  // Wakes what the upload serves as far as the record tells. What only the forge knows, whether its commit is
  // an ancestor of what runs want, is asked in the background.
  Status add(const model::Upload& upload);

 private:
  void work();
  // Gives whether the forge, where it is asked, has answered. `upload_id` 0 stands for no upload in
  // particular.
  Result<bool> look_at(const model::CiConfig& config, std::int64_t upload_id, bool ask_forge);
  Result<bool> look_at_run(const model::CiConfig& config, const store::RunRecord& run, std::int64_t upload_id,
                           bool ask_forge);

  store::Store& store_;
  Runner& runner_;
  History& history_;
  std::mutex mutex_;               // guards what is below
  std::set<std::int64_t> to_ask_;  // CI configs whose forge may know more than the record
  Worker worker_;
};

}  // namespace vernier::ci
