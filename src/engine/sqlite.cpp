// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <map>
#include <span>

#include "base/text.h"
#include "engine/adapters.h"
#include "engine/cells.h"
#include "engine/released.h"
#include "engine/stream.h"

namespace vernier::engine {

namespace {

constexpr int busy_patience_ms = 4000;
// Joins look rows up by index, again and again; a stream reads each page once.
constexpr int cache_kib_of_joins = 65'536;
constexpr int cache_kib_of_streams = 2'048;
// How many steps of its machine SQLite takes between two looks at the clock: some hundred microseconds.
constexpr int steps_between_looks = 10'000;

using Handle = std::unique_ptr<sqlite3, Releaser<&sqlite3_close_v2>>;
using Statement = std::unique_ptr<sqlite3_stmt, Releaser<&sqlite3_finalize>>;

std::string literal(std::string_view text) {
  return quote_literal(Dialect::sqlite, text);
}

std::string blob_text(std::string_view bytes) {
  const std::span<const unsigned char> values(reinterpret_cast<const unsigned char*>(bytes.data()),
                                              bytes.size());
  return fmt::format("x'{:02x}'", fmt::join(values, ""));
}

std::string_view bytes_of(sqlite3_stmt* statement, int column) {
  const void* bytes = sqlite3_column_blob(statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return bytes ? std::string_view(static_cast<const char*>(bytes), size) : std::string_view();
}

// A value as text, of which doubles can be told apart.
std::optional<std::string> cell_text(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return std::nullopt;
    case SQLITE_INTEGER:
      return std::to_string(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return fmt::format("{}", sqlite3_column_double(statement, column));
    case SQLITE_BLOB:
      return blob_text(bytes_of(statement, column));
    default:
      return std::string(bytes_of(statement, column));
  }
}

class SqliteConnection : public Connection {
 public:
  SqliteConnection(Handle handle, model::DataSource source, std::string file_stem)
      : handle_(std::move(handle)), source_(std::move(source)), file_stem_(std::move(file_stem)) {
    sqlite3_progress_handler(handle_.get(), steps_between_looks, &SqliteConnection::must_stop, this);
  }

  Dialect dialect() const override { return Dialect::sqlite; }
  const model::DataSource* source() const override { return &source_; }
  Result<std::optional<TableInfo>> describe(const TablePath& table) override;
  std::string quoted(const TablePath& table) const override { return resolved_.at(table); }
  Result<Rows> query(std::string_view sql, const QueryLimits& limits) override;
  void cancel() override {
    cancel_wanted_ = true;
    sqlite3_interrupt(handle_.get());
  }

  // Calls `take` with the statement at each row.
  template <typename Take>
  Status for_each_row(std::string_view sql, const Take& take);

 private:
  static int must_stop(void* self);
  Result<Statement> prepare(std::string_view sql);
  Error error_of(int code) const;
  Result<std::vector<std::vector<std::string>>> unique_columns(const std::string& table);

  Handle handle_;
  model::DataSource source_;
  std::string file_stem_;
  std::atomic<bool> cancel_wanted_ = false;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::map<TablePath, std::string> resolved_;
};

int SqliteConnection::must_stop(void* self) {
  const auto* connection = static_cast<const SqliteConnection*>(self);
  const bool late = connection->deadline_ && std::chrono::steady_clock::now() >= *connection->deadline_;
  return connection->cancel_wanted_ || late ? 1 : 0;
}

Error SqliteConnection::error_of(int code) const {
  const std::string message = "SQLite: " + one_line(sqlite3_errmsg(handle_.get()));
  switch (code & 0xff) {
    case SQLITE_INTERRUPT:
      return cancel_wanted_ ? cancelled("the statement was cancelled")
                            : timed_out("the statement ran out of time");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return conflict(message + "; another process writes to the file, wait until it is done");
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
      return unavailable(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corrupt(message);
    case SQLITE_READONLY:
    case SQLITE_AUTH:
    case SQLITE_PERM:
      return denied(message);
    default:
      return invalid_input(message);
  }
}

Result<Statement> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, &rest);
  Statement statement(raw);
  if (code != SQLITE_OK) return error_of(code);
  if (!statement) return invalid_input("SQLite: there is no statement to run");
  if (!trim(sql.substr(static_cast<std::size_t>(rest - sql.data()))).empty())
    return invalid_input("SQLite: only one statement is run at a time");
  return statement;
}

template <typename Take>
Status SqliteConnection::for_each_row(std::string_view sql, const Take& take) {
  const Statement statement = TRY(prepare(sql));
  while (true) {
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return error_of(code);
    TRY(take(statement.get()));
  }
}

Result<Rows> SqliteConnection::query(std::string_view sql, const QueryLimits& limits) {
  cancel_wanted_ = false;
  deadline_.reset();
  if (limits.timeout.count() > 0) deadline_ = std::chrono::steady_clock::now() + limits.timeout;
  Rows rows;
  TRY(for_each_row(sql, [&](sqlite3_stmt* statement) -> Status {
    const int columns = sqlite3_column_count(statement);
    if (rows.columns.empty())
      for (int i = 0; i < columns; ++i)
        rows.columns.emplace_back(sqlite3_column_name(statement, i));
    if (rows.rows.size() == limits.rows_max)
      return too_large("the statement gave more than " + std::to_string(limits.rows_max) + " rows");
    auto& cells = rows.rows.emplace_back();
    for (int i = 0; i < columns; ++i)
      cells.push_back(cell_text(statement, i));
    return {};
  }));
  return rows;
}

// The primary key, and what unique indexes over whole columns and all rows have.
Result<std::vector<std::vector<std::string>>> SqliteConnection::unique_columns(const std::string& table) {
  const Rows found = TRY(query(
      "select '', name from pragma_table_info(" + literal(table) +
          ", 'main') where pk > 0 union all select i.name, c.name from pragma_index_list(" + literal(table) +
          ", 'main') i join pragma_index_info(i.name, 'main') c where i.\"unique\" = 1 and i.partial = 0",
      {}));
  std::map<std::string, std::vector<std::string>> by_index;
  std::vector<std::string> of_expressions;
  for (const auto& row : found.rows) {
    by_index[row[0].value_or("")].push_back(row[1].value_or(""));
    if (!row[1]) of_expressions.push_back(row[0].value_or(""));
  }
  for (const std::string& index : of_expressions)
    by_index.erase(index);
  std::vector<std::vector<std::string>> unique;
  for (auto& [index, columns] : by_index)
    unique.push_back(std::move(columns));
  return unique;
}

// A file has one schema, "main"; dbt may call it as it calls the file.
Result<std::optional<TableInfo>> SqliteConnection::describe(const TablePath& table) {
  const auto is_main = [&](const std::string& name) {
    return to_lower(name) == "main" || to_lower(name) == to_lower(file_stem_);
  };
  if (table.empty() || table.size() > 3)
    return invalid_input("a table's name has one to three parts: [[database.]schema.]table");
  if (table.size() == 3 && !is_main(table[0]))
    return invalid_input("database \"" + table[0] + "\" is not in this file, which is \"" + file_stem_ +
                         "\"");
  if (table.size() > 1 && !is_main(table[table.size() - 2])) return std::optional<TableInfo>();
  const Rows found =
      TRY(query("select name, type from main.sqlite_schema where type in ('table', 'view') and "
                "lower(name) = lower(" +
                    literal(table.back()) + ")",
                {}));
  if (found.rows.size() != 1) return std::optional<TableInfo>();
  const std::string name = found.rows[0][0].value_or("");
  const Rows columns = TRY(query("select name, type, \"notnull\" from pragma_table_xinfo(" + literal(name) +
                                     ", 'main') where hidden <> 1 order by cid",
                                 {}));
  TableInfo info{.is_view = found.rows[0][1] == "view", .columns = {}};
  for (const auto& row : columns.rows)
    info.columns.push_back(
        {.name = row[0].value_or(""), .type = row[1].value_or(""), .nullable = row[2] != "1"});
  info.unique = TRY(unique_columns(name));
  resolved_[table] = "\"main\"." + quote_identifier(Dialect::sqlite, name);
  return std::optional(std::move(info));
}

Result<std::unique_ptr<SqliteConnection>> connect_to(const model::DataSource& source, int cache_kib) {
  const std::string path = TRY(file_path(source));
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK)
    return unavailable("open SQLite file " + path + ": " + one_line(raw ? sqlite3_errmsg(raw) : "no memory"));
  sqlite3_busy_timeout(raw, busy_patience_ms);
  sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);  // SQL that came with a filter reads this file alone
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  auto connection = std::make_unique<SqliteConnection>(std::move(handle), source,
                                                       std::filesystem::path(path).stem().string());
  TRY_DURING("open SQLite file " + path,
             connection->query("pragma cache_size = -" + std::to_string(cache_kib), {}));
  TRY_DURING("open SQLite file " + path, connection->query("select 1 from sqlite_schema limit 1", {}));
  return connection;
}

