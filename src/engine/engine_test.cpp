// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <duckdb.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/file.h"
#include "throwaway_mariadb.h"
#include "throwaway_postgres.h"

namespace vernier::engine {
namespace {

using namespace std::chrono_literals;

model::DataSource duckdb_source(const std::string& path) {
  model::DataSource source{.id = 1, .name = "duck", .type = "duckdb", .temp_schema = {}};
  source.options["path"] = path;
  return source;
}

// Runs statements on a file that is open for writing; `held` while it still is.
void write_duckdb(
    const std::string& path, const std::string& sql, const std::function<void()>& held = [] {}) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  ASSERT_EQ(duckdb_open(path.c_str(), &database), DuckDBSuccess);
  ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  EXPECT_EQ(duckdb_query(connection, sql.c_str(), nullptr), DuckDBSuccess) << sql;
  held();
  duckdb_disconnect(&connection);
  duckdb_close(&database);
}

model::DataSource sqlite_source(const std::string& path) {
  model::DataSource source{.id = 1, .name = "file", .type = "sqlite", .temp_schema = {}};
  source.options["path"] = path;
  return source;
}

void write_sqlite(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

// What all databases promise, given tables "Orders"(id int, "Total" numeric) with 3 rows and a view `seen`.
void keeps_the_promises(Database& database, const std::string& slow_sql, const std::string& schema = "shop") {
  const auto connection = database.connect().value();
  const TablePath orders = {schema, "orders"};
  const auto info = connection->describe(orders).value();
  ASSERT_TRUE(info.has_value());
  ASSERT_EQ(info->columns.size(), 2u);
  EXPECT_EQ(info->columns[1].name, "Total");
  EXPECT_FALSE(info->is_view);
  const Rows rows =
      connection->query("select * from " + connection->quoted(orders) + " order by 1;", {}).value();
  ASSERT_EQ(rows.rows.size(), 3u);
  EXPECT_EQ(rows.columns, (std::vector<std::string>{"id", "Total"}));
  EXPECT_EQ(std::stod(rows.rows[0][1].value()), 1.5);
  EXPECT_EQ(rows.rows[2][1], std::nullopt);
  EXPECT_TRUE(connection->describe({schema, "seen"}).value()->is_view);
  EXPECT_FALSE(connection->describe({schema, "gone"}).value().has_value());
  EXPECT_EQ(connection->describe({"elsewhere", schema, "orders"}).error().kind, ErrorKind::invalid_input);

  const auto kind = [&](const std::string& sql, const QueryLimits& limits) {
    return connection->query(sql, limits).error().kind;
  };
  EXPECT_EQ(kind("select * from " + schema + ".seen", {.rows_max = 2}), ErrorKind::too_large);
  EXPECT_EQ(kind(slow_sql, {.timeout = 200ms}), ErrorKind::timed_out);
  EXPECT_EQ(kind("selec 1", {}), ErrorKind::invalid_input);
  EXPECT_FALSE(connection->query("create table " + schema + ".mine(x int)", {}).ok());
  EXPECT_FALSE(connection->query("select 1; select 2", {}).ok());
  std::thread canceller([&] {
    std::this_thread::sleep_for(300ms);
    connection->cancel();
  });
  EXPECT_EQ(kind(slow_sql, {}), ErrorKind::cancelled);
  canceller.join();
  EXPECT_EQ(connection->query("select 'it''s' as a", {}).value().rows[0][0], "it's");
}

constexpr const char* tables = R"(create schema shop;
  create table shop."Orders"(id int, "Total" numeric(10,2));
  insert into shop."Orders" values (1, 1.5), (2, 2), (3, null);
  create view shop.seen as select * from shop."Orders";)";

TEST(DuckDb, KeepsThePromisesOfAnEngine) {
  const TempDir folder = TempDir::create("/tmp").value();
  const std::string path = (folder.path() / "bakery.duckdb").string();
  write_duckdb(path, tables);
  const auto database = open(duckdb_source(path)).value();
  keeps_the_promises(*database,
                     "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = 7");
}

TEST(DuckDb, ReadsNoOtherFileAndTakesTheFileStemAsItsCatalog) {
  const TempDir folder = TempDir::create("/tmp").value();
  const std::string path = (folder.path() / "bakery.duckdb").string();
  write_duckdb(path, tables);
  const auto database = open(duckdb_source(path)).value();
  const auto connection = database->connect().value();
  EXPECT_FALSE(connection->query("select * from read_text('/etc/passwd')", {}).ok());
  EXPECT_FALSE(connection->query("attach '" + path + ".other' as other", {}).ok());
  EXPECT_FALSE(connection->query("set enable_external_access = true", {}).ok());
  EXPECT_TRUE(connection->describe({"BAKERY", "shop", "Orders"}).value().has_value());
}

TEST(DuckDb, TellsWhereTheRowsOfTablesAreStored) {
  const TempDir folder = TempDir::create("/tmp").value();
  const std::string path = (folder.path() / "bakery.duckdb").string();
  write_duckdb(path,
               "create table t as select range + 5 as id from range(3); create view seen as select * from t; "
               "create table hidden as select 'x' as RowId;");
  const auto connection = open(duckdb_source(path)).value()->connect().value();
  const auto stored = connection->describe({"t"}).value()->stored;
  ASSERT_TRUE(stored);
  const Rows rows = connection->query(stored->rows, {}).value();
  EXPECT_EQ(rows.columns, (std::vector<std::string>{"vernier_place", "id"}));
  EXPECT_EQ(rows.rows[2], (std::vector<std::optional<std::string>>{"2", "7"}));
  EXPECT_FALSE(connection->describe({"seen"}).value()->stored);
  EXPECT_FALSE(connection->describe({"hidden"}).value()->stored);
}

TEST(DuckDb, NamesWhoHoldsTheFile) {
  const TempDir folder = TempDir::create("/tmp").value();
  const std::string path = (folder.path() / "bakery.duckdb").string();
  EXPECT_EQ(open(duckdb_source(path)).error().kind, ErrorKind::not_found);
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    write_duckdb(path, tables, [&] {
      (void)!::write(ready[1], "x", 1);
      std::this_thread::sleep_for(30s);
    });
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto opened = open(duckdb_source(path));
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
  EXPECT_NE(opened.error().message.find("PID " + std::to_string(writer)), std::string::npos)
      << opened.error().message;
}

TEST(PostgreSql, KeepsThePromisesOfAnEngine) {
  const auto server = testing::ThrowawayPostgres::start();
  if (!server) GTEST_SKIP() << "no PostgreSQL server on this machine";
  server->execute(tables);
  const auto database = open(server->source()).value();
  keeps_the_promises(*database, "select pg_sleep(20)");
  const auto connection = database->connect().value();
  EXPECT_EQ(connection->describe({"shop", "orders"}).value()->columns[1].type, "numeric(10,2)");
}

TEST(MariaDb, KeepsThePromisesOfAnEngine) {
  const auto server = testing::ThrowawayMariaDb::start();
  if (!server) GTEST_SKIP() << "no MariaDB server on this machine";
  server->execute(R"(create table `Orders`(id int primary key, `Total` decimal(10,2));
    insert into `Orders` values (1, 1.5), (2, 2), (3, null);
    create view seen as select * from `Orders`;
    create table documents(a json, b longtext);)");
  const auto database = open(server->source()).value();
  keeps_the_promises(*database,
                     "select count(*) from seq_1_to_1000000 a, seq_1_to_1000000 b where a.seq + b.seq = 7");
  const auto connection = database->connect().value();
  const TableInfo orders = connection->describe({"Orders"}).value().value();
  EXPECT_EQ(orders.columns[1].type, "decimal(10,2)");
  EXPECT_EQ(orders.unique, (std::vector<std::vector<std::string>>{{"id"}}));
  const TableInfo documents = connection->describe({"documents"}).value().value();
  EXPECT_EQ(documents.columns[0].type, "json");
  EXPECT_EQ(documents.columns[1].type, "longtext");
}

TEST(Sqlite, KeepsThePromisesOfAnEngine) {
  const TempDir folder = TempDir::create("/tmp").value();
  const std::string path = (folder.path() / "bakery.sqlite").string();
  EXPECT_EQ(open(sqlite_source(path)).error().kind, ErrorKind::not_found);
  write_sqlite(path, R"(create table "Orders"(id integer primary key, "Total" numeric(10,2));
    insert into "Orders" values (1, '1.50'), (2, 2), (3, null);
    create unique index some on "Orders"("Total") where "Total" > 0;
    create unique index whole on "Orders"("Total", id);
    create view seen as select * from "Orders";)");
  const auto database = open(sqlite_source(path)).value();
  keeps_the_promises(*database,
                     "with recursive r(x) as (select 1 union all select x + 1 from r) select count(*) from r",
                     "main");
  const auto connection = database->connect().value();
  EXPECT_FALSE(connection->query("attach '" + path + "' as other", {}).ok());
  const TableInfo orders = connection->describe({"bakery", "main", "Orders"}).value().value();
  EXPECT_EQ(orders.unique, (std::vector<std::vector<std::string>>{{"id"}, {"Total", "id"}}));
}

TEST(PostgreSql, TellsNoPasswordWhenItCannotConnect) {
  model::DataSource source = parse_url("postgresql://me:s3cret@127.0.0.1:1/db").value();
  const auto database = open(source).value();
  const auto connection = database->connect();
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(connection.error().message.find("s3cret"), std::string::npos);
}

TEST(Open, RefusesUnknownTypesAndOptions) {
  model::DataSource source = duckdb_source("/nowhere");
  source.options["pathh"] = "x";
  EXPECT_EQ(open(source).error().kind, ErrorKind::invalid_input);
  source.type = "oracle";
  EXPECT_EQ(open(source).error().kind, ErrorKind::invalid_input);
}

TEST(ParseUrl, ReadsTheParts) {
  const Json options = parse_url("postgresql://me:p%40ss@[::1]:5433/shop?sslmode=require").value().options;
  EXPECT_EQ(options, (Json{{"dbname", "shop"},
                           {"host", "::1"},
                           {"port", 5433},
                           {"user", "me"},
                           {"password", "p@ss"},
                           {"sslmode", "require"}}));
  EXPECT_EQ(parse_url("duckdb://a/b.duckdb").value().options["path"], "a/b.duckdb");
  EXPECT_EQ(parse_url("sqlite:///b.db").value().options["path"], "/b.db");
  for (const char* url : {"mysql://me@h/shop", "mariadb://me@h/shop"})
    EXPECT_EQ(parse_url(url).value().type, "mysql") << url;
  for (const char* url : {"duckdb://", "oracle://x", "postgresql://host", "postgresql://host:99999/db"})
    EXPECT_EQ(parse_url(url).error().kind, ErrorKind::invalid_input) << url;
}

TEST(ParseTablePath, TakesQuotedPartsApart) {
  EXPECT_EQ(parse_table_path("db.s.t").value(), (TablePath{"db", "s", "t"}));
  EXPECT_EQ(parse_table_path(R"("a.b"."we""ird")").value(), (TablePath{"a.b", "we\"ird"}));
  for (const char* text : {"", "a..b", "a.", R"("a)", R"(a"b")", "a.b.c.d", R"("")"})
    EXPECT_FALSE(parse_table_path(text).ok()) << text;
}

TEST(Quoting, DoublesTheQuotesInside) {
  EXPECT_EQ(quote_identifier(Dialect::duckdb, R"(a"b)"), R"("a""b")");
  EXPECT_EQ(quote_literal(Dialect::duckdb, R"(it's \)"), R"('it''s \')");
  EXPECT_EQ(quote_literal(Dialect::postgresql, R"(it's \)"), R"(E'it''s \\')");
  EXPECT_EQ(quote_identifier(Dialect::mysql, "a`b"), "`a``b`");
  EXPECT_EQ(quote_literal(Dialect::mysql, "it's"), "'it''s'");
  EXPECT_EQ(quote_literal(Dialect::mysql, "\\"), "convert(0x5c using utf8mb4)");
}

TEST(RowCounters, CountTheRowsThatTheyAreCalledFor) {
  const auto folder = TempDir::create(std::filesystem::temp_directory_path());
  const std::string path = (folder->path() / "t.duckdb").string();
  write_duckdb(path, "create table t as select range as i from range(5000)");
  const auto database = open(duckdb_source(path));
  ASSERT_TRUE(database.ok());
  const auto session = (*database)->connect();
  ASSERT_TRUE(session.ok());
  const auto ask = [&](const std::string& sql) { return (*session)->query(sql, {}); };
  const auto counted = [&](const char* rows_max) {
    return ask(std::string("select count(*) from t where case when vernier_counted(1, ") + rows_max +
               ") then case when i % 2 = 0 then vernier_counted(2, 2500) end end");
  };
  EXPECT_EQ(ask("select vernier_new_counter(), vernier_new_counter()")->rows[0],
            (std::vector<std::optional<std::string>>{"1", "2"}));
  EXPECT_EQ(counted("5000")->rows[0][0], "2500");
  EXPECT_EQ(ask("select vernier_take_count(1), vernier_take_count(2)")->rows[0],
            (std::vector<std::optional<std::string>>{"5000", "2500"}));
  EXPECT_EQ(ask("select vernier_take_count(1)").error().kind, ErrorKind::invalid_input);

  ASSERT_TRUE(ask("select vernier_new_counter()").ok());
  const auto too_many = ask("select count(*) from t where vernier_counted(3, 4999)");
  ASSERT_FALSE(too_many.ok());
  EXPECT_TRUE(is_too_many_counted(too_many.error()));
  EXPECT_FALSE(ask("select count(vernier_new_counter()) from range(1000000)").ok()) << "memory is bounded";
}

}  // namespace
}  // namespace vernier::engine
