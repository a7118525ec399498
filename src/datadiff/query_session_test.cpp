// SPDX-License-Identifier: Apache-2.0
#include "datadiff/query_session.h"

#include <gtest/gtest.h>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

class Queries : public ::testing::TestWithParam<engine::Dialect> {
 protected:
  void SetUp() override {
    database_ = test_database(GetParam());
    if (!database_) GTEST_SKIP() << "this machine has no such server";
    connection_ = database_->filled(R"(
      create table a (id integer, amount integer, note varchar(20));
      insert into a values (1, 10, 'x'), (2, 20, 'y'), (3, 30, 'z');)");
  }
  bool knows_queries() const {
    return GetParam() == engine::Dialect::duckdb || GetParam() == engine::Dialect::postgresql;
  }
  model::TableDiff diff(const DiffRequest& request) {
    Cancel cancel;
    return diff_tables(*connection_, request, cancel);
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<engine::Connection> connection_;
};

TEST_P(Queries, AreComparedWithTablesAndQueries) {
  DiffRequest request;
  request.pk_columns = {"id"};
  request.tables = {engine::TablePath{"a"}, engine::TablePath{}};
  request.queries[1] =
      "select id, case when id = 3 then 31 else amount end as amount, note from a where id > 1 -- not 1\n;";
  const model::TableDiff one = diff(request);
  if (!knows_queries()) {
    EXPECT_EQ(one.result, model::DiffResult::error);
    EXPECT_NE(one.why.find("DuckDB and PostgreSQL alone"), std::string::npos) << one.why;
    return;
  }
  EXPECT_EQ(one.values.rows_with_differences, 1) << one.why;
  EXPECT_EQ(one.pks.exclusives, (model::Sides<std::int64_t>{1, 0})) << one.why;
  EXPECT_EQ(one.values.compared_columns, 2);

  request.queries = {"select id, note from a", "select id, note from a"};
  request.filters = {"id < 3", "id < 3"};
  const model::TableDiff two = diff(request);
  EXPECT_EQ(two.result, model::DiffResult::identical) << two.why;
  EXPECT_EQ(two.pks.total_rows[0], 2);
  EXPECT_EQ(two.schema.type_differs.size(), 0u);
}

TEST_P(Queries, OfNoRowsAndWrongOnesAreTold) {
  if (!knows_queries()) GTEST_SKIP() << "queries are refused here";
  DiffRequest request;
  request.pk_columns = {"id"};
  request.queries = {"select * from a where id > 99", "select * from a where id > 99"};
  EXPECT_EQ(diff(request).result, model::DiffResult::empty);
  request.queries[0] = "select nothing from nowhere";
  const model::TableDiff wrong = diff(request);
  EXPECT_EQ(wrong.result, model::DiffResult::error);
  EXPECT_NE(wrong.why.find("query 1"), std::string::npos) << wrong.why;
}

TEST_P(Queries, DoNotMeetAcrossDatabases) {
  DiffRequest request;
  request.tables[0] = {"a"};
  request.queries[1] = "select 1 as id";
  Cancel cancel;
  const model::TableDiff across =
      diff_across({database_->source(), database_->source()}, request, {}, cancel);
  EXPECT_EQ(across.result, model::DiffResult::error);
  EXPECT_NE(across.why.find("within one database alone"), std::string::npos) << across.why;
}

INSTANTIATE_TEST_SUITE_P(Databases, Queries, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace vernier::datadiff
