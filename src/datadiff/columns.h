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
  std::vector<std::string> equal_if = {};   // conditions that make two values equal, too (EqualityRule)
};

// By either of its names, in any letter case.
bool is_called(const ColumnPair& pair, const std::string& name);

// The column of this name, else the only one that has it in another letter case; nullptr where there is none.
const engine::ColumnInfo* column_called(const engine::TableInfo& table, const std::string& name);

// What a column that may be given by either of its names is called on both sides.
model::Sides<std::string> names_on_both(const std::string& name,
                                        const std::vector<model::Sides<std::string>>& map);

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
