// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datadiff/databases_for_tests.h"
#include "datadiff/datadiff.h"
#include "datadiff/small_groups_for_tests.h"

namespace vernier::datadiff {
namespace {

// 200 rows with keys on both sides of 0.
constexpr const char* dense_table =
    "create or replace table {} as select (i - 100)::int as k1, 'x' as v1, {} as v2 from range(200) t(i);";

// Of the tables a and b, by buckets.
model::TableDiff diff_in(DuckTestDatabase& database) {
  SmallGroups session(database.filled("select 1;"));
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = {"k1"};
  Cancel cancel;
  model::TableDiff diff = diff_tables(session, request, cancel);
  EXPECT_GT(session.buckets_summed(), 0);
  return diff;
}

TEST(Buckets, ShowTheSameChangeOfSeveralRows) {
  DuckTestDatabase database;
  database.fill(fmt::format(dense_table, "a", "false") +
                fmt::format(dense_table, "b", "i in (3, 5, 150, 151)"));
  const model::TableDiff diff = diff_in(database);
  EXPECT_EQ(diff.values.rows_with_differences, 4) << diff.why;
  EXPECT_EQ(diff.samples.changed.size(), 4u);
  EXPECT_EQ(diff.algorithm, "hash_join");
}

TEST(Buckets, ShowKeysThatStandInTwoEqualRows) {
  DuckTestDatabase database;
  for (const char* name : {"a", "b"})
    database.fill(fmt::format(dense_table, name, "false") +
                  fmt::format("insert into {0} from {0} where k1 = 7;", name));
  const model::TableDiff diff = diff_in(database);
  EXPECT_EQ(diff.pks.dupes, (model::Sides<std::int64_t>{2, 2})) << diff.why;
  EXPECT_EQ(diff.values.rows_with_differences, 0);
}

}  // namespace
}  // namespace vernier::datadiff
