// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compare/criterion.h"
#include "compare/state.h"

namespace vernier::compare {

// The nodes of the graph that a criterion's method and value name, operators aside, as `dbt ls` finds them;
// every method but `state`. Fails with invalid_input where dbt calls the value wrong, and where the answer
// lies in something that manifests are not read for.
Result<NodeSet> search_by_method(const Criterion& criterion, const lineage::Graph& graph);

}  // namespace vernier::compare
