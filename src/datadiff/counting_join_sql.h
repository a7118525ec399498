// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "datadiff/sql.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

// The join of trusting_join_sql() in DuckDB, with the same answer: one pass that keeps nothing but figures,
// the first keys of the samples, and hashes of the keys that one side alone has. It ends after `rows_max`
// rows of the join, of a side that is counted, or `kept_max` of those keys, with an error of which
// engine::is_too_many_counted() is true. Where no two of the hashes are equal, no two of the keys are.
std::string counting_join_sql(const DiffPlan& plan, const RowCounters& counters,
                              model::Sides<bool> count_sides);

// One row: rows of each side, where they were counted. The counters are gone then.
std::string taken_counters_sql(const RowCounters& counters);

}  // namespace vernier::datadiff
