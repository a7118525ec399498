// SPDX-License-Identifier: Apache-2.0
#include "dbt/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace vernier::dbt {

void prefer_huge_pages(void* memory, std::size_t bytes) {
  constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
  const auto start = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (start + page - 1) & ~(page - 1);
  const std::uintptr_t last = (start + bytes) & ~(page - 1);
  // Advice only: where it is not taken, ordinary pages do.
  if (first < last) (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace vernier::dbt
