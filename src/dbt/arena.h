// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "dbt/huge_pages.h"

namespace vernier::dbt {

// Memory that only grows. What was put in stays where it is until the chunks, which release() hands over,
// are freed.
class Arena {
 public:
  using Chunks = std::vector<std::unique_ptr<char[]>>;

  // Room for `count` values, not initialised. Chunks come from operator new, so they are aligned for any
  // ordinary type.
  template <typename T>
  T* room(std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignment);
    return reinterpret_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  template <typename T>
  std::span<T> copy(const std::vector<T>& values) {
    if (values.empty()) return {};
    T* const place = room<T>(values.size());
    std::uninitialized_copy(values.begin(), values.end(), place);
    return {place, values.size()};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* const place = room<char>(text.size());
    std::copy(text.begin(), text.end(), place);
    return {place, text.size()};
  }

  Chunks release() {
    used_ = size_ = 0;
    return std::exchange(chunks_, {});
  }

 private:
  static constexpr std::size_t alignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
  static constexpr std::size_t chunk_min = std::size_t{1} << 14;
  static constexpr std::size_t chunk_max = std::size_t{1} << 22;

  char* allocate(std::size_t bytes, std::size_t align) {
    std::size_t at = (used_ + align - 1) & ~(align - 1);
    if (chunks_.empty() || bytes > size_ - std::min(size_, at)) {
      size_ = std::max(bytes, std::clamp(2 * size_, chunk_min, chunk_max));
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(size_));
      prefer_huge_pages(chunks_.back().get(), size_);
      at = 0;
    }
    used_ = at + bytes;
    return chunks_.back().get() + at;
  }

  Chunks chunks_;
  std::size_t used_ = 0;
  std::size_t size_ = 0;
};

}  // namespace vernier::dbt
