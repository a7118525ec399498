// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

#include "compare/compare.h"
#include "lineage/lineage.h"

namespace vernier::compare {

using lineage::NodeIndex;
constexpr NodeIndex no_node = std::numeric_limits<NodeIndex>::max();

// Which node of the base each node of the head is compared with.
struct Pairing {
  std::vector<NodeIndex> base_of;  // by head node; no_node where the node is new
  std::vector<NodeIndex> removed;  // nodes of the base that no node of the head took
};
// By unique_id. dbt 2 also pairs what is left of tests by what they test and of sources by their names,
// because ids are written differently there.
Pairing pair_nodes(const model::Manifest& base, const model::Manifest& head, Rules rules);

}  // namespace vernier::compare