class SqliteDatabase : public Database {
 public:
  explicit SqliteDatabase(model::DataSource source) : source_(std::move(source)) {}

  Result<std::unique_ptr<Connection>> connect() override {
    return std::unique_ptr<Connection>(TRY(connect_to(source_, cache_kib_of_joins)));
  }

 private:
  const model::DataSource source_;
};

CellKind integer_kind(std::string_view type) {
  if (type.find("tiny") != std::string_view::npos) return {CellType::tinyint};
  if (type.find("small") != std::string_view::npos || type == "int2") return {CellType::smallint};
  if (type.find("big") != std::string_view::npos || type == "int8") return {CellType::bigint};
  return {CellType::integer};
}

// "decimal(10,2)" with what its parentheses hold.
CellKind decimal_kind(std::string_view parameters) {
  CellKind kind{CellType::decimal};
  const char* end = parameters.data() + parameters.size();
  auto parsed = std::from_chars(parameters.data(), end, kind.width);
  while (parsed.ptr != end && (*parsed.ptr == ',' || *parsed.ptr == ' '))
    ++parsed.ptr;
  if (parsed.ptr != end) parsed = std::from_chars(parsed.ptr, end, kind.scale);
  const bool fits = kind.width >= 1 && kind.width <= 38 && kind.scale >= 0 && kind.scale <= kind.width;
  return fits && parsed.ptr == end ? kind : CellKind{CellType::number};
}

