// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

namespace vernier {

double Progress::View::rate() const {
  if (done <= 0 || elapsed.count() <= 0) return 0.0;
  return static_cast<double>(done) * 1000.0 / static_cast<double>(elapsed.count());
}

std::optional<std::chrono::milliseconds> Progress::View::time_left() const {
  const double units_per_second = rate();
  if (!total || units_per_second <= 0.0) return std::nullopt;
  const std::int64_t left = *total > done ? *total - done : 0;
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(left) * 1000.0 / units_per_second));
}

void Progress::begin(std::string phase, std::string unit, std::optional<std::int64_t> total) {
  const std::lock_guard lock(mutex_);
  view_ = {.phase = std::move(phase), .done = 0, .total = total, .unit = std::move(unit), .elapsed = {}};
  began_ = std::chrono::steady_clock::now();
  done_.store(0);
}

Progress::View Progress::view() const {
  const std::lock_guard lock(mutex_);
  View view = view_;
  view.done = done_.load();
  view.elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
  return view;
}

}  // namespace vernier
