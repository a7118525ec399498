// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace vernier::store {

struct Bytes {
  std::string_view content;
};

// What a statement's `?` is bound to. Texts and bytes must outlive the call; monostate is NULL.
using Value = std::variant<std::monostate, std::int64_t, std::string_view, Bytes>;
using Values = std::initializer_list<Value>;

// Records name other records by id, and nothing by 0 or an empty text; in the tables that is NULL, which
// foreign keys let pass.
inline Value or_null(std::int64_t id) {
  return id == 0 ? Value() : Value(id);
}
inline Value or_null(std::string_view id) {
  return id.empty() ? Value() : Value(id);
}

// One row of a result, read column by column in the order of the SELECT.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  std::int64_t integer();  // NULL reads as 0
  std::string text();      // any bytes; NULL reads as empty

 private:
  sqlite3_stmt* statement_;
  int next_ = 0;
};

class Statement {
 public:
  static Result<Statement> prepare(sqlite3* database, std::string_view sql, Values values);
  // Goes on to the next row; false behind the last one.
  Result<bool> step() const;
  Row row() const { return Row(statement_.get()); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// The database, held by one thread for as long as the session lives.
class Session {
 public:
  Session(sqlite3* database, std::mutex& mutex) : lock_(mutex), database_(database) {}

  // Several statements without values, for schema and settings.
  Status run_script(const std::string& sql) const;
  Status execute(std::string_view sql, Values values) const;
  // An UPDATE or DELETE that must meet a row; fails with not_found, naming `what`, where there is none.
  Status change(std::string_view sql, Values values, std::string_view what) const;
  // Gives the new row's id. Fails with not_found where a record that the row names does not exist.
  Result<std::int64_t> insert(std::string_view sql, Values values) const;

  // All rows, each through `read`: Result<T>(Row&).
  template <typename T, typename Read>
  Result<std::vector<T>> select(std::string_view sql, Values values, Read read) const {
    const Statement statement = TRY(Statement::prepare(database_, sql, values));
    std::vector<T> rows;
    while (TRY(statement.step())) {
      Row row = statement.row();
      rows.push_back(TRY(read(row)));
    }
    return rows;
  }

  // The first row; fails with not_found, naming `what`, where there is none.
  template <typename T, typename Read>
  Result<T> select_one(std::string_view sql, Values values, Read read, std::string_view what) const {
    std::vector<T> rows = TRY(select<T>(sql, values, read));
    if (rows.empty()) return not_found(std::string(what) + " does not exist");
    return std::move(rows.front());
  }

 private:
  std::unique_lock<std::mutex> lock_;
  sqlite3* database_;
};

// Statements that happen together or not at all: what is not committed is undone.
class Transaction {
 public:
  static Result<Transaction> begin(const Session& session);
  Status commit();
  Transaction(Transaction&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

 private:
  explicit Transaction(const Session& session) : session_(&session) {}
  const Session* session_;
};

// One SQLite file through one connection, whose users wait for each other.
class Database {
 public:
  // Creates the file if it is not there. Commits are flushed to disk before they return.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
  Session session() { return {database_.get(), mutex_}; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
  std::mutex mutex_;
};

}  // namespace vernier::store
