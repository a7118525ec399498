// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "datadiff/columns.h"
#include "datadiff/datadiff.h"

namespace vernier::datadiff {

// The pair with the rules for its column and its type, which is production's.
ColumnPair with_rules(engine::Dialect dialect, const engine::ColumnInfo& first,
                      const std::vector<EqualityRule>& rules, ColumnPair pair);

// Fails with invalid_input where a column that has a rule is none of these.
Status check_ruled_columns(const std::vector<EqualityRule>& rules, const std::vector<ColumnPair>& values);

// A pair of two lists with a conversion that sorts them; any other as it is.
ColumnPair with_sorted_lists(engine::Dialect dialect, const engine::ColumnInfo& first,
                             const engine::ColumnInfo& second, ColumnPair pair);

// What is wished for, said for readers of the figures.
Findings equality_findings(const DiffRequest& request);

}  // namespace vernier::datadiff
