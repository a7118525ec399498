// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace vernier::dbt {

// Asks the system for large pages where the memory, not yet written to, holds whole ones: making it
// present page by page would take longer than filling it.
void prefer_huge_pages(void* memory, std::size_t bytes);

}  // namespace vernier::dbt
