// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "datadiff/columns.h"
#include "engine/engine.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// Everything that the statements of one diff are made from.
struct DiffPlan {
  engine::Dialect dialect = engine::Dialect::duckdb;
  model::Sides<std::string> tables;  // quoted
  model::Sides<std::string> filters;
  model::Sides<std::string> samples = {};  // whether a row is in the sample (sampling.h); empty: all are
  model::Sides<std::string> kept = {};     // whether a row is compared (has_own_key()); empty: all are
  std::vector<ColumnPair> keys;
  std::vector<ColumnPair> values;
  double float_tolerance = 0.0;
  std::size_t samples_max = 0;
};

// Which rows the plain join by key cannot take: those whose key has a NULL or stands in more than one row
// of a side. They go through multiset_sql() instead.
struct KeyProblems {
  bool nulls = false;
  bool duplicates = false;
};

// What the first column of a row of join_sql() and multiset_sql() says that the row is.
enum class RowKind { figures, changed, removed, added };

// One row: rows of a side.
std::string count_sql(const DiffPlan& plan, std::size_t side);

// One row: rows, rows with a NULL in the key, rows that share their key, distinct keys. With `unique` the
// last two follow from the others without grouping.
std::string profile_sql(const DiffPlan& plan, std::size_t side, bool unique);

// One row with one boolean: whether an index of PostgreSQL guarantees that the keys of a side are unique.
std::string unique_index_sql(const DiffPlan& plan, std::size_t side);

// A join in PostgreSQL that takes the keys for unique and not null, and shows whether they were. It stops
// after `rows_max` rows, which must be more than two tables with such keys can give, lest doubtful keys
// multiply without end. What tells (`joined`, `nulls`, `surplus`): rows of the join; those with a NULL in
// their key; differing rows beyond one for each key. With the rows of each table (n), the keys are good where
// nulls and surplus are 0 and joined - added = n[0], joined - removed = n[1]: a matched key with x and y rows
// gives x * y.
//
// The same rows as join_sql(), with (joined, nulls, surplus) after the last figure. `few_differ` makes it
// cheap where few rows do, and dear where most do.
std::string trusting_join_sql(const DiffPlan& plan, std::int64_t rows_max, bool few_differ);

// One row: how many of the first `rows` rows of production were looked at, how many of them differ, and
// counts_of_values().
std::string probe_sql(const DiffPlan& plan, std::size_t rows);

// Full join of the rows with good keys. Rows are (kind, position, cells...): of `figures` the cells are rows
// changed, removed and added, then the rows that differ in each value column; of the samples the key as text.
std::string join_sql(const DiffPlan& plan, const KeyProblems& problems);

// The rows with bad keys, or all rows where there is no key, matched as multisets. Rows as above, but the
// cells of a sample are its side ("0", "1"), key and values.
std::string multiset_sql(const DiffPlan& plan, const KeyProblems& problems);

// Rows (position, value as text...) of one side whose keys were sampled: `keys[i]` is at `positions[i]`. Each
// is the key of one row at most.
std::string sample_rows_sql(const DiffPlan& plan, std::size_t side, const std::vector<std::size_t>& positions,
                            const std::vector<std::vector<model::Cell>>& keys);

}  // namespace vernier::datadiff
