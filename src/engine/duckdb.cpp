// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "engine/adapters.h"
#include "engine/duckdb_handles.h"
#include "engine/row_counters.h"
#include "engine/stored_rows.h"

namespace vernier::engine {

namespace {

using namespace std::chrono_literals;

constexpr const char* spill_name = "vernier-spill-";

// Another process usually holds the file only while it writes; dbt does so for minutes, a loader for less.
constexpr std::chrono::milliseconds lock_patience = 4s;
constexpr std::chrono::milliseconds lock_retry_pause = 200ms;

std::optional<std::string> cell_at(duckdb_vector vector, idx_t row) {
  std::uint64_t* validity = duckdb_vector_get_validity(vector);
  if (validity && !duckdb_validity_row_is_valid(validity, row)) return std::nullopt;
  auto* strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  return std::string(duckdb_string_t_data(&strings[row]), duckdb_string_t_length(strings[row]));
}

std::string_view without_semicolon(std::string_view sql) {
  sql = trim(sql);
  while (sql.ends_with(';'))
    sql = trim(sql.substr(0, sql.size() - 1));
  return sql;
}

class DuckConnection : public Connection {
 public:
  DuckConnection(std::shared_ptr<DatabaseHandle> database, ConnectionHandle connection, std::string file_stem)
      : database_(std::move(database)),
        connection_(std::move(connection)),
        file_stem_(std::move(file_stem)) {}

  Dialect dialect() const override { return Dialect::duckdb; }
  Result<std::optional<TableInfo>> describe(const TablePath& table) override;
  std::string quoted(const TablePath& table) const override { return resolved_.at(table); }
  Result<Rows> query(std::string_view sql, const QueryLimits& limits) override;
  void cancel() override { duckdb_interrupt(connection_.get()); }
  std::optional<double> progress() const override {
    const double percentage = duckdb_query_progress(connection_.get()).percentage;
    return percentage < 0.0 ? std::nullopt : std::optional(percentage / 100.0);
  }

  Status prepare_session();

 private:
  Status check_catalog(std::string_view name) const;
  Status set_timeout(std::chrono::milliseconds timeout);
  void keep_bar(bool wanted);
  // Fails with invalid_input where the statement is refused before it runs.
  Result<bool> is_select(const std::string& sql);
  Status run(const std::string& sql, QueryResult& result);

