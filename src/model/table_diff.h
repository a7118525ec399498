// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"

namespace vernier::model {

// Side 0 is production (table1), side 1 the pull request (table2), everywhere.
template <typename T>
using Sides = std::array<T, 2>;

// The outcome of a data diff, in the words of the client's API. `bad_pks`: keys are null or not unique,
// and the figures beside it are of the rows as multisets. `missing_pks`: no key known, whole rows compared.
enum class DiffResult { different, identical, missing_pks, bad_pks, error, empty, not_diffed };
std::string_view to_string(DiffResult result);

// Figures about keys. A row counts in `nulls` when any part of its key is NULL, in `dupes` when its key
// (without NULL) stands in more than one row of that side.
struct KeyStats {
  Sides<std::int64_t> total_rows{};
  Sides<std::int64_t> nulls{};
  Sides<std::int64_t> dupes{};
  Sides<std::int64_t> exclusives{};  // rows with no partner: [0] removed, [1] added
  Sides<std::int64_t> distincts{};   // distinct keys without NULL
  // Rows that were not compared, where that was asked for: their key stands in several rows of a side.
  Sides<std::int64_t> left_out{};
};

struct ColumnDiff {
  std::string column_name;
  double match = 100.0;  // percent of matched rows whose values are equal
  std::int64_t values_different = 0;
};

// Figures about matched rows, over the compared columns (shared by both sides, not key, not excluded).
struct ValueStats {
  std::int64_t total_rows = 0;  // matched rows
  std::int64_t rows_with_differences = 0;
  std::int64_t total_values = 0;
  std::int64_t values_with_differences = 0;
  std::int64_t compared_columns = 0;
  std::int64_t columns_with_differences = 0;
  std::vector<ColumnDiff> columns_diff_stats;  // every compared column, in table1's order
};

struct TypeDiff {
  std::string column_name;
  Sides<std::string> types;
};

struct SchemaStats {
  Sides<std::int64_t> columns_mismatched{};  // columns that only this side has
  std::int64_t column_type_mismatches = 0;
  std::int64_t column_reorders = 0;
  Sides<std::int64_t> column_counts{};
  std::vector<TypeDiff> type_differs;
  Sides<std::vector<std::string>> exclusive_columns;
};

// A cell as text; nullopt is NULL.
using Cell = std::optional<std::string>;

// Sample rows, at most 100 of each kind, ordered by key. Never part of a report unless asked for.
struct RowSamples {
  std::vector<std::string> key_columns;
  std::vector<std::string> value_columns;
  struct Changed {
    std::vector<Cell> key;
    Sides<std::vector<Cell>> values;  // parallel to value_columns
  };
  struct Exclusive {
    std::vector<Cell> key;
    std::vector<Cell> values;
  };
  std::vector<Changed> changed;
  Sides<std::vector<Exclusive>> exclusives;
};

// Where a figure of the whole tables lies, ends included, with the sample's confidence.
struct Interval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// Beside a diff that looked at a part of the rows: those whose hashed key says so, the same on both sides.
// Its figures are then estimates for the whole tables, except for total_rows and nulls, which are counted.
struct Sampling {
  double ratio = 1.0;          // of the keys, that were looked at
  double confidence = 0.99;    // that an interval holds, each by itself
  Sides<std::int64_t> rows{};  // looked at
  Sides<Interval> dupes{};
  Sides<Interval> exclusives{};
  Sides<Interval> distincts{};
  Interval matched_rows{};
  Interval rows_with_differences{};
  Interval values_with_differences{};
  std::vector<Interval> values_different = {};  // parallel to columns_diff_stats
};

// What a column holds on each side, NULLs apart. Values are texts as in samples.
struct ColumnProfile {
  struct Bucket {
    Cell low;   // included
    Cell high;  // excluded, but for the last bucket's
    Sides<std::int64_t> rows{};
  };
  struct TopValue {
    Cell value;
    Sides<std::int64_t> rows{};
  };
  std::string column_name;
  Sides<std::int64_t> rows{};
  Sides<std::int64_t> nulls{};
  Sides<std::int64_t> distincts{};
  Sides<Cell> min;
  Sides<Cell> max;
  Sides<Cell> mean;                  // of numbers
  std::vector<Bucket> histogram;     // of numbers, dates and times; the same edges for both sides
  std::vector<TopValue> top_values;  // by rows of both sides together, most first
};

// How rows and differences are spread over time. A changed row counts where production has it.
struct Timeline {
  struct Bucket {
    Cell start;  // the first moment of it, in UTC; NULL for the rows that have no time
    Sides<std::int64_t> rows{};
    std::int64_t removed = 0;
    std::int64_t added = 0;
    std::int64_t changed = 0;
  };
  std::string column_name;
  std::string unit;             // "day", ...
  std::vector<Bucket> buckets;  // those that have rows, in order
};

// The comparison of two relations.
struct TableDiff {
  DiffResult result = DiffResult::not_diffed;
  std::string why;  // one sentence wherever the result is not different, identical or empty
  std::vector<std::string> pk_columns;
  KeyStats pks;
  ValueStats values;
  SchemaStats schema;
  Findings findings;  // columns left out and why, tolerances in force, ...
  RowSamples samples;
  std::optional<Sampling> sampling = {};     // none: all rows were looked at
  std::vector<ColumnProfile> profiles = {};  // where asked for, of the compared columns
  std::optional<Timeline> timeline = {};     // where asked for
  std::string algorithm;
  double seconds = 0.0;

  // Whether pks, values and schema hold figures.
  bool has_figures() const { return result != DiffResult::error && result != DiffResult::not_diffed; }
};

}  // namespace vernier::model
