// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/text.h"
#include "engine/adapters.h"
#include "engine/postgresql_connection.h"
#include "engine/tls.h"

namespace vernier::engine {

namespace {

constexpr const char* connect_timeout_seconds = "10";
constexpr const char* statement_timeout = "statement_timeout";
constexpr const char* session_option = "session_parameters";

// What changes where tables are found, or how fast, but no value: not timezone, datestyle, role and the like.
constexpr std::string_view harmless_parameters[] = {"search_path",
                                                    statement_timeout,
                                                    "lock_timeout",
                                                    "work_mem",
                                                    "hash_mem_multiplier",
                                                    "random_page_cost",
                                                    "effective_cache_size",
                                                    "application_name",
                                                    "jit",
                                                    "max_parallel_workers_per_gather"};

void append_row(Rows& rows, const PGresult* result, int row) {
  std::vector<std::optional<std::string>> cells;
  const int columns = PQnfields(result);
  cells.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) {
    if (PQgetisnull(result, row, column) == 1)
      cells.emplace_back(std::nullopt);
    else
      cells.emplace_back(std::string(PQgetvalue(result, row, column),
                                     static_cast<std::size_t>(PQgetlength(result, row, column))));
  }
  rows.rows.push_back(std::move(cells));
}

// Of two limits, of which 0 is none.
std::chrono::milliseconds shorter(std::chrono::milliseconds a, std::chrono::milliseconds b) {
  if (a.count() == 0 || b.count() == 0) return std::max(a, b);
  return std::min(a, b);
}

std::string catalog_query(const TablePath& table) {
  const auto literal = [](std::string_view text) { return quote_literal(Dialect::postgresql, text); };
  const std::string schema = table.size() == 1
                                 ? "pg_catalog.pg_table_is_visible(c.oid)"
                                 : "lower(n.nspname) = lower(" + literal(table[table.size() - 2]) + ")";
  return "select n.nspname, c.relname, c.relkind, a.attname, pg_catalog.format_type(a.atttypid, "
         "a.atttypmod), "
         "a.attnotnull, case when l.collname <> 'default' then l.collname end "
         "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
         "left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
         "left join pg_catalog.pg_collation l on l.oid = a.attcollation "
         "where c.relkind in ('r', 'v', 'm', 'p', 'f') and lower(c.relname) = lower(" +
         literal(table.back()) + ") and " + schema + " order by n.nspname, c.relname, a.attnum";
}

// The schema and name to take: as written, or the only spelling there is.
std::optional<std::pair<std::string, std::string>> choose(const Rows& found, const TablePath& table) {
  std::set<std::pair<std::string, std::string>> spellings;
  for (const auto& row : found.rows)
    spellings.emplace(row[0].value_or(""), row[1].value_or(""));
  for (const auto& spelling : spellings)
    if (spelling.second == table.back() && (table.size() == 1 || spelling.first == table[table.size() - 2]))
      return spelling;
  if (spellings.size() == 1) return *spellings.begin();
  return std::nullopt;
}

Result<SessionParameters> session_parameters_of(const model::DataSource& source) {
  SessionParameters parameters;
  const Json option = source.options.is_object() ? source.options.value(session_option, Json()) : Json();
  if (option.is_null()) return parameters;
  if (!option.is_object()) return invalid_input("option \"session_parameters\" must be an object of texts");
  for (const auto& item : option.items()) {
    if (!item.value().is_string())
      return invalid_input("the session parameter " + item.key() + " must be a text");
    parameters[item.key()] = item.value().get<std::string>();
  }
  TRY(check_session_parameters(parameters));
  return parameters;
}

}  // namespace

Error PostgresConnection::connection_error() const {
  return unavailable("PostgreSQL: " + one_line(PQerrorMessage(connection_.get())));
}

Error PostgresConnection::error_of(const PGresult* result) const {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text ? text : "");
  };
  const std::string state = field(PG_DIAG_SQLSTATE);
  std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
  const std::string detail = field(PG_DIAG_MESSAGE_DETAIL);
  if (message.empty()) message = PQresultErrorMessage(result);
  if (!detail.empty()) message += " (" + detail + ")";
  message = "PostgreSQL: " + one_line(message);
  if (state == "57014")
    return cancel_wanted_ ? cancelled("the statement was cancelled")
                          : timed_out("the statement ran out of time: " + message);
  if (state == "42501") return denied(message);
  // Connection exceptions, lack of resources, operator intervention, system errors.
  for (const std::string_view group : {"08", "53", "57", "58"})
    if (state.starts_with(group)) return unavailable(message);
  return state.empty() ? unavailable(message) : invalid_input(message);
}

