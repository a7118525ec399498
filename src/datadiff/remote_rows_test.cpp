// SPDX-License-Identifier: Apache-2.0
// Tables that are left on their server and read anew by each statement.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datadiff/databases_for_tests.h"
#include "datadiff/figures_for_tests.h"

namespace vernier::datadiff {
namespace {

using engine::Dialect;

constexpr engine::MeetingLimits leave_all = {.brought_bytes_max = 0};

class RemoteRows : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = test_database(Dialect::postgresql);
    if (!server_) GTEST_SKIP() << "this machine has no PostgreSQL";
  }

  model::TableDiff diff(const DiffRequest& request) {
    Cancel cancel;
    return diff_across({server_->source(), server_->source()}, request, leave_all, cancel);
  }

  // The same by a join in the server itself.
  void expect_same_as_within(const DiffRequest& request, const model::TableDiff& diff) {
    Cancel cancel;
    const auto connection = server_->filled("select 1");
    expect_same_figures(diff, diff_tables(*connection, request, cancel));
  }

  std::unique_ptr<TestDatabase> server_;
};

DiffRequest request_by(const std::vector<std::string>& keys) {
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = keys;
  request.samples_max = 20;
  return request;
}

// Tables a and b whose key `expression` makes of i; 3 rows changed, 2 removed, 1 added.
std::string tables_with_key(const std::string& expression) {
  return fmt::format(
      "drop table if exists a, b; "
      "create table a as select {0}, i as v, 'text ' || i as \"condition\" from generate_series(1, 3000) i;"
      "create table b as select {0}, case when i in (7, 77, 2999) then -i else i end as v, 'text ' || i as "
      "\"condition\" from generate_series(1, 3001) i where i not in (5, 1000);",
      expression);
}

TEST_F(RemoteRows, AreComparedByKeysOfManyTypes) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"i as k", {"k"}},
      {"-i * 1000000000000 as k", {"k"}},
      {"'it''s ' || i || ' \\ \"é' as \"Key of \"\"it\"\"\"", {"Key of \"it\""}},
      {"md5(i::text)::uuid as k", {"k"}},
      {"i % 10 as k, i / 10 as l", {"k", "l"}},
      {"timestamptz '2024-01-01 00:00+02' + i * interval '1.5 seconds' as k", {"k"}},
      {"date '2024-01-01' + i as k", {"k"}},
      {"(i / 8.0)::numeric(12,3) as k", {"k"}},
      {"i / 3.0::double precision as k", {"k"}},
      {"decode(md5(i::text), 'hex') as k", {"k"}},  // whose text means something else there
  };
  for (const auto& [expression, keys] : cases) {
    SCOPED_TRACE(expression);
    server_->fill(tables_with_key(expression));
    const DiffRequest request = request_by(keys);
    const model::TableDiff found = diff(request);
    EXPECT_EQ(found.algorithm, "hash_join");
    EXPECT_EQ(found.pks.exclusives, (model::Sides<std::int64_t>{2, 1})) << found.why;
    EXPECT_EQ(found.values.rows_with_differences, 3);
    ASSERT_EQ(found.samples.changed.size(), 3U);
    for (const auto& changed : found.samples.changed) {
      EXPECT_EQ("-" + changed.values[0].at(0).value_or(""), changed.values[1].at(0));
      EXPECT_EQ("text " + changed.values[0].at(0).value_or(""), changed.values[1].at(1));
    }
    EXPECT_EQ(found.samples.exclusives[0].size(), 2U);
    EXPECT_EQ(found.samples.exclusives[1].size(), 1U);
    expect_same_as_within(request, found);
  }
}

