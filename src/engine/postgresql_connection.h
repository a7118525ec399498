// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "engine/released.h"

namespace vernier::engine {

using PgConnection = std::unique_ptr<PGconn, Releaser<&PQfinish>>;
using PgResult = std::unique_ptr<PGresult, Releaser<&PQclear>>;
using PgCancel = std::unique_ptr<PGcancel, Releaser<&PQfreeCancel>>;

// One session with a server.
class PostgresConnection : public Connection {
 public:
  explicit PostgresConnection(PgConnection connection)
      : connection_(std::move(connection)), cancel_(PQgetCancel(connection_.get())) {}

  Dialect dialect() const override { return Dialect::postgresql; }
  Result<std::optional<TableInfo>> describe(const TablePath& table) override;
  std::string quoted(const TablePath& table) const override { return resolved_.at(table); }
  Result<Rows> query(std::string_view sql, const QueryLimits& limits) override;
  void cancel() override;

  Status prepare_session();
  Status set_parameters(const SessionParameters& parameters);
  int server_version() const { return PQserverVersion(connection_.get()); }  // 140003 is 14.3
  // Without an encoding the server passes on whatever bytes were written.
  bool keeps_any_bytes() const {
    const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
    return encoding && std::string_view(encoding) == "SQL_ASCII";
  }

  // Begins COPY ... TO STDOUT (FORMAT binary), of which next_piece() gives a piece of the answer, at least
  // one row, at a time, that lives until the next call; an empty one after the last.
  Status begin_copy(const std::string& sql);
  Result<std::string_view> next_piece();
  // Ends it where it was not read to its end.
  void give_up_copy();

 private:
  Result<Rows> run(const std::string& sql, std::size_t rows_max);
  Error error_of(const PGresult* result) const;
  Error connection_error() const;
  void drain();

  PgConnection connection_;
  PgCancel cancel_;
  std::unique_ptr<char, Releaser<&PQfreemem>> piece_;
  std::atomic<bool> cancel_wanted_ = false;
  std::chrono::milliseconds timeout_{0};
  std::chrono::milliseconds own_timeout_{0};  // of every statement, as the session's parameters say; 0: none
  std::string database_;
  std::map<TablePath, std::string> resolved_;
};

// How to connect, by libpq's own keywords, and what to set then.
struct PostgresTarget {
  std::map<std::string, std::string> parameters;
  SessionParameters session;
};

// Fails with invalid_input on options that make no sense.
Result<PostgresTarget> postgres_target(model::DataSource source);
Result<std::unique_ptr<PostgresConnection>> connect_to(const PostgresTarget& target);

}  // namespace vernier::engine
