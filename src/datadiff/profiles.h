// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "datadiff/sql.h"
#include "engine/engine.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// Runs a statement that gives so many rows at most.
using Ask = std::function<Result<engine::Rows>(const std::string& sql, std::size_t rows_max)>;

// What the compared columns hold, of all rows that pass the filters; columns of lists, documents and bytes
// are left out. In DuckDB and PostgreSQL. One pass over each table tells counts and bounds, two more for
// every few columns tell how the values are spread.
Result<std::vector<model::ColumnProfile>> profile_columns(const DiffPlan& plan,
                                                          const model::Sides<engine::TableInfo>& tables,
                                                          const Ask& ask);

}  // namespace vernier::datadiff
