// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace vernier {

// A wish to stop, shared by the one who wishes and the one who works. The worker registers what to call
// (cancel the database query it is in); the wisher calls request() from any thread, once is enough.
class Cancel {
 public:
  // Sets the flag and calls the registered action, if any.
  void request() {
    const std::lock_guard lock(mutex_);
    requested_ = true;
    if (action_) action_();
  }

  bool requested() const {
    const std::lock_guard lock(mutex_);
    return requested_;
  }

  // Registers `action` for as long as the returned guard lives. The action must be safe to call from
  // another thread; it is called at once when the stop was already requested.
  class Guard {
   public:
    explicit Guard(Cancel& cancel) : cancel_(cancel) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      const std::lock_guard lock(cancel_.mutex_);
      cancel_.action_ = nullptr;
    }

   private:
    Cancel& cancel_;
  };
  [[nodiscard]] Guard on_request(std::function<void()> action) {
    const std::lock_guard lock(mutex_);
    action_ = std::move(action);
    if (requested_) action_();
    return Guard(*this);
  }

 private:
  mutable std::mutex mutex_;
  bool requested_ = false;
  std::function<void()> action_;
};

}  // namespace vernier
