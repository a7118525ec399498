// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "base/progress.h"

namespace vernier::cli {

// One line that says how far a piece of work is: phase, bar, rows, rows a second, time left. At most
// `columns` wide; of two looks at work of unknown length the `step` differs.
std::string progress_text(const Progress::View& view, int columns, unsigned step);

// Shows a progress on standard error for as long as it lives, from the second second on, and leaves nothing
// behind. Does nothing where standard error is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(const Progress& progress);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace vernier::cli
