// SPDX-License-Identifier: Apache-2.0
#include "datadiff/datadiff.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using model::DiffResult;

// One DuckDB file with the tables of all tests here.
class DataDiff : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = new DuckTestDatabase();
    connection_ = database_
                      ->filled(R"(
      create table a(id int, amount double, note varchar, loaded_at timestamp);
      insert into a values (1, 1.0, 'x', '2024-01-01'), (2, 2.0, 'y', '2024-01-01'), (3, 3.0, 'z', '2024-01-01');
      create table b as select * replace (amount + 0.001 as amount, timestamp '2025-01-01' as loaded_at) from a;
      create table same as from a;
      create table reordered as select note, amount, id, loaded_at from a;
      create table retyped as select id, amount, note, cast(loaded_at as date) as loaded_at from a;
      create table no_id as select amount, note from a;
      create table other as select 1 as x;
      create table bytes as select 1 as id, '\xAB'::blob as amount;
      create table renamed as select id as no, amount, note as remark, loaded_at from a;
      create table swapped as select * replace ('other' as note), note as copy from a;
      create view seen as select * from a where id < 3;)")
                      .release();
  }
  static void TearDownTestSuite() {
    delete connection_;
    delete database_;
  }

  static DiffRequest request(const std::string& first, const std::string& second) {
    DiffRequest request;
    request.tables = {engine::TablePath{first}, engine::TablePath{"main", second}};
    request.pk_columns = {"id"};
    return request;
  }
  static model::TableDiff diff(const DiffRequest& request) {
    Cancel cancel;
    return diff_tables(*connection_, request, cancel);
  }

  static DuckTestDatabase* database_;
  static engine::Connection* connection_;
};
DuckTestDatabase* DataDiff::database_ = nullptr;
engine::Connection* DataDiff::connection_ = nullptr;

TEST_F(DataDiff, IdenticalMeansRowsValuesAndSchema) {
  EXPECT_EQ(diff(request("a", "same")).result, DiffResult::identical);
  const model::TableDiff reordered = diff(request("a", "reordered"));
  EXPECT_EQ(reordered.result, DiffResult::identical);
  EXPECT_EQ(reordered.schema.column_reorders, 2);
  const model::TableDiff retyped = diff(request("a", "retyped"));
  EXPECT_EQ(retyped.result, DiffResult::different);
  EXPECT_EQ(retyped.values.rows_with_differences, 0);
  EXPECT_EQ(retyped.schema.column_type_mismatches, 1);
}

TEST_F(DataDiff, CountsByColumnAndShowsTheRows) {
  const model::TableDiff result = diff(request("a", "b"));
  EXPECT_EQ(result.result, DiffResult::different);
  EXPECT_EQ(result.values.total_rows, 3);
  EXPECT_EQ(result.values.total_values, 9);
  EXPECT_EQ(result.values.values_with_differences, 6);
  ASSERT_EQ(result.values.columns_diff_stats.size(), 3u);
  EXPECT_EQ(result.values.columns_diff_stats[1].match, 100.0);
  ASSERT_EQ(result.samples.changed.size(), 3u);
  EXPECT_EQ(result.samples.changed[0].key[0], "1");
  EXPECT_EQ(result.samples.changed[0].values[1][0], "1.001");
}

TEST_F(DataDiff, MappedColumnsArePartners) {
  DiffRequest mapped = request("a", "renamed");
  mapped.column_map = {{"id", "no"}, {"NOTE", "remark"}, {"absent", "gone"}};
  for (const char* key : {"id", "no"}) {
    mapped.pk_columns = {key};
    const model::TableDiff result = diff(mapped);
    EXPECT_EQ(result.result, DiffResult::identical) << result.why;
    EXPECT_EQ(result.pk_columns, std::vector<std::string>{"id"});
    EXPECT_EQ(result.values.compared_columns, 3);
    ASSERT_EQ(result.findings.size(), 2u);
    EXPECT_EQ(result.findings[1].message,
              "Column note of production was compared with remark of the pull request.");
  }
  mapped.exclude_columns = {"remark"};
  EXPECT_EQ(diff(mapped).values.compared_columns, 2);
  EXPECT_EQ(diff(mapped).schema.columns_mismatched, (model::Sides<std::int64_t>{0, 0}));
  mapped.exclude_columns = {};
  mapped.include_columns = {"remark"};
  EXPECT_EQ(diff(mapped).values.compared_columns, 1);
  mapped.must_map = true;
  EXPECT_NE(diff(mapped).why.find("the mapped column absent is not in the table of production"),
            std::string::npos);
}

TEST_F(DataDiff, AMappedColumnWinsOverOneOfTheSameName) {
  DiffRequest mapped = request("a", "swapped");
  mapped.column_map = {{"note", "copy"}};
  const model::TableDiff result = diff(mapped);
  EXPECT_EQ(result.values.rows_with_differences, 0);
  EXPECT_EQ(result.schema.exclusive_columns[1], std::vector<std::string>{"note"});
}

