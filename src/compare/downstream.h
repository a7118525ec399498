// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "compare/pairing.h"
#include "lineage/lineage.h"
#include "model/change.h"

namespace vernier::compare {

// What the search starts from.
struct Origins {
  const std::vector<model::Change>& changed;  // modified, new and removed nodes, sorted by unique_id
  const std::vector<NodeIndex>& heads;        // of those that are not removed, in the same order
};

// Nodes of the head that did not change themselves but depend on one that did, or on one that is gone.
// Reasons are the nearest changed ancestors, the first few of them by id.
std::vector<model::Change> downstream(const model::Manifest& base, const lineage::Graph& graph,
                                      const Pairing& pairing, const Origins& origins);

}  // namespace vernier::compare