// All rows differ but those of one side alone: 2 removed, 1 added, 2998 changed.
TEST_F(RemoteRows, AreJoinedOnTheirWayWhereMostRowsDiffer) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"i as k", {"k"}},
      {"-i as k", {"k"}},
      {"'it''s ' || lpad(i::text, 5, '0') || ' \\ \"é' as \"Key of \"\"it\"\"\"", {"Key of \"it\""}},
      {"i % 10 as k, chr(100 - i / 60) || i as l", {"k", "l"}},
      {"timestamptz '2024-01-01 00:00+02' + i * interval '1.5 seconds' as k", {"k"}},
      {"decode(lpad(to_hex(i), 8, '0'), 'hex') as k", {"k"}},  // whose text means something else there
  };
  for (const auto& [expression, keys] : cases) {
    SCOPED_TRACE(expression);
    // z differs in two rows that are not among the first.
    server_->fill(fmt::format(
        "drop table if exists a, b; "
        "create table a as select {0}, i as v, 'text ' || i as t, decode('00ff', 'hex') as y, null::text as "
        "n, "
        "i / 4.0 as f, 1.5 as z, 'same' as s from generate_series(1, 3000) i;"
        "create table b as select {0}, i as v, case when i % 3 > 0 then 'texts ' || i end as t, decode(case "
        "when "
        "i % 2 = 0 then '00' else '00ff' end, 'hex') as y, case when i = 7 then '' end as n, i / 8.0 as f, "
        "case when i in (2500, 2990) then null else 1.5 end as z, 'same' as s from generate_series(1, 3001) "
        "i "
        "where i not in (5, 1000);",
        expression));
    DiffRequest request = request_by(keys);
    request.tolerances.columns["f"] = {.value = 100.0};
    Progress progress;
    request.progress = &progress;
    const model::TableDiff found = diff(request);
    EXPECT_EQ(found.algorithm, "join");
    EXPECT_EQ(progress.view().phase, "reading and comparing");  // and they were not brought first
    EXPECT_EQ(found.pks.exclusives, (model::Sides<std::int64_t>{2, 1})) << found.why;
    EXPECT_EQ(found.values.rows_with_differences, 2998);
    expect_same_as_within(request, found);
    Cancel cancel;
    const auto connection = server_->filled("select 1");
    const model::TableDiff within = diff_tables(*connection, request, cancel);
    ASSERT_EQ(found.samples.changed.size(), 20U);
    // Both databases write such keys alike.
    const bool has_one_text =
        expression.find("i as k") < 2 || expression.starts_with("i %") || expression.starts_with("'");
    const auto shown = [](const auto& row) { return std::pair(row.key, row.values[1].at(1)); };
    for (std::size_t i = 0; i < 20 && has_one_text; ++i)
      EXPECT_EQ(shown(found.samples.changed[i]), shown(within.samples.changed[i])) << i;
    EXPECT_EQ(found.samples.exclusives[0].size(), 2U);
    EXPECT_EQ(found.samples.exclusives[1].size(), 1U);
  }
}

TEST_F(RemoteRows, OfManyPartsAreReadWhole) {
  server_->fill(
      "create table a as select i as k, md5(i::text) as v, repeat('x', 700) as filler from "
      "generate_series(1, 200000) i;"
      "create table b as select k, case when k % 20000 = 0 then 'other' else v end as v, filler from a where "
      "k % 30000 <> 1;"
      "analyze a; analyze b;");
  DiffRequest request = request_by({"k"});
  Progress progress;
  request.progress = &progress;
  const model::TableDiff found = diff(request);
  EXPECT_EQ(found.algorithm, "hash_join");
  EXPECT_EQ(found.pks.total_rows, (model::Sides<std::int64_t>{200'000, 199'993}));
  EXPECT_EQ(found.pks.exclusives, (model::Sides<std::int64_t>{7, 0}));
  EXPECT_EQ(found.values.rows_with_differences, 10);
}

