// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <mysql.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "base/text.h"
#include "engine/adapters.h"
#include "engine/mysql_types.h"
#include "engine/released.h"
#include "engine/stream.h"
#include "engine/tls.h"

namespace vernier::engine {

namespace {

constexpr unsigned int connect_timeout_seconds = 10;

using Handle = std::unique_ptr<MYSQL, Releaser<&mysql_close>>;
using MysqlResult = std::unique_ptr<MYSQL_RES, Releaser<&mysql_free_result>>;
using Options = std::map<std::string, std::string>;

// What the server says of a failed statement, of those errors that are not the statement's own fault.
constexpr unsigned int errors_of_rights[] = {1044, 1045, 1142, 1143, 1227, 1370};
constexpr unsigned int errors_of_time[] = {1969, 3024};  // MariaDB's, MySQL's
constexpr unsigned int errors_of_resources[] = {1021, 1037, 1038, 1040, 1053, 1205, 1213};
constexpr unsigned int error_interrupted = 1317;
constexpr unsigned int first_client_error = 2000;
constexpr unsigned int last_client_error = 2999;

std::string literal(std::string_view text) {
  return quote_literal(Dialect::mysql, text);
}

std::string quote(std::string_view name) {
  return quote_identifier(Dialect::mysql, name);
}

std::string option(const Options& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

void set_tls(MYSQL* handle, const TlsWish& wish) {
  const my_bool on = 1;
  // The library takes this for a wish: it goes on in plain text with a server that has no TLS.
  mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &on);
  if (!wish.demanded()) return;
  // Nothing else keeps it from giving the password to whoever holds out a key in plain text.
  mysql_options(handle, MYSQL_SERVER_PUBLIC_KEY, "/dev/null");
  if (!wish.authority.empty()) mysql_options(handle, MYSQL_OPT_SSL_CA, wish.authority.c_str());
  // Looks at the host name too. Where that may be any, the authority alone makes the library look at the
  // rest.
  if (wish.mode == "verify-full" || (wish.verified() && wish.authority.empty()))
    mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
}

// A host that begins with a slash is the path of a socket.
Result<Handle> connected(const Options& options) {
  // The library's own first use is not safe with threads.
  static const int refused = mysql_library_init(0, nullptr, nullptr);
  if (refused != 0) return unavailable("the library of MySQL cannot be used");
  Handle handle(mysql_init(nullptr));
  if (!handle) return unavailable("MySQL: out of memory");
  mysql_options(handle.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout_seconds);
  mysql_options(handle.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  // A server could otherwise ask this program for its files.
  const unsigned int off = 0;
  mysql_options(handle.get(), MYSQL_OPT_LOCAL_INFILE, &off);
  const TlsWish wish = TRY(tls_wish(options));
  TRY(check_authority(wish));
  const std::string host = option(options, "host");
  const bool is_socket = host.starts_with('/');
  const std::string port = option(options, "port");
  if (wish.demanded() || (wish.wanted() && !is_socket)) set_tls(handle.get(), wish);
  // To the library "localhost" is the socket at its usual place, whatever the port.
  const unsigned int tcp = MYSQL_PROTOCOL_TCP;
  if (!port.empty() && !is_socket) mysql_options(handle.get(), MYSQL_OPT_PROTOCOL, &tcp);
  const std::string user = option(options, "user");
  const std::string password = option(options, "password");
  const std::string database = option(options, "dbname");
  const bool done = mysql_real_connect(handle.get(), is_socket || host.empty() ? nullptr : host.c_str(),
                                       user.c_str(), password.c_str(), database.c_str(),
                                       port.empty() ? 0 : static_cast<unsigned int>(std::stoul(port)),
                                       is_socket ? host.c_str() : nullptr, CLIENT_REMEMBER_OPTIONS);
  // The library leaks it otherwise.
  mysql_options(handle.get(), MYSQL_SERVER_PUBLIC_KEY, nullptr);
  if (!done) {
    const std::string message = one_line(mysql_error(handle.get()));
    return unavailable("connect to MySQL: " + message + tls_advice(wish, message));
  }
  if (wish.demanded() && !mysql_get_ssl_cipher(handle.get())) {
    const std::string message = "TLS is required, but the server does not support it";
    return unavailable("connect to MySQL: " + message + tls_advice(wish, message));
  }
  return handle;
}

class MysqlConnection : public Connection {
 public:
  MysqlConnection(Handle handle, model::DataSource source, Options options)
      : handle_(std::move(handle)),
        source_(std::move(source)),
        options_(std::move(options)),
        session_(mysql_thread_id(handle_.get())),
        is_mariadb_(mariadb_connection(handle_.get()) != 0) {}

  Dialect dialect() const override { return Dialect::mysql; }
  const model::DataSource* source() const override { return &source_; }
  Result<std::optional<TableInfo>> describe(const TablePath& table) override;
  std::string quoted(const TablePath& table) const override { return resolved_.at(table); }
  Result<Rows> query(std::string_view sql, const QueryLimits& limits) override;
  void cancel() override {
    cancel_wanted_ = true;
    kill_query();
  }

  Status prepare_session();
  // Calls `take` with the cells and their lengths of each row as it comes.
  template <typename Take>
  Status for_each_row(std::string_view sql, Rows& head, const Take& take);

 private:
  Result<Rows> run(std::string_view sql, std::size_t rows_max);
  Status set_timeout(std::chrono::milliseconds timeout);
  Result<Rows> find_table(const std::string& schema, const std::string& name);
  Status find_json(const std::string& table, TableInfo& info);
  Error failure() const;
  void kill_query() const;

  Handle handle_;
  model::DataSource source_;
  Options options_;
  unsigned long session_;
  bool is_mariadb_;
  std::atomic<bool> cancel_wanted_ = false;
  std::chrono::milliseconds timeout_{0};
  std::map<TablePath, std::string> resolved_;
};

Error MysqlConnection::failure() const {
  const unsigned int code = mysql_errno(handle_.get());
  const std::string message = "MySQL: " + one_line(mysql_error(handle_.get()));
  const auto is_in = [&](auto& codes) {
    return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
  };
  if (code == error_interrupted) return cancelled("the statement was cancelled");
  if (is_in(errors_of_time)) return timed_out("the statement ran out of time: " + message);
  if (is_in(errors_of_rights)) return denied(message);
  if (is_in(errors_of_resources) || (code >= first_client_error && code <= last_client_error))
    return cancel_wanted_ ? cancelled("the statement was cancelled") : unavailable(message);
  return invalid_input(message);
}

// On a connection of its own: this one is busy with the query.
void MysqlConnection::kill_query() const {
  const auto other = connected(options_);
  if (!other) return;
  const std::string sql = "kill query " + std::to_string(session_);
  mysql_real_query(other.value().get(), sql.data(), sql.size());
}

template <typename Take>
Status MysqlConnection::for_each_row(std::string_view sql, Rows& head, const Take& take) {
  if (mysql_real_query(handle_.get(), sql.data(), sql.size()) != 0) return failure();
  const MysqlResult result(mysql_use_result(handle_.get()));
  if (!result) {
    if (mysql_errno(handle_.get()) != 0) return failure();
    return {};
  }
  const unsigned int columns = mysql_num_fields(result.get());
  for (unsigned int i = 0; i < columns; ++i)
    head.columns.emplace_back(mysql_fetch_field_direct(result.get(), i)->name);
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    const Status taken = cancel_wanted_ ? Status(cancelled("the statement was cancelled"))
                                        : take(row, mysql_fetch_lengths(result.get()));
    if (taken) continue;
    kill_query();  // else the rest of the rows had to be read before the session is of use again
    return taken;
  }
  if (mysql_errno(handle_.get()) != 0) return failure();
  return {};
}

Result<Rows> MysqlConnection::run(std::string_view sql, std::size_t rows_max) {
  Rows rows;
  TRY(for_each_row(sql, rows, [&](MYSQL_ROW row, const unsigned long* lengths) -> Status {
    if (rows.rows.size() == rows_max)
      return too_large("the statement gave more than " + std::to_string(rows_max) + " rows");
    auto& cells = rows.rows.emplace_back();
    for (std::size_t i = 0; i < rows.columns.size(); ++i)
      cells.push_back(row[i] ? std::optional(std::string(row[i], lengths[i])) : std::nullopt);
    return {};
  }));
  return rows;
}

Status MysqlConnection::set_timeout(std::chrono::milliseconds timeout) {
  if (timeout == timeout_) return {};
  const std::string sql = is_mariadb_ ? fmt::format("set session max_statement_time = {:.3f}",
                                                    std::chrono::duration<double>(timeout).count())
                                      : "set session max_execution_time = " + std::to_string(timeout.count());
  TRY(run(sql, 1));
  timeout_ = timeout;
  return {};
}

Result<Rows> MysqlConnection::query(std::string_view sql, const QueryLimits& limits) {
  cancel_wanted_ = false;
  TRY(set_timeout(limits.timeout));
  return run(sql, limits.rows_max);
}

Status MysqlConnection::prepare_session() {
  for (const char* setting :
       {"set session transaction isolation level repeatable read, read only",
        "set session time_zone = '+00:00'",
        "set session sql_mode = replace(replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), "
        "'PAD_CHAR_TO_FULL_LENGTH', '')"})
    TRY(run(setting, 1));
  return {};
}

// Exactly as spelled, which the server finds at once, else in another letter case.
Result<Rows> MysqlConnection::find_table(const std::string& schema, const std::string& name) {
  const std::string select =
      "select table_schema, table_name, table_type from information_schema.tables where ";
  Rows found =
      TRY(query(select + "table_schema = " + literal(schema) + " and table_name = " + literal(name), {}));
  std::erase_if(found.rows, [&](const auto& row) { return row[0] != schema || row[1] != name; });
  if (!found.rows.empty()) return found;
  return query(select + "lower(table_schema) = lower(" + literal(schema) +
                   ") and lower(table_name) = lower(" + literal(name) + ")",
               {});
}

// MariaDB's JSON is a text that has to be JSON; only the description of a result tells it from others.
Status MysqlConnection::find_json(const std::string& table, TableInfo& info) {
  const std::string sql = "select * from " + table + " limit 0";
  if (mysql_real_query(handle_.get(), sql.data(), sql.size()) != 0) return failure();
  const MysqlResult result(mysql_use_result(handle_.get()));
  if (!result) return failure();
  std::set<std::string> json;
  for (unsigned int i = 0; i < mysql_num_fields(result.get()); ++i) {
    const MYSQL_FIELD* field = mysql_fetch_field_direct(result.get(), i);
    MARIADB_CONST_STRING format{};
    if (mariadb_field_attr(&format, field, MARIADB_FIELD_ATTR_FORMAT_NAME) == 0 &&
        std::string_view(format.str, format.length) == "json")
      json.insert(field->name);
  }
  for (ColumnInfo& column : info.columns)
    if (json.contains(column.name)) column.type = "json";
  return {};
}

std::vector<std::vector<std::string>> unique_columns(const Rows& indexes) {
  std::map<std::string, std::vector<std::string>> by_index;
  std::set<std::string> of_expressions;
  for (const auto& row : indexes.rows) {
    by_index[row[0].value_or("")].push_back(row[1].value_or(""));
    if (!row[1]) of_expressions.insert(row[0].value_or(""));
  }
  std::vector<std::vector<std::string>> unique;
  for (auto& [index, columns] : by_index)
    if (!of_expressions.contains(index)) unique.push_back(std::move(columns));
  return unique;
}

// A database is a schema here; in a name of three parts the first may be "def", as the server calls it.
Result<std::optional<TableInfo>> MysqlConnection::describe(const TablePath& table) {
  if (table.empty() || table.size() > 3)
    return invalid_input("a table's name has one or two parts: [database.]table");
  const std::string schema = table.size() == 1 ? option(options_, "dbname") : table[table.size() - 2];
  if (table.size() == 3 && table[0] != "def" && to_lower(table[0]) != to_lower(schema))
    return invalid_input("\"" + table[0] + "\" is no database of \"" + schema +
                         "\": MySQL's tables have names of two parts, [database.]table");
  const Rows found = TRY(find_table(schema, table.back()));
  if (found.rows.size() != 1) return std::optional<TableInfo>();
  const auto& row = found.rows.front();
  const std::string path = quote(*row[0]) + "." + quote(*row[1]);
  const std::string which =
      " where table_schema = " + literal(*row[0]) + " and table_name = " + literal(*row[1]);
  const Rows columns = TRY(
      query("select column_name, column_type, is_nullable, collation_name from information_schema.columns" +
                which + " order by ordinal_position",
            {}));
  TableInfo info{.is_view = row[2] == "VIEW", .columns = {}};
  for (const auto& column : columns.rows)
    info.columns.push_back({.name = column[0].value_or(""),
                            .type = column[1].value_or(""),
                            .nullable = column[2] != "NO",
                            .collation = column[3].value_or("")});
  info.unique = unique_columns(TRY(query("select index_name, column_name from information_schema.statistics" +
                                             which + " and non_unique = 0 order by index_name, seq_in_index",
                                         {})));
  TRY(find_json(path, info));
  resolved_[table] = path;
  return std::optional(std::move(info));
}

Result<Options> options_of(const model::DataSource& source) {
  Options options = TRY(server_options(source));
  TRY(tls_wish(options));
  return options;
}

Result<std::unique_ptr<MysqlConnection>> connect_to(const model::DataSource& source) {
  Options options = TRY(options_of(source));
  Handle handle = TRY(connected(options));
  auto connection = std::make_unique<MysqlConnection>(std::move(handle), source, std::move(options));
  TRY(connection->prepare_session());
  return connection;
}

class MysqlDatabase : public Database {
 public:
  explicit MysqlDatabase(model::DataSource source) : source_(std::move(source)) {}

