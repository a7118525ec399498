// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/progress.h"
#include "base/result.h"
#include "model/settings.h"

namespace vernier::engine {

enum class Dialect { duckdb, postgresql, mysql, sqlite };

struct ColumnInfo {
  std::string name;
  std::string type;  // as the database spells it: "numeric(18,4)", "TIMESTAMP"
  bool nullable = true;
  std::string collation =
      {};  // of text that does not follow the database's own; it may equate different bytes
};

// How rows are read that were left on their server.
struct RemoteRows {
  Dialect dialect = Dialect::postgresql;  // of conditions that the server looks at, on the table as `src`
  std::string function;                   // FUNCTION('CONDITION') gives the rows that meet one
  std::int64_t rows_about = 0;            // that the server expects to have
  std::string first_rows = {};  // a condition that some thousands of the first rows meet, found at once
};

// Rows and where they are stored. What reads a range of a column passes over groups of rows of which it knows
// that they lie outside.
struct StoredRows {
  std::string rows;  // SQL: the table's columns and `vernier_place`, a row's number in the order of storage
  std::int64_t group_rows = 1;  // at least
};

struct TableInfo {
  bool is_view = false;
  std::vector<ColumnInfo> columns;  // in the table's order
  // Columns of which an index says that no two rows have the same values; rows with a NULL there are not
  // under it. Of MySQL and SQLite.
  std::vector<std::vector<std::string>> unique = {};
  // Where the rows were left in a file of text or on a server, and each statement reads them anew: more than
  // there can be.
  std::optional<std::int64_t> rows_max = {};
  std::optional<RemoteRows> remote = {};  // on a server
  bool fits_memory = false;               // and rows that were left there fit well into what may be used
  std::optional<StoredRows> stored = {};  // of DuckDB's own tables and Parquet files
};

// What describe() calls the numbers of a text file whose rows were left there: texts, of which the function
// of a meeting tells whether two are unlike. Numbers written out are so by their exact value, others as
// doubles, texts that are no numbers as texts.
inline constexpr const char* number_text = "number text";
inline constexpr const char* number_texts_differ = "vernier_numbers_differ";

// Functions of every DuckDB that is opened here, which count the rows they are called for; nothing that SQL
// has does so as cheaply. new_counter_function() is the number of a new counter.
// counted_function(counter, rows_max) is true for every row; the statement fails with an error of which
// is_too_many_counted() is true once there were more than `rows_max`. take_count_function(counter) is how
// many there were; the counter is gone then.
inline constexpr const char* new_counter_function = "vernier_new_counter";
inline constexpr const char* counted_function = "vernier_counted";
inline constexpr const char* take_count_function = "vernier_take_count";
bool is_too_many_counted(const Error& error);

// A table's name as parts, outermost first, unquoted: {"db", "schema", "t"}, {"schema", "t"} or {"t"}.
using TablePath = std::vector<std::string>;

// A small result: cells as the database's own text, nullopt for NULL.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// A cell that is an integer and nothing else; nullopt otherwise.
std::optional<std::int64_t> integer_in(const std::optional<std::string>& cell);

struct QueryLimits {
  std::size_t rows_max = 100'000;        // more fail with too_large
  std::chrono::milliseconds timeout{0};  // 0: none
  bool tells_progress = false;           // Connection::progress() is asked; DuckDB spends time on knowing it
};

// One session with a database, read-only. Used by one thread at a time; only cancel() and progress() may be
// called from another. Statements run with the time zone UTC.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Dialect dialect() const = 0;

  // Where other sessions of this database come from, for meet(). nullptr where nobody has to: the dialect
  // can say all that a diff needs.
  virtual const model::DataSource* source() const { return nullptr; }

  // nullopt where there is no such table or view. Names match as the database's own catalog resolves quoted
  // identifiers; where only another letter case exists and it is the only one, that one is taken.
  // Fails with unavailable where the database cannot be reached.
  virtual Result<std::optional<TableInfo>> describe(const TablePath& table) = 0;

  // The path in the database's own spelling, quoted, ready for SQL. Precondition: describe() found it.
  virtual std::string quoted(const TablePath& table) const = 0;

  // Runs one statement to its end. Fails with invalid_input (the database refused it; its message is
  // passed on), too_large, timed_out, cancelled or unavailable.
  virtual Result<Rows> query(std::string_view sql, const QueryLimits& limits) = 0;

  // Stops the query in progress, if any; it then fails with cancelled.
  virtual void cancel() = 0;

  // How much of the query in progress is done, from 0 to 1. nullopt where the database does not tell.
  virtual std::optional<double> progress() const { return std::nullopt; }
};

// Who wants to stop a statement, and who is to be told how far it is.
struct Watch {
  Cancel& cancel;
  Progress* progress = nullptr;
  std::int64_t units = 0;         // of progress, that the whole statement stands for; 0: nobody knows
  std::int64_t units_before = 0;  // that earlier statements of the same phase stood for
};

