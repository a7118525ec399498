// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// What is put around a column's name to make the value that is compared.
struct Wrap {
  std::string before = {};
  std::string after = {};

  std::string around(const std::string& expression) const { return before + expression + after; }
  bool empty() const { return before.empty() && after.empty(); }
};

// How the values of two columns are compared: each side is wrapped, then both are of `type` and SQL's
// own IS DISTINCT FROM, GROUP BY and ORDER BY mean what a person means by equal.
struct Conversion {
  model::Sides<Wrap> wraps;
  std::string type;           // to cast a literal to
  bool same_type = false;     // both columns are spelled alike: equal raw values are equal values
  bool floating = false;      // a float tolerance applies
  bool text = false;          // both columns are texts
  bool must_meet = false;     // only an embedded DuckDB that holds all rows compares them as a person would
  std::string distinct = {};  // a function that tells two values apart; empty: IS DISTINCT FROM
  bool nested = false;        // the engine's row hash does not tell all values of this type apart
  std::string caveat = {};    // a sentence's end about what this comparison cannot see; usually empty
};

// nullopt where the two types have no common one; never in MySQL and SQLite, where such tables meet.
std::optional<Conversion> conversion(engine::Dialect dialect, const engine::ColumnInfo& a,
                                     const engine::ColumnInfo& b);

// Two columns of numbers, or of dates and times as seconds, as doubles, whose distance can be told. nullopt
// where either is none, and in MySQL and SQLite: such tables meet.
std::optional<Conversion> numbers_as_doubles(engine::Dialect dialect, const engine::ColumnInfo& a,
                                             const engine::ColumnInfo& b);
std::optional<Conversion> times_as_doubles(engine::Dialect dialect, const engine::ColumnInfo& a,
                                           const engine::ColumnInfo& b);

// Whether the values are dates or timestamps. SQLite has no type for them: there any column may have them.
bool holds_times(engine::Dialect dialect, const engine::ColumnInfo& column);

// Lists, of DuckDB and PostgreSQL; and whether PostgreSQL can sort the elements by themselves.
bool is_list(engine::Dialect dialect, const engine::ColumnInfo& column);
bool elements_have_order(const engine::ColumnInfo& column);

// Whether a column of DuckDB or PostgreSQL is of a type in the words of the client's API: "decimal",
// "string".
bool is_of_type(const engine::ColumnInfo& column, std::string_view name);
// Fails with invalid_input where that is none of these words.
Status check_type_name(std::string_view name);

// What can be told of the values of two columns beside how many there are of each.
enum class Shape { whole_number, number, date, moment, time_of_day, text };

struct ProfiledType {
  Conversion conversion;  // without any tolerance
  Shape shape = Shape::text;
};

// nullopt where the values have no order, or no text that anybody would want to see: lists, documents, bytes.
// For DuckDB and PostgreSQL.
std::optional<ProfiledType> profiled_type(engine::Dialect dialect, const engine::ColumnInfo& a,
                                          const engine::ColumnInfo& b);

}  // namespace vernier::datadiff