TEST_F(RemoteRows, AreReadOnceWhereKeysAreDoubtfulOrMostRowsDiffer) {
  server_->fill(
      "create table a as select i % 2990 as k, i as v from generate_series(1, 3000) i;"
      "create table b as select * from a where v <> 17;");
  const DiffRequest doubtful = request_by({"k"});
  const model::TableDiff found = diff(doubtful);
  EXPECT_EQ(found.result, model::DiffResult::bad_pks);
  expect_same_as_within(doubtful, found);

  server_->fill(
      "drop table a, b; create table a as select i as k, i as v from generate_series(1, 3000) i;"
      "create table b as select k, v + k % 2 as v from a;");
  const DiffRequest differing = request_by({"k"});
  const model::TableDiff many = diff(differing);
  EXPECT_EQ(many.values.rows_with_differences, 1500);
  expect_same_as_within(differing, many);

  // Which the first rows do not show.
  server_->fill(
      "drop table a, b; create table a as select i as k, i as v, repeat('x', 100) as t from "
      "generate_series(1, 60000) i; create table b as select k, case when k > 20000 then -v else v end as v, "
      "t from a;");
  const model::TableDiff later = diff(request_by({"k"}));
  EXPECT_EQ(later.values.rows_with_differences, 40'000);
  EXPECT_EQ(later.algorithm, "join");

  server_->fill("drop table a, b; create table a(k int, v int); create table b(k int, v int);");
  EXPECT_EQ(diff(request_by({"k"})).result, model::DiffResult::empty);
}

// DuckDB's decimals know no NaN, its time stamps fewer years.
TEST_F(RemoteRows, AreReadOnceWhereAValueHasNoCounterpart) {
  server_->fill(
      "create table a as select i as k, (case when i = 2900 then 'NaN' else i::text end)::numeric(12,2) as "
      "v, case "
      "when i = 2901 then timestamp '290000-01-01' else '2024-01-01' end as t from generate_series(1, 3000) "
      "i;"
      "create table b as select k, case when k = 2900 then 1 else v end as v, t from a;");
  const DiffRequest request = request_by({"k"});
  const model::TableDiff found = diff(request);
  EXPECT_EQ(found.values.rows_with_differences, 1) << found.why;
  expect_same_as_within(request, found);
}

TEST_F(RemoteRows, AreOnlyThoseOfTheFilter) {
  server_->fill(tables_with_key("i as k"));
  DiffRequest request = request_by({"k"});
  request.filters = {"k < 100 -- or v = 1", "src.k < 100"};
  const model::TableDiff found = diff(request);
  EXPECT_EQ(found.pks.total_rows, (model::Sides<std::int64_t>{99, 98}));
  EXPECT_EQ(found.pks.exclusives, (model::Sides<std::int64_t>{1, 0}));
  EXPECT_EQ(found.values.rows_with_differences, 2);
}

TEST_F(RemoteRows, OfPartitionsAndHeirsAreReadWithThem) {
  server_->fill(
      "create table a(k int, v int) partition by range (k);"
      "create table a1 partition of a for values from (0) to (1000);"
      "create table a2 partition of a default;"
      "insert into a select i, i from generate_series(1, 3000) i;"
      "create table b(k int, v int); create table b1() inherits (b);"
      "insert into b select i, i from generate_series(1, 1500) i;"
      "insert into b1 select i, i from generate_series(1501, 2999) i;");
  const model::TableDiff found = diff(request_by({"k"}));
  EXPECT_EQ(found.algorithm, "hash_join");
  EXPECT_EQ(found.pks.total_rows, (model::Sides<std::int64_t>{3000, 2999}));
  EXPECT_EQ(found.pks.exclusives, (model::Sides<std::int64_t>{1, 0}));
}

TEST_F(RemoteRows, MeetThoseOfOtherDatabases) {
  server_->fill("create table a as select i as k, 'v' || i as v from generate_series(1, 3000) i;");
  DuckTestDatabase file;
  file.fill("create table b as select i as k, 'v' || (i + (i = 99)::int) as v from range(2, 3001) t(i);");
  Cancel cancel;
  for (const std::size_t remote : {0, 1}) {
    DiffRequest request = request_by({"k"});
    model::Sides<model::DataSource> sources = {server_->source(), file.source()};
    if (remote == 1) {
      std::swap(sources[0], sources[1]);
      std::swap(request.tables[0], request.tables[1]);
    }
    const model::TableDiff found = diff_across(sources, request, leave_all, cancel);
    EXPECT_EQ(found.algorithm, "hash_join");
    EXPECT_EQ(found.pks.exclusives[remote], 1) << found.why;
    EXPECT_EQ(found.pks.exclusives[1 - remote], 0);
    EXPECT_EQ(found.values.rows_with_differences, 1);
    EXPECT_EQ(found.samples.changed.at(0).key.at(0), "99");
  }
}

}  // namespace
}  // namespace vernier::datadiff