  // Shared by the Database and its sessions: whichever goes last closes the file.
  std::shared_ptr<DatabaseHandle> database_;
  ConnectionHandle connection_;
  std::string file_stem_;
  std::string catalog_;
  std::chrono::milliseconds timeout_{0};
  bool keeps_bar_ = false;
  std::map<TablePath, std::string> resolved_;
};

Error error_of(duckdb_error_type type, std::string_view message) {
  const std::string text = one_line(message);
  switch (type) {
    case DUCKDB_ERROR_INTERRUPT:
      // The library reports its time limit as an interrupt whose text speaks of the time.
      if (text.find("execution time") != std::string::npos || text.find("timeout") != std::string::npos)
        return timed_out("the statement ran out of time: " + text);
      return cancelled("the statement was cancelled");
    case DUCKDB_ERROR_OUT_OF_MEMORY:
    case DUCKDB_ERROR_IO:
      return unavailable(with_advice(message));
    case DUCKDB_ERROR_PERMISSION:
      return denied("DuckDB: " + text);
    default:
      return invalid_input("DuckDB: " + text);
  }
}

Status DuckConnection::run(const std::string& sql, QueryResult& result) {
  if (duckdb_query(connection_.get(), sql.c_str(), &result.result) == DuckDBSuccess) return {};
  const char* message = duckdb_result_error(&result.result);
  return error_of(duckdb_result_error_type(&result.result), message ? message : "no message");
}

Status DuckConnection::prepare_session() {
  // Without the ICU extension there is no such setting, and time stamps are UTC already.
  for (const char* setting : {"set TimeZone = 'UTC'", "set enable_progress_bar = false",
                              "set enable_progress_bar_print = false", "set progress_bar_time = 0"}) {
    QueryResult ignored;
    (void)run(setting, ignored).ok();
  }
  const Rows rows = TRY(query("select current_database()", {}));
  catalog_ = rows.rows.at(0).at(0).value_or("");
  return {};
}

// How far a statement is can only be told where DuckDB keeps a bar for it, which it need not draw.
void DuckConnection::keep_bar(bool wanted) {
  if (wanted == keeps_bar_) return;
  QueryResult ignored;
  (void)run(std::string("set enable_progress_bar = ") + (wanted ? "true" : "false"), ignored).ok();
  keeps_bar_ = wanted;
}

Status DuckConnection::set_timeout(std::chrono::milliseconds timeout) {
  if (timeout == timeout_) return {};
  QueryResult result;
  TRY(run("set max_execution_time = " + std::to_string(timeout.count()), result));
  timeout_ = timeout;
  return {};
}

Result<bool> DuckConnection::is_select(const std::string& sql) {
  Prepared prepared;
  if (duckdb_prepare(connection_.get(), sql.c_str(), prepared.address()) == DuckDBError) {
    const char* message = duckdb_prepare_error(prepared.get());
    return invalid_input("DuckDB: " + one_line(message ? message : "the statement was refused"));
  }
  return duckdb_prepared_statement_type(prepared.get()) == DUCKDB_STATEMENT_TYPE_SELECT;
}

Result<Rows> DuckConnection::query(std::string_view sql, const QueryLimits& limits) {
  const std::string statement(without_semicolon(sql));
  Rows rows;
  const bool returns_rows = TRY(is_select(statement));
  TRY(set_timeout(limits.timeout));
  keep_bar(limits.tells_progress);
  QueryResult result;
  if (!returns_rows) {
    TRY(run(statement, result));
    return rows;
  }
  // The database makes text of every type itself, and stops at the first row too many.
  TRY(run(
      "select columns(*)::varchar from (\n" + statement + "\n) limit " + std::to_string(limits.rows_max + 1),
      result));
  const idx_t columns = duckdb_column_count(&result.result);
  for (idx_t column = 0; column < columns; ++column)
    rows.columns.emplace_back(duckdb_column_name(&result.result, column));
  while (true) {
    Chunk chunk;
    *chunk.address() = duckdb_fetch_chunk(result.result);
    if (!chunk.get()) break;
    const idx_t count = duckdb_data_chunk_get_size(chunk.get());
    const std::size_t first = rows.rows.size();
    rows.rows.resize(first + count);
    for (idx_t column = 0; column < columns; ++column) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk.get(), column);
      for (idx_t row = 0; row < count; ++row)
        rows.rows[first + row].push_back(cell_at(vector, row));
    }
  }
  if (rows.rows.size() > limits.rows_max)
    return too_large("the statement gave more than " + std::to_string(limits.rows_max) + " rows");
  return rows;
}

Status DuckConnection::check_catalog(std::string_view name) const {
  const std::string lower = to_lower(name);
  if (lower == to_lower(catalog_) || lower == to_lower(file_stem_)) return {};
  return invalid_input("database \"" + std::string(name) + "\" is not in this file: its catalog is \"" +
                       catalog_ + "\"; is the data source's path the file that dbt writes");
}