// What the declared type lets expect. SQLite holds nobody to it, so any value may be there all the same.
CellKind expected_kind(std::string_view declared) {
  static const std::map<std::string, CellType, std::less<>> known = {
      {"", CellType::bigint},
      {"num", CellType::number},
      {"any", CellType::number},
      {"boolean", CellType::boolean},
      {"bool", CellType::boolean},
      {"date", CellType::date},
      {"datetime", CellType::timestamp},
      {"timestamp", CellType::timestamp},
      {"timestamptz", CellType::timestamptz},
      {"timestamp with time zone", CellType::timestamptz},
      {"time", CellType::time},
      {"uuid", CellType::uuid},
      {"json", CellType::json},
      {"jsonb", CellType::json},
      {"numeric", CellType::number},
      {"decimal", CellType::number}};
  const std::string lower = to_lower(declared);
  const std::size_t open = lower.find('(');
  const std::string name(trim(std::string_view(lower).substr(0, open)));
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (open != std::string::npos && (name == "numeric" || name == "decimal"))
    return decimal_kind(std::string_view(lower).substr(open + 1, lower.find(')') - open - 1));
  if (const auto found = known.find(name); found != known.end()) return {found->second};
  if (has("interval") || has("point")) return {CellType::text};
  if (has("int")) return integer_kind(name);
  if (has("blob") || has("binary") || has("bytea")) return {CellType::bytes};
  if (has("real") || has("floa") || has("doub")) return {CellType::double_precision};
  return {CellType::text};
}

