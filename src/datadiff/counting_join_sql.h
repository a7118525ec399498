// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datadiff/narrow_sql.h"
#include "datadiff/sql.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

// The join of trusting_join_sql() in DuckDB, in one pass that keeps nothing but figures, the first keys of
// the samples, and so many hashes of the keys that one side alone has (in a temporary table). The plan's
// values are compared one by one. Of the values in `rest` a hash is compared: pairs of rows in which it
// differs are doubtful and counted as such alone. It ends after `rows_max` rows of the join, or of a side
// that is counted, with an error of which engine::is_too_many_counted() is true.
inline constexpr std::int64_t exclusives_checked_max = 200'000;
inline constexpr std::int64_t doubtful_max = 200'000;
std::string counting_join_sql(const DiffPlan& plan, const std::vector<ColumnPair>& rest,
                              const RowCounters& counters, model::Sides<bool> count_sides);

// Rows as of trusting_join_sql(), and the number of doubtful pairs of rows after the last figure. `surplus`
// tells nothing where one side alone has more keys than `exclusives_checked_max`; the keys differ where it is
// 0.
std::string counted_join_sql(const DiffPlan& plan);

// One row: rows of each side, where they were counted. The counters are gone then.
std::string taken_counters_sql(const RowCounters& counters);

// Notes the keys of the doubtful pairs, of which there are no more than `doubtful_max`, beside those that
// other joins found, or anew; and whether a side's row has one of the keys that were noted. The keys,
// column by column.
std::string note_doubtful_sql(const DiffPlan& plan, Keeping keeping);
std::string is_doubtful(const DiffPlan& plan, std::size_t side);
std::string doubtful_keys_sql(std::size_t key);

// One row each: the position in `keys` of the least key, the next, ...
std::string order_of_keys_sql(const DiffPlan& plan, const std::vector<std::vector<model::Cell>>& keys);

}  // namespace vernier::datadiff
