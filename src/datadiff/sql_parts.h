// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "datadiff/sql.h"

namespace vernier::datadiff {

// What the statements of all databases are put together from.

using Texts = std::vector<std::string>;

// `make(i)` for each i below `count`, joined.
std::string listed(std::size_t count, std::string_view separator,
                   const std::function<std::string(std::size_t)>& make);

// A column of the table as it is, and as it is compared.
std::string source_column(const DiffPlan& plan, const ColumnPair& column, std::size_t side);
std::string compared(const DiffPlan& plan, const ColumnPair& column, std::size_t side);

// Whether a part of the row's key is NULL.
std::string key_is_null(const DiffPlan& plan, std::size_t side);

// Whether the row's key is among those in `table`, which has columns k0...
std::string key_is_in(const DiffPlan& plan, std::size_t side, const std::string& table);

// Whether no other row of the same side has the row's key, and of the other side only one. A key with a NULL
// is a row's own.
std::string has_own_key(const DiffPlan& plan, std::size_t side);

// "from T src where ...", the filter on lines of its own lest a comment in it swallow what follows.
std::string source(const DiffPlan& plan, std::size_t side, Texts conditions);

// "... as k0", "... as k1".
Texts key_expressions(const DiffPlan& plan, std::size_t side);

// "select ... as k0, ... as v0 from T src where ...", and without the values.
std::string projection(const DiffPlan& plan, std::size_t side, const Texts& conditions);
std::string projected_keys(const DiffPlan& plan, std::size_t side, const Texts& conditions);

// "k0, k1", with a qualifier such as "a." in front of each.
std::string keys(const DiffPlan& plan, std::string_view prefix = "k");

// "a.k0 = b.k0 and ...", and "a.k0 as a0, ..., b.k0 as b0, ...".
std::string keys_equal(const DiffPlan& plan);
std::string renamed_keys(const DiffPlan& plan);

// DuckDB's counters of rows (engine.h) that a statement is given: of the rows of its join, of those that it
// keeps, of the rows of each side.
struct RowCounters {
  std::int64_t joined = 0;
  std::int64_t kept = 0;
  model::Sides<std::int64_t> read = {};
  std::int64_t rows_max = 0;  // of the join, and of a side
  std::int64_t kept_max = 0;
};
// One row: the numbers of four new ones.
std::string new_counters_sql();
// A condition that counts the rows it is asked for, and how many they were; the counter is gone then.
std::string counted_by(std::int64_t counter, std::int64_t rows_max);
std::string count_of(std::int64_t counter);

// Whether values of a pair of rows a and b differ: one, any; and whether the row of a full join is not a pair
// of equal rows.
std::string value_differs(const DiffPlan& plan, std::size_t i);
std::string any_value_differs(const DiffPlan& plan);
std::string row_differs(const DiffPlan& plan);
// ", ... as d0, ... as d1": whether each value of a pair of rows differs.
std::string flags(const DiffPlan& plan);
// ", count(...), ...": for each value how many pairs of rows are not the same in it, whatever tolerances and
// rules make of that.
std::string counts_of_values(const DiffPlan& plan);
// Whether a part of the key of side 'a' or 'b' of a join is NULL, under the names of renamed_keys().
std::string lacks_key(const DiffPlan& plan, char side);

std::string as_text(const std::string& expression);
// A value of the column, given as text; and a row of a VALUES list, of a number and a key.
std::string typed_literal(const DiffPlan& plan, const ColumnPair& column, const std::string& value);
std::string numbered_key(const DiffPlan& plan, std::size_t number, const std::vector<model::Cell>& key);
// Cells of a UNION's arm, filled up to `width`.
std::string padded(Texts cells, std::size_t width);

}  // namespace vernier::datadiff
