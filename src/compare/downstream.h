// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "compare/pairing.h"
#include "lineage/lineage.h"
#include "model/change.h"

namespace vernier::compare {

// Nodes of the head that did not change themselves but depend on one that did, or on one that is gone.
// `changed` holds the modified, new and removed nodes, sorted by unique_id; `removed` the last, as indices
// in the base. Reasons are the nearest changed ancestors, the first few of them by id.
std::vector<model::Change> downstream(const model::Manifest& base, const lineage::Graph& graph,
                                      const std::vector<model::Change>& changed,
                                      const std::vector<NodeIndex>& removed);

}  // namespace vernier::compare
