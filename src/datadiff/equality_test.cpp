// SPDX-License-Identifier: Apache-2.0
// Rules by which values are equal that are not alike, and lists in any order.
#include "datadiff/equality.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using engine::Dialect;

TEST(EqualityRules, MustSayWhatTheyAreFor) {
  EXPECT_TRUE(check_rules({{"price", "", "{a} is null and {b} = 0"}, {"", "decimal", "{b} = -1"}}).ok());
  EXPECT_FALSE(check_rules({{"price", "decimal", "{a} = 1"}}).ok());
  EXPECT_FALSE(check_rules({{"", "", "{a} = 1"}}).ok());
  EXPECT_FALSE(check_rules({{"price", "", "true"}}).ok());
  EXPECT_FALSE(check_rules({{"", "number", "{a} = 1"}}).ok());
  EXPECT_FALSE(check_rules({{"price", "", "{a} = '" + std::string(5000, 'x') + "'"}}).ok());
}

TEST(TypesOfTheApi, AreThoseOfColumns) {
  const std::vector<std::pair<std::string, std::string>> types = {{"numeric(10,2)", "decimal"},
                                                                  {"numeric", "unbounded_decimal"},
                                                                  {"DECIMAL(10,2)", "decimal"},
                                                                  {"HUGEINT", "integer"},
                                                                  {"double precision", "float"},
                                                                  {"character varying(9)", "string"},
                                                                  {"character(3)", "fixed_length_string"},
                                                                  {"timestamp with time zone", "timestamp"},
                                                                  {"STRUCT(a INTEGER)", "struct"},
                                                                  {"integer[]", "array"},
                                                                  {"jsonb", "json"}};
  for (const auto& [type, word] : types) {
    EXPECT_TRUE(is_of_type({.name = "c", .type = type}, word)) << type;
    EXPECT_FALSE(is_of_type({.name = "c", .type = type}, "boolean")) << type;
  }
  EXPECT_FALSE(is_of_type({.name = "c", .type = "numeric"}, "decimal"));
  EXPECT_FALSE(is_of_type({.name = "c", .type = "STRUCT(a INTEGER)"}, "map"));
}

DiffRequest request_of(std::vector<EqualityRule> rules) {
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = {"id"};
  request.rules = std::move(rules);
  return request;
}

class Equality : public ::testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    database_ = test_database(GetParam());
    if (!database_) GTEST_SKIP() << "this machine has no such server";
  }
  // Of the values, "changed".
  std::vector<std::int64_t> differences(const DiffRequest& request) {
    Cancel cancel;
    const model::TableDiff diff = diff_tables(*connection_, request, cancel);
    EXPECT_TRUE(diff.has_figures()) << diff.why;
    std::vector<std::int64_t> counts;
    for (const model::ColumnDiff& column : diff.values.columns_diff_stats)
      counts.push_back(column.values_different);
    counts.push_back(diff.values.rows_with_differences);
    return counts;
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<engine::Connection> connection_;
};

using Counts = std::vector<std::int64_t>;

TEST_P(Equality, FollowsTheRulesOfColumnsAndTypes) {
  // Some keys stand twice, so that rows are matched in both ways.
  std::string sql;
  for (const char* name : {"a", "b"})
    sql += fmt::format(
        "create table {} (id integer, price decimal(10,2), tax decimal(10,2), word varchar(20));\n", name);
  connection_ = database_->filled(
      sql +
      "insert into a values (1, 0, 1, 'x'), (2, null, -1, 'N/A'), (3, 5, -1, 'it''s'), (4, null, 1, null),"
      " (5, 1, 1, 'y'), (6, 1, 1, 'd'), (6, 2, 1, 'd');\n"
      "insert into b values (1, null, 1, 'x'), (2, 0, null, null), (3, 6, 2, 'x'), (4, 7, 1, null),"
      " (5, 1, 1, 'y'), (6, 1, 1, 'd'), (6, 99, 1, 'd');\n");
  EXPECT_EQ(differences(request_of({})), (Counts{5, 2, 2, 5}));
  EXPECT_EQ(differences(request_of({{"PRICE", "", "coalesce({a}, 0) = coalesce({b}, 0) -- legacy"}})),
            (Counts{3, 2, 2, 4}));
  EXPECT_EQ(differences(request_of({{"price", "", "coalesce({a}, 0) = coalesce({b}, 0)"},
                                    {"price", "", "{b} = 99"},
                                    {"word", "", "{a} = 'N/A' and {b} is null"}})),
            (Counts{2, 2, 1, 3}));
  EXPECT_EQ(differences(request_of({{"", "decimal", "{a} = -1 or {b} > 90"}})), (Counts{4, 0, 2, 4}));
  EXPECT_EQ(differences(request_of({{"", "string", "{a} = 'it''s'"}})), (Counts{5, 2, 1, 5}));
  EXPECT_EQ(differences(request_of({{"word", "", "{a} = '{b}'"}})), (Counts{5, 2, 2, 5}));
}

TEST_P(Equality, SaysWhatIsWrongWithARule) {
  connection_ = database_->filled(
      "create table a (id integer, v integer); create table b (id integer, v integer);"
      "insert into a values (1, 1); insert into b values (1, 2);");
  Cancel cancel;
  const auto why = [&](const EqualityRule& rule) {
    return diff_tables(*connection_, request_of({rule}), cancel).why;
  };
  EXPECT_NE(why({"id", "", "{a} = 1"}).find("has a rule of equality but"), std::string::npos);
  EXPECT_NE(why({"v", "", "no_such_function({a})"}).find("no_such_function"), std::string::npos);
}

