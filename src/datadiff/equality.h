// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/finding.h"
#include "datadiff/columns.h"
#include "datadiff/datadiff.h"

namespace vernier::datadiff {

// A pair of two lists with a conversion that sorts them; any other as it is.
ColumnPair with_sorted_lists(engine::Dialect dialect, const engine::ColumnInfo& first,
                             const engine::ColumnInfo& second, ColumnPair pair);

// What is wished for, said for readers of the figures.
Findings equality_findings(const DiffRequest& request);

}  // namespace vernier::datadiff
