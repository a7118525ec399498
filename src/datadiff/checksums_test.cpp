// SPDX-License-Identifier: Apache-2.0
// Awkward values of all types that checksums are made of: whether two rows differ is the same by checksums as
// by reading them.
#include "datadiff/checksums.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using engine::Dialect;

// Literals of one type on each side; each of production's meets each of the pull request's in a row.
struct Case {
  std::string name;
  std::string first_type;
  std::string second_type;
  std::vector<std::string> first;
  std::vector<std::string> second;
  bool possible = true;
};

std::string table_sql(const Case& tested, std::size_t side) {
  std::string sql = "drop table if exists t;\ncreate table t (id int primary key, v " +
                    (side == 0 ? tested.first_type : tested.second_type) + ");\n";
  std::size_t id = 0;
  for (const std::string& first : tested.first)
    for (const std::string& second : tested.second)
      sql += fmt::format("insert into t values ({}, {});\n", id++, side == 0 ? first : second);
  return sql;
}

void expect_both_ways_agree(TestDatabase& production, TestDatabase& pull_request,
                            const std::vector<Case>& cases) {
  for (const Case& tested : cases) {
    SCOPED_TRACE(tested.name);
    const model::Sides<model::DataSource> sources = {production.source(), pull_request.source()};
    production.fill(table_sql(tested, 0));
    pull_request.fill(table_sql(tested, 1));
    DiffRequest request;
    request.tables = {engine::TablePath{"t"}, engine::TablePath{"t"}};
    request.pk_columns = {"id"};
    request.algorithm = Algorithm::stream;
    Cancel cancel;
    const model::TableDiff streamed = diff_across(sources, request, {}, cancel);
    EXPECT_TRUE(streamed.has_figures()) << streamed.why;
    std::int64_t rows_read = 0;
    const auto summed = diff_by_checksums(
        sources, request, {.rows_per_segment = 1},
        [&](const DiffRequest& wanted) {
          model::TableDiff diff = diff_across(sources, wanted, {}, cancel);
          rows_read = diff.pks.total_rows[0];
          return diff;
        },
        cancel);
    EXPECT_EQ(summed.ok(), tested.possible);
    if (!summed) continue;
    EXPECT_EQ(summed->values.rows_with_differences, streamed.values.rows_with_differences);
    EXPECT_EQ(summed->pks.total_rows, streamed.pks.total_rows);
    EXPECT_EQ(summed->schema.column_type_mismatches, streamed.schema.column_type_mismatches);
    EXPECT_EQ(summed->result, streamed.result);
    EXPECT_LT(rows_read, streamed.pks.total_rows[0]) << "no equal row was found by its checksum";
  }
}

Case alike(const std::string& name, const std::string& type, const std::vector<std::string>& values,
           bool possible = true) {
  return {name, type, type, values, values, possible};
}