// Connection::query() with a look at it now and then. The wish to stop takes effect whenever it comes.
Result<Rows> query_watched(Connection& connection, std::string_view sql, const QueryLimits& limits,
                           const Watch& watch);

// Settings of a database's sessions, by name. PostgreSQL has some that do no harm to a comparison: they are
// the option session_parameters of a data source, an object of texts. Fails with invalid_input naming one
// that is not among them.
using SessionParameters = std::map<std::string, std::string>;
Status check_session_parameters(const SessionParameters& parameters);

// A database that sessions can be opened on; safe for concurrent use.
class Database {
 public:
  virtual ~Database() = default;
  virtual Result<std::unique_ptr<Connection>> connect() = 0;
};

// Whether a data source has files of rows (types "parquet" and "csv") in place of a database's tables; and
// what its one table is called.
bool is_of_files(const model::DataSource& source);
inline constexpr const char* files_table = "files";

// Opens a data source by its type ("duckdb" and "sqlite": option path; "pg" and "mysql", which is MariaDB
// too: options host, port, user, password, dbname, sslmode, sslrootcert, and session_parameters of "pg";
// "parquet" and "csv": option path, which may be a pattern, and the rows of all its files are one table).
// Fails with invalid_input on missing or unknown options, not_found where the file is not there, conflict
// where another process holds a DuckDB file for writing (the message says which), else unavailable. No
// message holds a password. Files are opened read-only, sessions with servers are read-only. `memory_bytes`
// is what this process may use for a DuckDB file, which spills the rest to temporary files; half of the
// machine's where nobody says.
Result<std::unique_ptr<Database>> open(const model::DataSource& source,
                                       std::optional<std::size_t> memory_bytes = {});

// A table of some data source, to be read whole. For files (types "parquet" and "csv", option path, which may
// be a pattern) the table is not looked at.
struct Relation {
  model::DataSource source;
  TablePath table;
  std::string filter = {};  // an SQL condition in the source's dialect; empty: none
  // A session of open() to read through in place of a new one: what it sees is read. Of servers.
  std::shared_ptr<Connection> session = {};
};

// Whether rows that are not in DuckDB yet are brought there, or left in their files and on their servers
// where the question can be answered from there, in the keys' good cases and with few differences
// (TableInfo::rows_max). A statement may still fail with an error that must_be_read_once() knows.
enum class Reading { once, in_place };
bool must_be_read_once(const Error& error);

struct MeetingLimits {
  // Of this whole process. What does not fit is spilled to temporary files.
  std::size_t memory_bytes = std::size_t{1} << 30;
  // Servers' tables are brought to DuckDB up to this size in the server's files. Nothing: a part of the
  // memory.
  std::optional<std::size_t> brought_bytes_max = {};
};

// Brings tables of two data sources of any types together in an embedded DuckDB, as `meeting_tables`, with
// types that mean the same. Databases' rows are read whole before this returns; DuckDB files and other files
// stay where they are. A column with a value that DuckDB's type has no counterpart for comes as text. Exact
// numbers that no decimal of DuckDB holds come as text too, of a type that describe() calls "numeric". Fails
// with not_found where a table is not there. `progress` is told of the rows as they are read; the unit
// "rows (about)" says that their total is what the databases expect, not a count.
inline const std::array<TablePath, 2> meeting_tables = {TablePath{"production"}, TablePath{"pull_request"}};
Result<std::unique_ptr<Connection>> meet(const std::array<Relation, 2>& relations,
                                         const MeetingLimits& limits, Cancel& cancel, Progress* progress,
                                         Reading reading);

// "duckdb://PATH", "sqlite://PATH", "postgresql://USER:PW@HOST:PORT/DB", "mysql://USER:PW@HOST:PORT/DB",
// "parquet://PATTERN" or "csv://PATTERN" as a data source.
Result<model::DataSource> parse_url(std::string_view url);

// Whether open() could make sense of the data source's type and options, without reaching for the database.
// Fails with invalid_input naming the option.
Status check_source(const model::DataSource& source);

// "db.schema.t" as a path; parts that hold dots or quotes are written "in ""double"" quotes". Fails with
// invalid_input on empty parts, an open quote or more than three parts.
Result<TablePath> parse_table_path(std::string_view text);

// What makes all statements of a session see one snapshot; nullptr where nothing has to. A DuckDB file that
// is open for reading cannot change.
const char* begin_snapshot_sql(Dialect dialect);

// `name` quoted as an identifier, `text` as a string literal; the quoting characters inside are doubled.
std::string quote_identifier(Dialect dialect, std::string_view name);
std::string quote_literal(Dialect dialect, std::string_view text);

}  // namespace vernier::engine
