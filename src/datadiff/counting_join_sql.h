// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "datadiff/sql.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

// The join of trusting_join_sql() in DuckDB, with the same answer: one pass that keeps nothing but figures,
// the first keys of the samples, and hashes of keys that one side alone has. It ends after `rows_max` rows of
// the join, or of a side that is counted, with an error of which engine::is_too_many_counted() is true.
// `surplus` is 0 where no two of the hashes are equal, so no two of the keys are; it tells nothing where one
// side alone has more keys than `exclusives_checked_max`.
inline constexpr std::int64_t exclusives_checked_max = 200'000;
std::string counting_join_sql(const DiffPlan& plan, const RowCounters& counters,
                              model::Sides<bool> count_sides);

// One row: rows of each side, where they were counted. The counters are gone then.
std::string taken_counters_sql(const RowCounters& counters);

}  // namespace vernier::datadiff
