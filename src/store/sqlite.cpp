// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <fmt/format.h>

namespace vernier::store {
namespace {

ErrorKind kind_of(int code) {
  if (code == SQLITE_CONSTRAINT_FOREIGNKEY) return ErrorKind::conflict;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
      return ErrorKind::corrupt;
    case SQLITE_TOOBIG:
      return ErrorKind::too_large;
    default:
      return ErrorKind::unavailable;
  }
}

Error sqlite_error(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  return {kind_of(code), fmt::format("record: {} (SQLite code {})", sqlite3_errmsg(database), code)};
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* text = std::get_if<std::string_view>(&value))
    return sqlite3_bind_text64(statement, index, text->empty() ? "" : text->data(), text->size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  if (const auto* bytes = std::get_if<Bytes>(&value))
    return sqlite3_bind_blob64(statement, index, bytes->content.data(), bytes->content.size(), SQLITE_STATIC);
  return sqlite3_bind_null(statement, index);
}

}  // namespace

std::int64_t Row::integer() {
  return sqlite3_column_int64(statement_, next_++);
}

std::string Row::text() {
  const int column = next_++;
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (!bytes) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

Result<Statement> Statement::prepare(sqlite3* database, std::string_view sql, Values values) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr) != SQLITE_OK)
    return sqlite_error(database);
  Statement statement(prepared);
  int index = 0;
  for (const Value& value : values)
    if (bind(prepared, ++index, value) != SQLITE_OK) return sqlite_error(database);
  CHECK(index == sqlite3_bind_parameter_count(prepared));
  return statement;
}

Result<bool> Statement::step() const {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return sqlite_error(sqlite3_db_handle(statement_.get()));
  }
}

Status Session::run_script(const std::string& sql) const {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_error(database_);
  return {};
}

Status Session::execute(std::string_view sql, Values values) const {
  const Statement statement = TRY(Statement::prepare(database_, sql, values));
  while (TRY(statement.step())) {
  }
  return {};
}

Status Session::change(std::string_view sql, Values values, std::string_view what) const {
  TRY(execute(sql, values));
  if (sqlite3_changes(database_) == 0) return not_found(fmt::format("{} does not exist", what));
  return {};
}

Result<std::int64_t> Session::insert(std::string_view sql, Values values) const {
  if (const Status done = execute(sql, values); !done.ok()) {
    if (done.error().kind != ErrorKind::conflict) return done.error();
    return not_found("a record that the new one names does not exist");
  }
  return sqlite3_last_insert_rowid(database_);
}

Result<Transaction> Transaction::begin(const Session& session) {
  TRY(session.run_script("BEGIN IMMEDIATE"));
  return Transaction(session);
}

Status Transaction::commit() {
  TRY(session_->run_script("COMMIT"));
  session_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // SQLite undoes the transaction at the next start if it cannot do so now.
  if (session_) (void)session_->run_script("ROLLBACK").ok();
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(
      file.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, nullptr);
  // On failure, too, the handle wants closing, and holds the message.
  std::unique_ptr<Database> database(new Database(opened));
  if (code != SQLITE_OK) return sqlite_error(opened).during(fmt::format("open {}", file.string()));
  const Status set = database->session().run_script(
      "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;");
  if (!set.ok()) return set.error().during(fmt::format("open {}", file.string()));
  return database;
}

}  // namespace vernier::store
