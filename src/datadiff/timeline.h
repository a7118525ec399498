// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "datadiff/datadiff.h"
#include "datadiff/profiles.h"
#include "datadiff/sql.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// How rows and differences are spread over the units of time. `columns` are the table's own names of the
// column of times; the keys of all rows that the plan compares are good. One statement, of DuckDB or
// PostgreSQL. Fails with too_large where there are more than 10,000 buckets.
Result<model::Timeline> make_timeline(const DiffPlan& plan, const model::Sides<std::string>& columns,
                                      TimeUnit unit, const Ask& ask);

}  // namespace vernier::datadiff
