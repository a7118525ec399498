// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/progress.h"
#include "engine/engine.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// How far apart two numbers may be to count as equal.
struct Tolerance {
  double value = 0.0;
  bool relative = false;  // to production's number: 0.01 is one percent
};

// Of values alone; keys are equal or not.
struct Tolerances {
  std::optional<Tolerance> numbers;          // for all columns of numbers
  std::map<std::string, Tolerance> columns;  // for these columns, instead of the above
  double seconds = 0.0;                      // between dates and times

  bool any() const { return numbers || !columns.empty() || seconds > 0.0; }
};

// A wish to look at a part of the rows only. At most one of ratio, rows_max and tolerance says how large it
// is; none of them: as large as the confidence and a tolerance of one percent ask for.
struct SamplingWish {
  std::optional<double> ratio = {};           // of the keys; above 0, at most 1
  std::optional<std::int64_t> rows_max = {};  // of the larger table, about
  std::optional<double> tolerance = {};       // of a share of rows, either way: 0.01 is one percent
  double confidence = 0.99;                   // that an interval holds
  std::int64_t threshold_rows = 0;            // tables with fewer rows are looked at whole
};

// Fails with invalid_input on sizes that make no sense, and on more than one.
Status check_sampling(const SamplingWish& wish);

// Texts, in keys too, that count as equal though they are not.
struct TextRules {
  bool ignore_case = false;
  bool null_is_empty = false;  // NULL and the empty text; in keys NULL stays what it is

  bool any() const { return ignore_case || null_is_empty; }
};

// An SQL condition on two values of a pair of rows that makes them equal, too. It calls production's {a} and
// the pull request's {b}, and is in the SQL of the database that compares: PostgreSQL's where both tables are
// in one such database, else DuckDB's.
struct EqualityRule {
  std::string column;  // for this column, by either of its names; empty: for all of a type
  std::string type;    // "decimal", as is_of_type() knows it
  std::string equal_if;
};

// Fails with invalid_input where a rule names no column or type, both, or none of the values.
Status check_rules(const std::vector<EqualityRule>& rules);

enum class TimeUnit { minute, hour, day, week, month, year };
std::string_view to_string(TimeUnit unit);
Result<TimeUnit> parse_time_unit(std::string_view text);

// A column of dates or times, by either of its names, and what it is for. Rows without a time are in no
// interval.
struct TimeWish {
  std::string column;
  std::string since;                  // rows of this moment and later, as parse_moment() gives it; empty: all
  std::string until;                  // rows before this moment
  std::optional<TimeUnit> unit = {};  // of a timeline of the differences
  bool must = true;                   // else a timeline that cannot be made is told of, and the rest compared
};

// A date or a moment of ISO 8601 ("2026-01-31", "2026-01-31T12:00:00+02:00") as "2026-01-31 10:00:00", in
// UTC, which it is in where it does not say. Fails with invalid_input.
Result<std::string> parse_moment(std::string_view text);

// Fails with invalid_input where there is no column, or the interval has no moment in it.
Status check_time(const TimeWish& wish);

// How tables of two databases are compared: their rows are read whole, or only those of key ranges whose
// checksums differ. Automatic: by checksums where the tables are large and the link to one is slow.
enum class Algorithm { automatic, stream, checksum };

// A sample that the databases themselves have taken: only its rows and those with a NULL in their key come.
struct TakenSample {
  double ratio = 1.0;
  model::Sides<std::int64_t> rows{};  // of the whole tables
};

struct DiffRequest {
  model::Sides<engine::TablePath> tables;    // [0] production, [1] pull request
  model::Sides<std::string> queries;         // statements whose rows are compared; empty: the table's
  std::vector<std::string> pk_columns;       // empty: the rows are compared whole
  std::vector<std::string> include_columns;  // empty: all shared columns
  std::vector<std::string> exclude_columns;
  // Columns that have another name on each side. A pair of which a table has no column is passed over, or
  // makes the diff fail where `must_map`.
  std::vector<model::Sides<std::string>> column_map;
  bool must_map = false;
  std::vector<std::string> ignore_patterns;  // gitignore patterns over column names; keys stay
  model::Sides<std::string> filters;         // SQL conditions; empty: none
  double float_tolerance = 0.0;              // absolute, for floating-point columns only
  Tolerances tolerances;                     // go before that one
  TextRules texts;
  std::vector<EqualityRule> rules = {};
  bool sort_arrays = false;      // lists are equal in whatever order their elements stand
  bool skip_duplicates = false;  // rows whose key stands in several rows of a side are left out
  std::optional<TimeWish> time = {};
  std::size_t samples_max = 100;  // of each kind
  // Of the changed rows that are kept, so many for each column that differs, as long as there are others;
  // rows of one side alone no more than that either. 0: no such limit.
  std::size_t samples_per_column = 0;
  std::optional<SamplingWish> sampling = {};
  std::optional<TakenSample> taken_sample = {};  // beside the wish for it
  bool profiles = false;                         // of the compared columns
  Algorithm algorithm = Algorithm::automatic;
  // Sessions that rows are read through, in place of new ones, lest another snapshot be read. Of servers.
  model::Sides<std::shared_ptr<engine::Connection>> sessions = {};
  Progress* progress = nullptr;  // told how far the diff is, where there is one
  std::chrono::milliseconds query_timeout{600'000};

  bool wants_timeline() const { return time && time->unit; }
};

// Fails with invalid_input where the wishes make no sense, or not together.
Status check_request(const DiffRequest& request);

// Compares two tables, views or queries of one database. Never fails as a whole: what could not be compared
// is a result of `error` or `not_diffed` whose `why` says it. NULL equals NULL; rows of one key (NULL keys
// too) are matched as a multiset: equal rows first, then the rest pair up as changed, the surplus is added or
// removed; per-column counts are over matched rows. With a request to cancel, result is `error`. The limits
// are kept where the tables have to meet in an embedded DuckDB.
model::TableDiff diff_tables(engine::Connection& connection, const DiffRequest& request, Cancel& cancel,
                             const engine::MeetingLimits& limits = {});

// The same for tables of two data sources of any types, which meet in an embedded DuckDB that keeps to the
// limits. A table that is not there makes the result `not_diffed`, a query makes it `error`.
model::TableDiff diff_across(const model::Sides<model::DataSource>& sources, const DiffRequest& request,
                             const engine::MeetingLimits& limits, Cancel& cancel);

// Whether the figures show any difference in rows, values or schema, also beside a bad or missing key.
// Columns in another order are none.
bool has_differences(const model::TableDiff& diff);

// Whether any of the gitignore patterns matches the name (later patterns win, "!" takes back).
bool matches_gitignore(const std::vector<std::string>& patterns, std::string_view name);

}  // namespace vernier::datadiff
