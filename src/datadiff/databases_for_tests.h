// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <duckdb.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "base/file.h"
#include "datadiff/datadiff.h"
#include "engine/engine.h"
#include "throwaway_postgres.h"

namespace vernier::datadiff {

// A database that a test fills and then diffs in, of either kind.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  virtual engine::Dialect dialect() const = 0;
  // Runs statements that end with semicolons, then gives a session as the program has it.
  virtual std::unique_ptr<engine::Connection> filled(const std::string& sql) = 0;

 protected:
  std::unique_ptr<engine::Connection> opened(const model::DataSource& source) {
    auto database = engine::open(source);
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
  model::DataSource source() const {
    model::DataSource source{.id = 1, .name = "duck", .type = "duckdb", .temp_schema = {}};
    source.options["path"] = path();
    return source;
  }
  std::unique_ptr<engine::Connection> filled(const std::string& sql) override {
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
    return opened(source());
  }

 private:
  TempDir folder_;
};

class PostgresTestDatabase : public TestDatabase {
 public:
  explicit PostgresTestDatabase(std::unique_ptr<vernier::testing::ThrowawayPostgres> server)
      : server_(std::move(server)) {}

  engine::Dialect dialect() const override { return engine::Dialect::postgresql; }
  std::unique_ptr<engine::Connection> filled(const std::string& sql) override {
    server_->execute(sql);
    return opened(server_->source());
  }

 private:
  std::unique_ptr<vernier::testing::ThrowawayPostgres> server_;
};

// nullptr where this machine cannot have such a database.
inline std::unique_ptr<TestDatabase> test_database(engine::Dialect dialect) {
  if (dialect == engine::Dialect::duckdb) return std::make_unique<DuckTestDatabase>();
  auto server = vernier::testing::ThrowawayPostgres::start();
  if (!server) return nullptr;
  return std::make_unique<PostgresTestDatabase>(std::move(server));
}

}  // namespace vernier::datadiff