TEST(ChecksumsOfPostgreSql, SeeWhatReadingSees) {
  const auto production = test_database(Dialect::postgresql);
  if (!production) GTEST_SKIP() << "this machine has no PostgreSQL server";
  const auto pull_request = test_database(Dialect::postgresql);
  std::vector<Case> cases = {
      {"decimals of unlike scales",
       "numeric(10,2)",
       "numeric(12,4)",
       {"1.5", "'NaN'", "100", "null"},
       {"1.5", "'NaN'", "100.0001", "100"}},
      {"numbers of any size", "numeric", "numeric(10,2)", {"1.50", "'NaN'", "1e50"}, {"1.5", "'NaN'", "2"}},
      {"integers and decimals", "bigint", "numeric(10,2)", {"1", "-100", "null"}, {"1", "-100", "1.5"}},
      {"integers and booleans", "integer", "boolean", {"0", "1", "2"}, {"true", "false", "null"}},
      {"times with and without zone",
       "timestamp",
       "timestamptz",
       {"'2026-01-01 12:00'", "'infinity'", "null"},
       {"'2026-01-01 12:00+00'", "'2026-01-01 12:00+02'", "'infinity'"}},
      {"UUIDs and their text",
       "uuid",
       "text",
       {"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "null"},
       {"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "null"}},
      {"padded text", "char(5)", "varchar(5)", {"'a'", "'a b'", "''"}, {"'a'", "'a '", "''"}},
      {"text and numbers", "text", "integer", {"'1'"}, {"1"}, false},
  };
  cases.insert(
      cases.end(),
      {alike("text", "text", {"''", "null", "'~'", "'a|1:b'", "'A'", "'a '", "'ü'", "'1:a'"}),
       alike("doubles", "double precision",
             {"0.1", "'-0'", "0", "'NaN'", "'infinity'", "0.30000000000000004", "0.3"}),
       alike("dates", "date", {"'2026-01-01'", "'infinity'", "'-infinity'", "'0044-03-15 BC'", "null"}),
       alike("late times", "timestamp",
             {"'290000-01-01'", "'9999-12-31 12:00'", "'2026-01-01 00:00:00.000001'"}),
       alike("bytes", "bytea", {"'\\x00ff'", "'\\x'", "null"}),
       alike("JSON", "jsonb", {"'{\"a\": 1, \"b\": 2}'", "'{\"b\": 2, \"a\": 1}'", "'[1]'", "null"}),
       alike("points", "point", {"'(1,2)'"}, false)});
  expect_both_ways_agree(*production, *pull_request, cases);
}

TEST(ChecksumsOfPostgreSqlAndMariaDb, SeeWhatReadingSees) {
  const auto production = test_database(Dialect::postgresql);
  const auto pull_request = test_database(Dialect::mysql);
  if (!production || !pull_request) GTEST_SKIP() << "this machine lacks a server";
  expect_both_ways_agree(
      *production, *pull_request,
      {{"booleans", "boolean", "tinyint(1)", {"true", "false", "null"}, {"1", "0", "2", "null"}},
       {"decimals",
        "numeric(10,2)",
        "decimal(12,4)",
        {"1.5", "'NaN'", "100", "-0.5"},
        {"1.5", "100.0001", "100", "-0.5"}},
       {"integers and decimals", "integer", "decimal(10,0)", {"100", "-1", "0"}, {"100", "10", "0"}},
       {"text",
        "text",
        "varchar(20)",
        {"'a'", "''", "null", "'1:a'", "'ü'"},
        {"'a'", "'A'", "''", "null", "'ü'", "'a '"}},
       {"text in another encoding",
        "text",
        "varchar(20) character set latin1",
        {"'a'", "'ü'"},
        {"'a'", "'ü'"}},
       {"dates",
        "date",
        "date",
        {"'2026-01-01'", "'0044-03-15 BC'", "null"},
        {"'2026-01-01'", "'2026-01-02'", "null"}},
       {"times",
        "timestamp",
        "datetime(6)",
        {"'2026-01-01 12:00'", "'2026-01-01 12:00:00.000001'", "null"},
        {"'2026-01-01 12:00'", "'2026-01-01 12:00:00.000001'", "null"}},
       {"times of less precision",
        "timestamp",
        "datetime",
        {"'2026-01-01 12:00'"},
        {"'2026-01-01 12:00'", "'2026-01-01 12:00:01'"}},
       {"bytes", "bytea", "varbinary(10)", {"'ab'", "null"}, {"'ab'", "'ac'", "null"}},
       {"UUIDs",
        "uuid",
        "uuid",
        {"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "null"},
        {"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "null"}},
       {"doubles", "double precision", "double", {"0.1"}, {"0.1"}, false}});
}

class ChecksumsOfBusyTables : public ::testing::TestWithParam<Dialect> {};

// Somebody changes, removes and adds rows between the sums and the reading, as many as there were.
TEST_P(ChecksumsOfBusyTables, SeeOneSnapshot) {
  const auto production = test_database(GetParam());
  const auto pull_request = test_database(GetParam());
  if (!production || !pull_request) GTEST_SKIP() << "this machine lacks a server";
  const std::string filled =
      "create table t (id int primary key, v int);\ninsert into t with recursive i(n) as (select 0 union all "
      "select n + 1 from i where n < 999) select n, n from i;\n";
  production->fill(filled);
  pull_request->fill(filled + "update t set v = -1 where id in (10, 500, 900);\n");
  DiffRequest request;
  request.tables = {engine::TablePath{"t"}, engine::TablePath{"t"}};
  request.pk_columns = {"id"};
  request.algorithm = Algorithm::stream;
  const model::Sides<model::DataSource> sources = {production->source(), pull_request->source()};
  Cancel cancel;
  const auto diff = diff_by_checksums(
      sources, request, {.rows_per_segment = 10},
      [&](const DiffRequest& wanted) {
        production->fill("update t set v = 7;\n");
        pull_request->fill(
            "update t set v = id;\ndelete from t where id = 500;\ninsert into t values (5000, 1);\n");
        return diff_across(sources, wanted, {}, cancel);
      },
      cancel);
  ASSERT_TRUE(diff.ok() && diff->has_figures()) << (diff.ok() ? diff->why : diff.error().message);
  EXPECT_EQ(diff->values.rows_with_differences, 3);
  EXPECT_EQ(diff->pks.exclusives, (model::Sides<std::int64_t>{0, 0}));
  EXPECT_EQ(diff->pks.total_rows, (model::Sides<std::int64_t>{1000, 1000}));
}

INSTANTIATE_TEST_SUITE_P(Servers, ChecksumsOfBusyTables,
                         ::testing::Values(Dialect::postgresql, Dialect::mysql),
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace vernier::datadiff