void PostgresConnection::drain() {
  while (PgResult rest{PQgetResult(connection_.get())}) {
  }
}

void PostgresConnection::cancel() {
  char ignored[256];
  cancel_wanted_ = true;
  PQcancel(cancel_.get(), ignored, sizeof ignored);
}

// The extended protocol takes one statement at a time, so text from a project cannot smuggle in a second.
// Rows come one by one: memory holds `rows_max` of them at most.
Result<Rows> PostgresConnection::run(const std::string& sql, std::size_t rows_max) {
  PGconn* connection = connection_.get();
  if (PQsendQueryParams(connection, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
    return connection_error();
  PQsetSingleRowMode(connection);
  Rows rows;
  while (PgResult result{PQgetResult(connection)}) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      const bool is_copy = status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
      if (is_copy) {
        connection_.reset();
        return invalid_input("COPY is not a statement that gives rows");
      }
      const Error error = error_of(result.get());
      drain();
      return error;
    }
    if (rows.columns.empty())
      for (int column = 0; column < PQnfields(result.get()); ++column)
        rows.columns.emplace_back(PQfname(result.get(), column));
    for (int row = 0; row < PQntuples(result.get()); ++row)
      append_row(rows, result.get(), row);
    if (rows.rows.size() > rows_max) {
      char ignored[256];
      PQcancel(cancel_.get(), ignored, sizeof ignored);
      drain();
      return too_large("the statement gave more than " + std::to_string(rows_max) + " rows");
    }
  }
  return rows;
}

Result<Rows> PostgresConnection::query(std::string_view sql, const QueryLimits& limits) {
  if (!connection_ || PQstatus(connection_.get()) != CONNECTION_OK)
    return unavailable("PostgreSQL: the connection was lost");
  cancel_wanted_ = false;
  const auto timeout = shorter(limits.timeout, own_timeout_);
  if (timeout != timeout_) {
    TRY(run("set statement_timeout = " + std::to_string(timeout.count()), 1));
    timeout_ = timeout;
  }
  return run(std::string(sql), limits.rows_max);
}

Status PostgresConnection::prepare_session() {
  // Set after connecting, not as start-up options, which connection poolers refuse.
  for (const char* setting :
       {"set default_transaction_read_only = on", "set timezone = 'UTC'", "set datestyle = 'ISO, YMD'",
        "set intervalstyle = 'postgres'", "set bytea_output = 'hex'", "set extra_float_digits = 1"})
    TRY(run(setting, 1));
  const Rows rows = TRY(run("select current_database()", 1));
  database_ = rows.rows.at(0).at(0).value_or("");
  return {};
}

Status PostgresConnection::set_parameters(const SessionParameters& parameters) {
  for (const auto& [name, value] : parameters)
    TRY_DURING("session parameter " + name,
               run("select pg_catalog.set_config(" + quote_literal(Dialect::postgresql, name) + ", " +
                       quote_literal(Dialect::postgresql, value) + ", false)",
                   1));
  if (!parameters.contains(statement_timeout)) return {};
  const Rows rows =
      TRY(run("select setting from pg_catalog.pg_settings where name = 'statement_timeout'", 1));
  const std::string milliseconds = rows.rows.at(0).at(0).value_or("");
  std::int64_t timeout = 0;
  std::from_chars(milliseconds.data(), milliseconds.data() + milliseconds.size(), timeout);
  own_timeout_ = timeout_ = std::chrono::milliseconds(timeout);
  return {};
}

