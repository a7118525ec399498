// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datadiff/sql.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

// Narrowing, in DuckDB only: one join on the key and a hash of the row finds the rows that are not surely
// equal. It holds keys and hashes of the pull request's rows in memory, no more, and keeps what differs of
// production's in a temporary table; a second look at the pull request's table keeps the partners. The rest
// of the comparison runs on these two tables.
//
// The join takes the keys for unique and not null. It counts its rows, and ends after `rows_max` of them, as
// trusting_join_sql() does, or after `kept_max` that differ, with an error of which
// engine::is_too_many_counted() is true.

// A hash of some values of a side's row, and of all of them as h. Equal rows have the same.
std::string hash_of(const DiffPlan& plan, std::size_t side, const std::vector<ColumnPair>& values);
std::string row_hash(const DiffPlan& plan, std::size_t side);

// Whether a statement keeps rows anew, or adds to those that are kept.
enum class Keeping { anew, also };
// How such a statement begins; a query follows.
std::string kept_in(const char* table, Keeping keeping);

// With `count_sides` the rows of both tables are counted, too. With `with_partners` the join holds the pull
// request's rows whole, and no second look at them is needed.
std::string narrow_sql(const DiffPlan& plan, const RowCounters& counters, bool count_sides,
                       bool with_partners, Keeping keeping = Keeping::anew);

// One row: (changed, removed, added, joined, nulls, surplus, rows of each side, kept), where `changed` may be
// too many; those from `joined` to `surplus` as of trusting_join_sql(). The counters are gone then.
std::string narrowed_sql(const DiffPlan& plan, const RowCounters& counters);

// Keeps the rows of the pull request that narrow_sql() found not surely equal.
std::string partners_sql(const DiffPlan& plan, Keeping keeping = Keeping::anew);
// Keeps the rows of a side that meet a condition in place of those that a join found, and (one row) how many
// of each side are kept.
std::string keep_rows_sql(const DiffPlan& plan, std::size_t side, const std::string& condition,
                          Keeping keeping);
std::string kept_rows_sql();
// What a key column of theirs holds, and (one row) how many of them partners_sql() did not find.
std::string partner_keys_sql(std::size_t key);
std::string missing_partners_sql();

// One row: pairs among the first `rows` rows of both tables, those of them that differ, and
// counts_of_values().
std::string first_rows_sql(const DiffPlan& plan, std::size_t rows);

// The same comparison of the rows that were kept.
DiffPlan narrowed_plan(const DiffPlan& plan, bool with_partners);

}  // namespace vernier::datadiff
