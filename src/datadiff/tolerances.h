// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "datadiff/columns.h"
#include "datadiff/datadiff.h"

namespace vernier::datadiff {

// The pair with the tolerance that is wanted for it and a conversion to doubles; the pair as it is where none
// is. Fails with invalid_input where a column that has one of its own is no number.
Result<ColumnPair> tolerant(engine::Dialect dialect, const engine::ColumnInfo& first,
                            const engine::ColumnInfo& second, const Tolerances& tolerances, ColumnPair pair);

// Fails with invalid_input where a column that has a tolerance of its own is none of these.
Status check_tolerances(const Tolerances& tolerances, const std::vector<ColumnPair>& values);

// What is wanted, said for readers of the figures.
Findings tolerance_findings(const Tolerances& tolerances);

// A pair of two texts with the rules' conversion; any other as it is.
ColumnPair with_text_rules(engine::Dialect dialect, const TextRules& rules, bool is_key, ColumnPair pair);
Findings text_findings(const TextRules& rules);

}  // namespace vernier::datadiff