// Numbers of text files are compared as texts where nothing else is asked for.
TEST(EqualityOfFiles, FollowsTheRulesOfNumbers) {
  const TempDir folder = TempDir::create("/tmp").value();
  model::Sides<model::DataSource> sources;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto path = folder.path() / fmt::format("{}.csv", side);
    std::string text = "id,price\n";
    for (int id = 0; id < 100; ++id)
      text += fmt::format("{},{}\n", id, static_cast<double>(id) + (side == 1 && id % 50 == 7 ? 1.5 : 0.5));
    ASSERT_TRUE(write_file_whole(path, text).ok());
    sources[side] = engine::parse_url("csv://" + path.string()).value();
  }
  const auto changed = [&](std::vector<EqualityRule> rules) {
    DiffRequest request;
    request.pk_columns = {"id"};
    request.rules = std::move(rules);
    Cancel cancel;
    const model::TableDiff diff = diff_across(sources, request, {}, cancel);
    EXPECT_TRUE(diff.has_figures()) << diff.why;
    return diff.values.rows_with_differences;
  };
  EXPECT_EQ(changed({}), 2);
  EXPECT_EQ(changed({{"price", "", "{b} - {a} = 1 and {a} < 50"}}), 1);
  EXPECT_EQ(changed({{"", "float", "{b} - {a} = 1"}}), 0);
}

INSTANTIATE_TEST_SUITE_P(Databases, Equality, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

class SortedLists : public Equality {};

TEST_P(SortedLists, AreEqualInAnyOrder) {
  const bool duck = GetParam() == Dialect::duckdb;
  const auto table = [&](const std::string& name, const std::string& rows) {
    return fmt::format(
        "create table {} (id integer, v integer[], w {}[], x text[]);\ninsert into {} values {};\n", name,
        name == "b" ? "bigint" : "integer", name, rows);
  };
  connection_ = database_->filled(
      table("a",
            "(1, array[1,2,3], array[1,2], array['a','b']), (2, array[1,1,2], array[1], array['a']), "
            "(3, null, null, null), (4, array[]::integer[], array[5]::integer[], array['a', null]), "
            "(5, array[null, 1], array[2, 1], array['B', 'a']), (6, array[1], array[1], array['x'])") +
      table("b",
            "(1, array[3,2,1], array[2,1], array['b','a']), (2, array[1,2,2], array[1], array['a']), "
            "(3, array[]::integer[], null, null), (4, array[]::integer[], array[5]::bigint[], array[null, "
            "'a']), "
            "(5, array[1, null], array[1, 2], array['a', 'B']), (6, array[1], array[1], array['X'])"));
  DiffRequest request = request_of({});
  EXPECT_EQ(differences(request), (Counts{4, 2, 4, 6}));
  request.sort_arrays = true;
  EXPECT_EQ(differences(request), (Counts{2, 0, 1, 3})) << duck;
}

INSTANTIATE_TEST_SUITE_P(Databases, SortedLists, ::testing::Values(Dialect::duckdb, Dialect::postgresql),
                         [](const auto& tested) { return name_of(tested.param); });

TEST(SortedArrays, OfPostgresqlMayHaveElementsWithoutOrderAndSeveralDimensions) {
  const auto database = test_database(Dialect::postgresql);
  if (!database) GTEST_SKIP() << "this machine has no such server";
  const auto connection = database->filled(
      "create table a (id int, docs json[], grid int[]);\ncreate table b (id int, docs json[], grid int[]);\n"
      "insert into a values (1, array['1','2']::json[], '{{1,2},{3,4}}');\n"
      "insert into b values (1, array['2','1']::json[], '{{3,4},{1,2}}');\n");
  DiffRequest request = request_of({});
  request.sort_arrays = true;
  Cancel cancel;
  const model::TableDiff diff = diff_tables(*connection, request, cancel);
  ASSERT_TRUE(diff.has_figures()) << diff.why;
  EXPECT_EQ(diff.values.columns_diff_stats[0].values_different, 0);
  EXPECT_EQ(diff.values.columns_diff_stats[1].values_different, 1);
}

TEST(SortedListsAcross, OfTwoDatabasesAreEqualInAnyOrder) {
  const auto production = test_database(Dialect::postgresql);
  if (!production) GTEST_SKIP() << "this machine has no such server";
  const auto pull_request = test_database(Dialect::duckdb);
  production->fill(
      "create table a (id int, v int[]); insert into a values (1, '{3,1,2}'), (2, '{1}'), (3, null);");
  pull_request->fill(
      "create table b (id int, v int[]); insert into b values (1, [1,2,3]), (2, [2]), (3, []);");
  DiffRequest request = request_of({});
  request.sort_arrays = true;
  Cancel cancel;
  const model::TableDiff diff =
      diff_across({production->source(), pull_request->source()}, request, {}, cancel);
  ASSERT_TRUE(diff.has_figures()) << diff.why;
  EXPECT_EQ(diff.values.rows_with_differences, 2);
}

}  // namespace
}  // namespace vernier::datadiff
