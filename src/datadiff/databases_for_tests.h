// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <duckdb.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "base/file.h"
#include "datadiff/datadiff.h"
#include "engine/engine.h"
#include "throwaway_mariadb.h"
#include "throwaway_postgres.h"

namespace vernier::datadiff {

// A database that a test fills and then diffs in, of any kind.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  virtual engine::Dialect dialect() const = 0;
  virtual model::DataSource source() const = 0;
  // Runs statements that end with semicolons.
  virtual void fill(const std::string& sql) = 0;

  // The same, then gives a session as the program has it.
  std::unique_ptr<engine::Connection> filled(const std::string& sql) {
    fill(sql);
    auto database = engine::open(source());
    if (!database) throw std::runtime_error(database.error().message);
    auto connection = (*database)->connect();
    if (!connection) throw std::runtime_error(connection.error().message);
    return std::move(*connection);
  }
};

class DuckTestDatabase : public TestDatabase {
 public:
  DuckTestDatabase() : folder_(TempDir::create("/tmp").value()) {}

  engine::Dialect dialect() const override { return engine::Dialect::duckdb; }
  std::string path() const { return (folder_.path() / "shop.duckdb").string(); }
  model::DataSource source() const override {
    model::DataSource source{.id = 1, .name = "duck", .type = "duckdb", .temp_schema = {}};
    source.options["path"] = path();
    return source;
  }
  void fill(const std::string& sql) override {
    duckdb_database database = nullptr;
    duckdb_connection connection = nullptr;
    EXPECT_EQ(duckdb_open(path().c_str(), &database), DuckDBSuccess);
    EXPECT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
    duckdb_result result;
    EXPECT_EQ(duckdb_query(connection, sql.c_str(), &result), DuckDBSuccess)
        << duckdb_result_error(&result) << sql;
    duckdb_destroy_result(&result);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  }

 private:
  TempDir folder_;
};

class PostgresTestDatabase : public TestDatabase {
 public:
  explicit PostgresTestDatabase(std::unique_ptr<vernier::testing::ThrowawayPostgres> server)
      : server_(std::move(server)) {}

  engine::Dialect dialect() const override { return engine::Dialect::postgresql; }
  model::DataSource source() const override { return server_->source(); }
  void fill(const std::string& sql) override { server_->execute(sql); }

 private:
  std::unique_ptr<vernier::testing::ThrowawayPostgres> server_;
};

class MariaTestDatabase : public TestDatabase {
 public:
  explicit MariaTestDatabase(std::unique_ptr<vernier::testing::ThrowawayMariaDb> server)
      : server_(std::move(server)) {}

  engine::Dialect dialect() const override { return engine::Dialect::mysql; }
  model::DataSource source() const override { return server_->source(); }
  // In standard SQL, as far as the server goes along.
  void fill(const std::string& sql) override {
    server_->execute(
        "set sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES';\n" + sql);
  }

 private:
  std::unique_ptr<vernier::testing::ThrowawayMariaDb> server_;
};

class SqliteTestDatabase : public TestDatabase {
 public:
  SqliteTestDatabase() : folder_(TempDir::create("/tmp").value()) {}

  engine::Dialect dialect() const override { return engine::Dialect::sqlite; }
  model::DataSource source() const override {
    model::DataSource source{.id = 1, .name = "file", .type = "sqlite", .temp_schema = {}};
    source.options["path"] = (folder_.path() / "shop.sqlite").string();
    return source;
  }
  void fill(const std::string& sql) override {
    sqlite3* database = nullptr;
    const std::string path = source().options["path"];
    EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    const std::string statements = "begin;" + sql + "commit;";
    EXPECT_EQ(sqlite3_exec(database, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

 private:
  TempDir folder_;
};

// nullptr where this machine has no server of the kind.
inline std::unique_ptr<TestDatabase> test_database(engine::Dialect dialect) {
  if (dialect == engine::Dialect::duckdb) return std::make_unique<DuckTestDatabase>();
  if (dialect == engine::Dialect::sqlite) return std::make_unique<SqliteTestDatabase>();
  if (dialect == engine::Dialect::mysql) {
    auto server = vernier::testing::ThrowawayMariaDb::start();
    return server ? std::make_unique<MariaTestDatabase>(std::move(server)) : nullptr;
  }
  auto server = vernier::testing::ThrowawayPostgres::start();
  return server ? std::make_unique<PostgresTestDatabase>(std::move(server)) : nullptr;
}

inline std::string name_of(engine::Dialect dialect) {
  switch (dialect) {
    case engine::Dialect::duckdb:
      return "DuckDb";
    case engine::Dialect::postgresql:
      return "PostgreSql";
    case engine::Dialect::mysql:
      return "MariaDb";
    case engine::Dialect::sqlite:
      return "Sqlite";
  }
  return "";
}

inline const auto all_dialects = ::testing::Values(engine::Dialect::duckdb, engine::Dialect::postgresql,
                                                   engine::Dialect::mysql, engine::Dialect::sqlite);

}  // namespace vernier::datadiff