Result<std::optional<TableInfo>> PostgresConnection::describe(const TablePath& table) {
  if (table.empty() || table.size() > 3)
    return invalid_input("a table's name has one to three parts: [[database.]schema.]table");
  if (table.size() == 3 && table[0] != database_)
    return invalid_input("database \"" + table[0] + "\" is not the one connected to, which is \"" +
                         database_ + "\"; one diff reads one database");
  const Rows found = TRY(query(catalog_query(table), {}));
  const auto chosen = choose(found, table);
  if (!chosen) return std::optional<TableInfo>();
  TableInfo info;
  for (const auto& row : found.rows) {
    if (row[0] != chosen->first || row[1] != chosen->second) continue;
    info.is_view = row[2] == "v" || row[2] == "m";
    if (!row[3]) continue;  // a table without columns
    info.columns.push_back({.name = *row[3],
                            .type = row[4].value_or(""),
                            .nullable = row[5] != "t",
                            .collation = row[6].value_or("")});
  }
  const auto quote = [](std::string_view name) { return quote_identifier(Dialect::postgresql, name); };
  resolved_[table] = quote(chosen->first) + "." + quote(chosen->second);
  return std::optional(std::move(info));
}

Status PostgresConnection::begin_copy(const std::string& sql) {
  PGconn* connection = connection_.get();
  if (PQsendQueryParams(connection, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
    return connection_error();
  const PgResult begun{PQgetResult(connection)};
  if (PQresultStatus(begun.get()) == PGRES_COPY_OUT) return {};
  const Error error = error_of(begun.get());
  drain();
  return error;
}

Result<std::string_view> PostgresConnection::next_piece() {
  PGconn* connection = connection_.get();
  char* buffer = nullptr;
  const int length = PQgetCopyData(connection, &buffer, 0);
  piece_.reset(buffer);
  if (length == -2) return connection_error();
  if (length >= 0 && cancel_wanted_) return cancelled("the statement was cancelled");
  if (length >= 0) return std::string_view(buffer, static_cast<std::size_t>(length));
  const PgResult ended{PQgetResult(connection)};
  if (PQresultStatus(ended.get()) != PGRES_COMMAND_OK) return error_of(ended.get());
  drain();
  return std::string_view();
}

void PostgresConnection::give_up_copy() {
  char ignored[256];
  PQcancel(cancel_.get(), ignored, sizeof ignored);
  while (true) {
    char* buffer = nullptr;
    const int length = PQgetCopyData(connection_.get(), &buffer, 0);
    piece_.reset(buffer);
    if (length < 0) break;
  }
  drain();
}

Result<std::unique_ptr<PostgresConnection>> connect_to(const PostgresTarget& target) {
  const TlsWish wish = TRY(tls_wish(target.parameters));
  TRY(check_authority(wish));
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : target.parameters) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  PgConnection handle(PQconnectdbParams(keys.data(), values.data(), 0));
  if (!handle) return unavailable("PostgreSQL: out of memory");
  if (PQstatus(handle.get()) != CONNECTION_OK) {
    const std::string message = one_line(PQerrorMessage(handle.get()));
    return unavailable("connect to PostgreSQL: " + message + tls_advice(wish, message));
  }
  auto connection = std::make_unique<PostgresConnection>(std::move(handle));
  TRY(connection->prepare_session());
  TRY(connection->set_parameters(target.session));
  return connection;
}

Result<PostgresTarget> postgres_target(model::DataSource source) {
  PostgresTarget target;
  target.session = TRY(session_parameters_of(source));
  if (source.options.is_object()) source.options.erase(session_option);
  target.parameters = TRY(server_options(source));
  TRY(tls_wish(target.parameters));
  target.parameters.insert({{"connect_timeout", connect_timeout_seconds},
                            {"application_name", "vernier"},
                            {"client_encoding", "UTF8"}});
  return target;
}

Status check_session_parameters(const SessionParameters& parameters) {
  for (const auto& [name, value] : parameters) {
    const auto end = std::end(harmless_parameters);
    if (std::find(std::begin(harmless_parameters), end, name) == end)
      return invalid_input("the session parameter " + name + " cannot be set; these can: " +
                           join(std::vector<std::string>(std::begin(harmless_parameters), end), ", "));
  }
  return {};
}

namespace {

class PostgresDatabase : public Database {
 public:
  explicit PostgresDatabase(PostgresTarget target) : target_(std::move(target)) {}

  Result<std::unique_ptr<Connection>> connect() override {
    return std::unique_ptr<Connection>(TRY(connect_to(target_)));
  }

 private:
  const PostgresTarget target_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgresql(const model::DataSource& source) {
  PostgresTarget target = TRY(postgres_target(source));
  return std::unique_ptr<Database>(std::make_unique<PostgresDatabase>(std::move(target)));
}

}  // namespace vernier::engine
