// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "lineage/lineage.h"

namespace vernier::lineage {

constexpr NodeIndex nowhere = std::numeric_limits<NodeIndex>::max();

// Finds nodes by unique_id. Half of a flat table stays empty, and a part of each hash lies beside the index,
// so that a lookup reads one line of the table and one id.
class IdIndex {
 public:
  // `nodes` must outlive the index; of equal ids the first counts.
  explicit IdIndex(const std::vector<model::Node>& nodes);

  // nowhere where there is no such node.
  NodeIndex find(std::string_view unique_id) const;

 private:
  struct Slot {
    std::uint32_t tag = 0;
    NodeIndex node = nowhere;
  };

  const std::vector<model::Node>& nodes_;
  std::vector<Slot> slots_;  // a power of two of them
};

}  // namespace vernier::lineage