class SqliteStream : public RowStream {
 public:
  SqliteStream(std::unique_ptr<SqliteConnection> connection, StreamSource source)
      : connection_(std::move(connection)),
        source_(std::move(source)),
        misfits_(source_.table.columns.size()) {
    for (const ColumnInfo& column : source_.table.columns) {
      kinds_.push_back(expected_kind(column.type));
      columns_.push_back(stream_column(column.name, kinds_.back()));
    }
  }

  const std::vector<StreamColumn>& columns() const override { return columns_; }
  void cancel() override { connection_->cancel(); }
  std::optional<std::int64_t> expected_rows() const override { return source_.expected_rows; }
  Result<bool> read_into(TableWriter& writer) override;

 private:
  Result<bool> take(sqlite3_stmt* statement, std::size_t i, ChunkWriter& writer);

  std::unique_ptr<SqliteConnection> connection_;
  StreamSource source_;
  std::vector<CellKind> kinds_;
  std::vector<StreamColumn> columns_;
  std::vector<std::optional<CellKind>> misfits_;  // what fits instead
};

Result<bool> SqliteStream::take(sqlite3_stmt* statement, std::size_t i, ChunkWriter& writer) {
  const CellKind& kind = kinds_[i];
  const int column = static_cast<int>(i);
  const int stored = sqlite3_column_type(statement, column);
  if (kind.type == CellType::text) return write_text(writer, i, kind, *cell_text(statement, column));
  if (stored == SQLITE_INTEGER)
    return write_integer(writer, i, kind, sqlite3_column_int64(statement, column));
  if (stored == SQLITE_FLOAT) return write_double(writer, i, kind, sqlite3_column_double(statement, column));
  if ((stored == SQLITE_BLOB) != (kind.type == CellType::bytes)) return false;
  return write_text(writer, i, kind, bytes_of(statement, column));
}

Result<bool> SqliteStream::read_into(TableWriter& writer) {
  std::string list;
  for (const StreamColumn& column : columns_)
    list += (list.empty() ? "src." : ", src.") + quote_identifier(Dialect::sqlite, column.name);
  bool fits = true;
  const auto take_row = [&](sqlite3_stmt* statement) -> Status {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      const int stored = sqlite3_column_type(statement, static_cast<int>(i));
      if (stored == SQLITE_NULL) {
        writer.set_null(i);
      } else if (!misfits_[i] && !TRY_DURING("column " + columns_[i].name, take(statement, i, writer))) {
        const bool number = stored == SQLITE_INTEGER || stored == SQLITE_FLOAT;
        misfits_[i] = number ? wider(kinds_[i]) : CellKind{CellType::text};
        fits = false;
      }
    }
    if (fits) TRY(writer.end_row());
    return {};
  };
  TRY(connection_->for_each_row("select " + list + source_.from, take_row));
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    if (!misfits_[i]) continue;
    kinds_[i] = *std::exchange(misfits_[i], std::nullopt);
    columns_[i] = stream_column(columns_[i].name, kinds_[i]);
  }
  return fits;
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const model::DataSource& source) {
  const std::string path = TRY(file_path(source));
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return not_found("there is no SQLite file " + path);
  return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(source));
}

Result<std::unique_ptr<RowStream>> open_sqlite_stream(const Relation& relation) {
  TRY(open_sqlite(relation.source));
  auto connection = TRY(connect_to(relation.source, cache_kib_of_streams));
  StreamSource source = TRY(stream_source(*connection, relation));
  return std::unique_ptr<RowStream>(std::make_unique<SqliteStream>(std::move(connection), std::move(source)));
}

}  // namespace vernier::engine
