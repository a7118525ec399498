// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace vernier {

// How far a long piece of work is. Those who work tell, those who wait look; from any threads.
class Progress {
 public:
  struct View {
    std::string phase;  // "reading both tables", a person's words; empty: nothing began yet
    std::int64_t done = 0;
    std::optional<std::int64_t> total = {};  // none: nobody can know
    std::string unit = {};                   // of both, "rows"
    std::chrono::milliseconds elapsed{0};    // in this phase

    // Units a second so far; 0 before anything was done.
    double rate() const;
    // None where there is no total, or no rate yet.
    std::optional<std::chrono::milliseconds> time_left() const;
  };

  // What is done next replaces what was told of earlier phases.
  void begin(std::string phase, std::string unit, std::optional<std::int64_t> total);
  void add(std::int64_t units) { done_.fetch_add(units, std::memory_order_relaxed); }
  void set(std::int64_t units) { done_.store(units, std::memory_order_relaxed); }
  View view() const;

 private:
  mutable std::mutex mutex_;
  View view_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::atomic<std::int64_t> done_ = 0;
};

}  // namespace vernier
