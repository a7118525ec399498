// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

namespace vernier::server {

// How much may be held at once, over all that draw on it.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t bytes_max) : left_(bytes_max) {}

  // What one holder has drawn; goes back when the holder goes away.
  class Share {
   public:
    Share() = default;
    explicit Share(ByteBudget& budget) : budget_(&budget) {}
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_) budget_->give_back(bytes_);
    }
    // False where so much is not left. A share of no budget has no bound.
    bool grow(std::uint64_t bytes) {
      if (budget_ && !budget_->draw(bytes)) return false;
      bytes_ += bytes;
      return true;
    }

   private:
    ByteBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

 private:
  bool draw(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    left_ += bytes;
  }

  std::mutex mutex_;
  std::uint64_t left_;
};

}  // namespace vernier::server