Result<std::optional<TableInfo>> DuckConnection::describe(const TablePath& table) {
  if (table.empty() || table.size() > 3)
    return invalid_input("a table's name has one to three parts: [[database.]schema.]table");
  if (table.size() == 3) TRY(check_catalog(table[0]));
  const std::string schema = table.size() == 1 ? "main" : table[table.size() - 2];
  const auto literal = [](std::string_view text) { return quote_literal(Dialect::duckdb, text); };
  const std::string matches = " where database_name = " + literal(catalog_) +
                              " and lower(schema_name) = lower(" + literal(schema) +
                              ") and lower(name) = lower(" + literal(table.back()) + ")";
  const Rows found = TRY(
      query("select schema_name, name, is_view from (select database_name, schema_name, table_name as name, "
            "false as "
            "is_view from duckdb_tables() union all select database_name, schema_name, view_name, true from "
            "duckdb_views())" +
                matches,
            {}));
  if (found.rows.size() != 1) return std::optional<TableInfo>();
  const auto quote = [](std::string_view name) { return quote_identifier(Dialect::duckdb, name); };
  const std::string path = quote(catalog_) + "." + quote(*found.rows[0][0]) + "." + quote(*found.rows[0][1]);
  const Rows columns =
      TRY(query("select column_name, column_type, \"null\" from (describe " + path + ")", {}));
  TableInfo info{.is_view = found.rows[0][2] == "true", .columns = {}};
  for (const auto& row : columns.rows)
    info.columns.push_back(
        {.name = row[0].value_or(""), .type = row[1].value_or(""), .nullable = row[2] != "NO"});
  if (!info.is_view) info.stored = unless_hidden(stored_table(path), info.columns);
  resolved_[table] = path;
  return std::optional(std::move(info));
}

class DuckDatabase : public Database {
 public:
  DuckDatabase(DatabaseHandle database, std::string file_stem)
      : database_(std::make_shared<DatabaseHandle>(std::move(database))), file_stem_(std::move(file_stem)) {}

  Result<std::unique_ptr<Connection>> connect() override { return duckdb_session(database_, file_stem_); }

 private:
  std::shared_ptr<DatabaseHandle> database_;
  std::string file_stem_;
};

}  // namespace

// The server itself and its other runs need the rest.
std::size_t half_of_machine() {
  constexpr std::size_t unknown = std::size_t{2} << 30;
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page_bytes <= 0) return unknown;
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page_bytes) / 2;
}

namespace {

Result<Config> config_of(std::size_t memory_bytes,
                         const std::vector<std::pair<const char*, std::string>>& more) {
  Config config;
  if (duckdb_create_config(config.address()) == DuckDBError)
    return unavailable("DuckDB gave no configuration");
  auto settings = memory_settings(memory_bytes);
  settings.insert(settings.end(),
                  {{"autoinstall_known_extensions", "false"}, {"autoload_known_extensions", "false"}});
  settings.insert(settings.end(), more.begin(), more.end());
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config.get(), name, value.c_str()) == DuckDBError)
      return unavailable(std::string("this DuckDB library refuses the setting ") + name);
  return config;
}

// The file is somebody's: nothing is written beside it either, and no SQL that came with a project may read
// other files, load code or reach the network. Spilling goes elsewhere, which can only be said before.
Status prepare_database(const DatabaseHandle& database) {
  const ConnectionHandle connection = TRY(connect(database));
  const std::string set_spill = "set temp_directory = " + quote_literal(Dialect::duckdb, spill_folder());
  for (const std::string& setting : {set_spill, std::string("set enable_external_access = false")}) {
    QueryResult result;
    if (duckdb_query(connection.get(), setting.c_str(), &result.result) == DuckDBError)
      return unavailable("this DuckDB library refuses: " + setting);
  }
  return create_row_counters(connection.get());
}

// "Conflicting lock is held in /usr/bin/python3.11 (PID 123) by user joe. See also ..."
std::optional<std::string> lock_holder(std::string_view message) {
  constexpr std::string_view lead = "Conflicting lock is held in ";
  if (message.find("Could not set lock on file") == std::string_view::npos) return std::nullopt;
  const std::size_t start = message.find(lead);
  if (start == std::string_view::npos) return "another process";
  const std::string_view holder = message.substr(start + lead.size());
  return std::string(holder.substr(0, holder.find(". ")));
}

}  // namespace

