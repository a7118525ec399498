// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "base/cancel.h"

namespace vernier::cli {

// While it lives, Ctrl-C (or SIGTERM) asks `cancel` to stop, and a second one ends the program at once. So
// does time that has run out; 0 is no limit. To be made before any other thread, which inherit that these
// signals are not for them.
class Interruption {
 public:
  Interruption(Cancel& cancel, std::chrono::seconds time_limit);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool out_of_time() const { return out_of_time_; }

 private:
  void wait(const std::stop_token& ended, std::chrono::seconds time_limit);

  Cancel& cancel_;
  std::atomic<bool> out_of_time_ = false;
  std::jthread thread_;
};

}  // namespace vernier::cli