TEST_F(DataDiff, ToleranceIsForFloatingColumnsAndIsStated) {
  DiffRequest tolerant = request("a", "b");
  tolerant.float_tolerance = 0.01;
  tolerant.exclude_columns = {"loaded_at"};
  const model::TableDiff result = diff(tolerant);
  EXPECT_EQ(result.result, DiffResult::identical);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].code, "float_tolerance");
}

TEST_F(DataDiff, ColumnsCanBeLeftOutButKeysStay) {
  DiffRequest ignoring = request("a", "b");
  ignoring.ignore_patterns = {"*", "!note"};
  EXPECT_EQ(diff(ignoring).values.compared_columns, 1);
  DiffRequest including = request("a", "b");
  including.include_columns = {"amount"};
  EXPECT_EQ(diff(including).values.compared_columns, 1);
}

TEST_F(DataDiff, FiltersAreOfEachSideAndMayEndInAComment) {
  DiffRequest filtered = request("a", "same");
  filtered.filters = {"id > 1 -- most", "id < 3"};
  const model::TableDiff result = diff(filtered);
  EXPECT_EQ(result.pks.total_rows, (model::Sides<std::int64_t>{2, 2}));
  EXPECT_EQ(result.pks.exclusives, (model::Sides<std::int64_t>{1, 1}));
  EXPECT_EQ(diff(request("a", "seen")).pks.exclusives[0], 1);
}

TEST_F(DataDiff, WithoutAKeyWholeRowsAreCompared) {
  DiffRequest keyless = request("a", "b");
  keyless.pk_columns = {};
  keyless.exclude_columns = {"amount", "loaded_at"};
  const model::TableDiff result = diff(keyless);
  EXPECT_EQ(result.result, DiffResult::missing_pks);
  EXPECT_FALSE(has_differences(result));
  EXPECT_EQ(result.values.total_rows, 3);
}

TEST_F(DataDiff, SaysWhyItCouldNotCompare) {
  const model::TableDiff missing = diff(request("a", "gone"));
  EXPECT_EQ(missing.result, DiffResult::not_diffed);
  EXPECT_NE(missing.why.find("pull request's table main.gone"), std::string::npos) << missing.why;
  const model::TableDiff no_key = diff(request("a", "no_id"));
  EXPECT_EQ(no_key.result, DiffResult::error);
  EXPECT_NE(no_key.why.find("key column id is not in the table of the pull request"), std::string::npos)
      << no_key.why;
  DiffRequest unlike = request("a", "other");
  unlike.pk_columns = {};
  EXPECT_EQ(diff(unlike).result, DiffResult::not_diffed);
  DiffRequest broken = request("a", "b");
  broken.filters[0] = "nonsense(";
  EXPECT_EQ(diff(broken).result, DiffResult::error);
}

TEST_F(DataDiff, NamesAColumnWhoseTypesHaveNothingInCommon) {
  const model::TableDiff result = diff(request("a", "bytes"));
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].code, "column_not_compared");
  EXPECT_NE(result.findings[0].message.find("DOUBLE"), std::string::npos);
  EXPECT_EQ(result.schema.column_type_mismatches, 2 - 1);
}

TEST_F(DataDiff, ACancelledDiffIsAnError) {
  Cancel cancel;
  cancel.request();
  const model::TableDiff result = diff_tables(*connection_, request("a", "b"), cancel);
  EXPECT_EQ(result.result, DiffResult::error);
  EXPECT_NE(result.why.find("cancelled"), std::string::npos) << result.why;
}

TEST(Gitignore, LaterPatternsWin) {
  const std::vector<std::string> patterns = {"# audit", "_*", "!_id", "*_at", ""};
  const std::pair<const char*, bool> cases[] = {
      {"_loaded", true}, {"_id", false}, {"created_at", true}, {"amount", false}, {"# audit", false}};
  for (const auto& [name, matches] : cases)
    EXPECT_EQ(matches_gitignore(patterns, name), matches) << name;
}

// A look at the first rows says that few differ, and the join by hashes ends when it has seen too many.
TEST(Narrowing, IsGivenUpWhereManyRowsDifferLater) {
  DuckTestDatabase database;
  const auto connection = database.filled(
      "create table a as select range as k, range as v from range(60000);"
      "create table b as select k, case when k >= 20000 then -v else v end as v from a where k <> 5;");
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = {"k"};
  Cancel cancel;
  const model::TableDiff diff = diff_tables(*connection, request, cancel);
  EXPECT_EQ(diff.algorithm, "join") << diff.why;
  EXPECT_EQ(diff.values.rows_with_differences, 40'000);
  EXPECT_EQ(diff.pks.exclusives, (model::Sides<std::int64_t>{1, 0}));
  EXPECT_EQ(diff.pks.distincts, (model::Sides<std::int64_t>{60'000, 59'999}));
}

}  // namespace
}  // namespace vernier::datadiff