// DuckDB's limit is for its buffers. Beside them the program itself, its libraries, the vectors that threads
// work on and the rows on their way take some 70 to 120 MiB, and the allocator keeps some of what was given
// back to it: with too little, a Parquet file's pages are fetched from the system again and again, for a
// quarter of the time.
std::vector<std::pair<const char*, std::string>> memory_settings(std::size_t process_bytes) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  constexpr std::size_t of_thread = 128 * mebibyte;  // with less than this each, they starve
  const std::size_t kept = std::clamp(process_bytes / 32, 8 * mebibyte, 128 * mebibyte);
  const std::size_t beside = 120 * mebibyte + kept;
  const std::size_t buffers = process_bytes > 2 * beside ? process_bytes - beside : process_bytes / 2;
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return {{"memory_limit", std::to_string(buffers) + "B"},
          {"allocator_flush_threshold", std::to_string(kept) + "B"},
          {"allocator_bulk_deallocation_flush_threshold", std::to_string(kept) + "B"},
          {"threads", std::to_string(std::clamp<std::size_t>(buffers / of_thread, 1, cores))}};
}

std::string with_advice(std::string_view message) {
  const std::string text = "DuckDB: " + one_line(message);
  if (text.find(spill_name) != std::string::npos || text.find("max_temp_directory_size") != std::string::npos)
    return text + "; temporary files found no room, free some there or set TMPDIR to another folder";
  if (text.find("Out of Memory") != std::string::npos || text.find("failed to allocate") != std::string::npos)
    return text + "; allow the diff more memory";
  return text;
}

std::string spill_folder() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) folder = "/tmp";
  return (folder / (spill_name + random_hex(8))).string();
}

Result<ConnectionHandle> connect(const DatabaseHandle& database) {
  ConnectionHandle connection;
  if (duckdb_connect(database.get(), connection.address()) == DuckDBError)
    return unavailable("DuckDB gave no connection");
  return connection;
}

Result<std::shared_ptr<DatabaseHandle>> open_in_memory(std::size_t memory_bytes) {
  const Config config = TRY(
      config_of(memory_bytes, {{"temp_directory", spill_folder()}, {"preserve_insertion_order", "false"}}));
  auto database = std::make_shared<DatabaseHandle>();
  char* raw_message = nullptr;
  if (duckdb_open_ext(nullptr, database->address(), config.get(), &raw_message) == DuckDBSuccess) {
    const ConnectionHandle connection = TRY(connect(*database));
    TRY(create_row_counters(connection.get()));
    return database;
  }
  const std::string message = one_line(raw_message ? raw_message : "no message");
  duckdb_free(raw_message);
  return unavailable("open a DuckDB in memory: " + message);
}

Result<std::unique_ptr<Connection>> duckdb_session(std::shared_ptr<DatabaseHandle> database,
                                                   std::string file_stem) {
  ConnectionHandle handle = TRY(connect(*database));
  auto connection =
      std::make_unique<DuckConnection>(std::move(database), std::move(handle), std::move(file_stem));
  TRY(connection->prepare_session());
  return std::unique_ptr<Connection>(std::move(connection));
}

Result<std::unique_ptr<Database>> open_duckdb(const model::DataSource& source,
                                              std::optional<std::size_t> memory_bytes) {
  const std::string path = TRY(file_path(source));
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return not_found("there is no DuckDB file " + path);
  const auto give_up = std::chrono::steady_clock::now() + lock_patience;
  while (true) {
    const Config config =
        TRY(config_of(memory_bytes.value_or(half_of_machine()), {{"access_mode", "READ_ONLY"}}));
    DatabaseHandle database;
    char* raw_message = nullptr;
    if (duckdb_open_ext(path.c_str(), database.address(), config.get(), &raw_message) == DuckDBSuccess) {
      TRY(prepare_database(database));
      return std::unique_ptr<Database>(
          std::make_unique<DuckDatabase>(std::move(database), std::filesystem::path(path).stem().string()));
    }
    const std::string message = one_line(raw_message ? raw_message : "no message");
    duckdb_free(raw_message);
    const std::optional<std::string> holder = lock_holder(message);
    if (!holder) return unavailable("open DuckDB file " + path + ": " + message);
    if (std::chrono::steady_clock::now() >= give_up)
      return conflict("DuckDB file " + path + " is held for writing by " + *holder +
                      "; wait until it is done, or diff a copy");
    std::this_thread::sleep_for(lock_retry_pause);
  }
}

}  // namespace vernier::engine
