// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace vernier::ci {

// A thread that works when it is poked, and at least once in every `period`.
class Worker {
 public:
  Worker(std::chrono::milliseconds period, std::function<void()> work)
      : period_(period), work_(std::move(work)) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start() {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
  }
  void poke() {
    {
      const std::lock_guard lock(mutex_);
      poked_ = true;
    }
    ready_.notify_one();
  }
  // The work in progress is the last.
  void ask_to_stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_one();
  }
  // Returns when the work in progress has ended.
  void stop() {
    ask_to_stop();
    if (thread_.joinable()) thread_.join();
  }
  bool stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      poked_ = false;
      lock.unlock();
      work_();
      lock.lock();
      ready_.wait_for(lock, period_, [this] { return stopping_ || poked_; });
    }
  }

  const std::chrono::milliseconds period_;
  const std::function<void()> work_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  bool poked_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vernier::ci