  Result<std::unique_ptr<Connection>> connect() override {
    return std::unique_ptr<Connection>(TRY(connect_to(source_)));
  }

 private:
  const model::DataSource source_;
};

class MysqlStream : public RowStream {
 public:
  MysqlStream(std::shared_ptr<MysqlConnection> connection, StreamSource source)
      : connection_(std::move(connection)),
        source_(std::move(source)),
        misfits_(source_.table.columns.size()) {
    for (const ColumnInfo& column : source_.table.columns) {
      readers_.push_back(mysql_reader(column));
      columns_.push_back(stream_column(column.name, readers_.back().kind));
    }
  }

  const std::vector<StreamColumn>& columns() const override { return columns_; }
  void cancel() override { connection_->cancel(); }
  std::optional<std::int64_t> expected_rows() const override { return source_.expected_rows; }
  Result<bool> read_into(TableWriter& writer) override;

 private:
  std::shared_ptr<MysqlConnection> connection_;
  StreamSource source_;
  std::vector<MysqlReader> readers_;
  std::vector<StreamColumn> columns_;
  std::vector<bool> misfits_;
};

Result<bool> MysqlStream::read_into(TableWriter& writer) {
  std::string list;
  for (const MysqlReader& reader : readers_)
    list += (list.empty() ? "" : ", ") + reader.expression;
  bool fits = true;
  Rows ignored;
  const auto take = [&](MYSQL_ROW row, const unsigned long* lengths) -> Status {
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      if (!row[i]) {
        writer.set_null(i);
      } else if (!misfits_[i]) {
        misfits_[i] = !TRY_DURING("column " + columns_[i].name,
                                  write_text(writer, i, readers_[i].kind, {row[i], lengths[i]}));
        fits = fits && !misfits_[i];
      }
    }
    if (fits) TRY(writer.end_row());
    return {};
  };
  TRY(connection_->for_each_row("select " + list + source_.from, ignored, take));
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    if (!misfits_[i]) continue;
    readers_[i].kind = wider(readers_[i].kind);
    columns_[i] = stream_column(columns_[i].name, readers_[i].kind);
    misfits_[i] = false;
  }
  return fits;
}

}  // namespace

Result<std::unique_ptr<Database>> open_mysql(const model::DataSource& source) {
  TRY(options_of(source));
  return std::unique_ptr<Database>(std::make_unique<MysqlDatabase>(source));
}

Result<std::unique_ptr<RowStream>> open_mysql_stream(const Relation& relation) {
  auto connection = std::dynamic_pointer_cast<MysqlConnection>(relation.session);
  if (!connection) connection = TRY(connect_to(relation.source));
  StreamSource source = TRY(stream_source(*connection, relation));
  return std::unique_ptr<RowStream>(std::make_unique<MysqlStream>(std::move(connection), std::move(source)));
}

}  // namespace vernier::engine
