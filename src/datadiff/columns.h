// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "datadiff/datadiff.h"
#include "datadiff/types.h"
#include "engine/engine.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// A column that both sides have.
struct ColumnPair {
  model::Sides<std::string> names;
  Conversion conversion;
  std::optional<Tolerance> tolerance = {};  // where there is one, the conversion makes doubles
};

// What is compared with what.
struct ColumnPlan {
  std::vector<ColumnPair> keys;
  std::vector<ColumnPair> values;  // in table1's order
  model::SchemaStats schema;
  Findings findings;  // columns left out, caveats
};

// Matches the columns of both sides by `column_map`, then by name: as spelled, else in another letter case.
// Excluded and ignored columns are left out of everything, `include_columns` narrows the values alone; all of
// them may name a mapped column by either name.
// Fails with invalid_input where a key column is not on both sides or its types have nothing in common, and
// where a column that has a tolerance of its own is not compared or is no number.
Result<ColumnPlan> plan_columns(engine::Dialect dialect, const model::Sides<engine::TableInfo>& tables,
                                const DiffRequest& request);

}  // namespace vernier::datadiff
