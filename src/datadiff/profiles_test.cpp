// SPDX-License-Identifier: Apache-2.0
#include "datadiff/profiles.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "datadiff/databases_for_tests.h"
#include "datadiff/histogram.h"

namespace vernier::datadiff {
namespace {

using model::Cell;
using model::ColumnProfile;
using model::Sides;

TEST(Scale, OfWholeNumbersHasWholeBounds) {
  const Scale few = scale_of(Shape::whole_number, 3, 7);
  EXPECT_EQ(few.buckets, 5u);
  EXPECT_DOUBLE_EQ(few.width, 1.0);
  const Scale many = scale_of(Shape::whole_number, 0, 999);
  EXPECT_EQ(many.buckets, 20u);
  EXPECT_DOUBLE_EQ(many.width, 50.0);
  EXPECT_EQ(scale_of(Shape::whole_number, 0, 22).buckets, 12u);
  EXPECT_EQ(scale_of(Shape::number, 2.5, 2.5).buckets, 1u);
  EXPECT_DOUBLE_EQ(scale_of(Shape::number, -1e308, 1e308).width, 1e307);
  EXPECT_DOUBLE_EQ(scale_of(Shape::date, 0, 86'400.0 * 40).width, 86'400.0 * 3);
}

TEST(PointText, IsThatOfAValue) {
  EXPECT_EQ(point_text(Shape::whole_number, -3), "-3");
  EXPECT_EQ(point_text(Shape::number, 0.25), "0.25");
  EXPECT_EQ(point_text(Shape::date, -86'400), "1969-12-31");
  EXPECT_EQ(point_text(Shape::moment, -0.5), "1969-12-31 23:59:59.500000");
  EXPECT_EQ(point_text(Shape::time_of_day, 3661), "01:01:01");
  EXPECT_EQ(point_text(Shape::moment, 1e15), std::nullopt);
}

class ProfilesTest : public ::testing::TestWithParam<engine::Dialect> {
 protected:
  void fill(const std::string& sql) {
    database_ = test_database(GetParam());
    if (!database_) GTEST_SKIP() << "this machine has no such server";
    connection_ = database_->filled(sql);
  }

  std::map<std::string, ColumnProfile> profiles(const Tolerances& tolerances = {}) {
    DiffRequest request;
    request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
    request.pk_columns = {"id"};
    request.tolerances = tolerances;
    request.profiles = true;
    Cancel cancel;
    const model::TableDiff diff = diff_tables(*connection_, request, cancel);
    EXPECT_TRUE(diff.has_figures()) << diff.why;
    std::map<std::string, ColumnProfile> by_name;
    for (const ColumnProfile& profile : diff.profiles)
      by_name[profile.column_name] = profile;
    return by_name;
  }

  // The first cell of the database's own answer.
  std::string answer(const std::string& sql) {
    const auto rows = connection_->query(sql, {});
    EXPECT_TRUE(rows.ok()) << sql;
    return rows.ok() && !rows->rows.empty() ? rows->rows[0][0].value_or("null") : "";
  }
  std::int64_t count(const std::string& table, const std::string& condition) {
    return std::stoll(answer("select count(*) from " + table + " where " + condition));
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<engine::Connection> connection_;
};

constexpr const char* two_tables = R"(
  create table a (id integer primary key, n integer, price decimal(10,2), day date, made timestamp, word varchar(20),
                  always_null integer);
  create table b (id integer primary key, n bigint, price decimal(10,2), day date, made timestamp, word varchar(20),
                  always_null integer);
  insert into a with recursive i(k) as (select 0 union all select k + 1 from i where k < 199)
    select k, case when k % 10 = 3 then null else k % 37 end, k / 8.0, null, null,
           case when k % 4 = 0 then 'Zürich' when k % 3 = 0 then 'bern' else 'uri' end, null from i;
  insert into b select id, n + 5, price, day, made, 'uri', null from a where id < 150;
  update a set day = '2026-03-31', made = '2026-03-31 12:30:00' where id < 50;
  update a set day = '2026-01-01', made = '2026-01-01 00:00:00' where id >= 50;
  update b set day = '2026-05-05', made = '2026-05-05 06:00:00';
)";

TEST_P(ProfilesTest, TellWhatTheDatabaseTells) {
  ASSERT_NO_FATAL_FAILURE(fill(two_tables));
  if (!connection_) return;
  const auto found = profiles();
  ASSERT_EQ(found.size(), 6u);
  const ColumnProfile& n = found.at("n");
  for (const std::size_t side : {0U, 1U}) {
    const std::string table = side == 0 ? "a" : "b";
    EXPECT_EQ(n.rows[side], count(table, "1 = 1"));
    EXPECT_EQ(n.nulls[side], count(table, "n is null"));
    EXPECT_EQ(std::to_string(n.distincts[side]), answer("select count(distinct n) from " + table));
    EXPECT_EQ(n.min[side], answer("select min(n) from " + table));
    EXPECT_EQ(n.max[side], answer("select max(n) from " + table));
    ASSERT_TRUE(n.mean[side]);
    EXPECT_NEAR(std::stod(*n.mean[side]), std::stod(answer("select avg(n) from " + table)), 1e-3);
    EXPECT_EQ(found.at("day").max[side], side == 0 ? "2026-03-31" : "2026-05-05");
    EXPECT_EQ(found.at("always_null").nulls[side], count(table, "1 = 1"));
    EXPECT_EQ(found.at("always_null").min[side], std::nullopt);
  }
  EXPECT_EQ(found.at("always_null").histogram.size(), 0u);
  EXPECT_EQ(found.at("word").min[0], "Zürich");
  EXPECT_EQ(found.at("word").histogram.size(), 0u);
}

TEST_P(ProfilesTest, HistogramsOfBothSidesHaveTheSameBuckets) {
  ASSERT_NO_FATAL_FAILURE(fill(two_tables));
  if (!connection_) return;
  const auto found = profiles();
  for (const std::string column : {"n", "price", "day", "made"}) {
    SCOPED_TRACE(column);
    const ColumnProfile& profile = found.at(column);
    ASSERT_GT(profile.histogram.size(), 1u);
    EXPECT_LE(profile.histogram.size(), 20u);
    for (const std::size_t side : {0U, 1U}) {
      const std::string table = side == 0 ? "a" : "b";
      for (std::size_t i = 0; i < profile.histogram.size(); ++i) {
        const ColumnProfile::Bucket& bucket = profile.histogram[i];
        const bool last = i + 1 == profile.histogram.size();
        EXPECT_EQ(bucket.rows[side], count(table, fmt::format("{0} >= '{1}' and {0} {2} '{3}'", column,
                                                              *bucket.low, last ? "<=" : "<", *bucket.high)))
            << *bucket.low << " to " << *bucket.high;
      }
    }
  }
}

TEST_P(ProfilesTest, TopValuesAreOfBothSidesTogether) {
  ASSERT_NO_FATAL_FAILURE(fill(two_tables));
  if (!connection_) return;
  const auto found = profiles();
  const ColumnProfile& word = found.at("word");
  ASSERT_EQ(word.top_values.size(), 3u);
  EXPECT_EQ(word.distincts, (Sides<std::int64_t>{3, 1}));
  const std::vector<Cell> order = {"uri", "Zürich", "bern"};
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(word.top_values[i].value, order[i]);
    for (const std::size_t side : {0U, 1U})
      EXPECT_EQ(word.top_values[i].rows[side], count(side == 0 ? "a" : "b", "word = '" + *order[i] + "'"));
  }
  EXPECT_EQ(found.at("n").top_values.size(), 10u);
}

TEST_P(ProfilesTest, AreOfTheValuesAsTheyAreBesideTolerances) {
  ASSERT_NO_FATAL_FAILURE(fill(two_tables));
  if (!connection_) return;
  const auto plain = profiles();
  const auto tolerant = profiles({Tolerance{0.5, false}, {}, 60.0});
  for (const std::string column : {"n", "price", "day", "made"}) {
    EXPECT_EQ(tolerant.at(column).min, plain.at(column).min);
    EXPECT_EQ(tolerant.at(column).distincts, plain.at(column).distincts);
  }
}

TEST_P(ProfilesTest, OfNothingAreEmpty) {
  ASSERT_NO_FATAL_FAILURE(fill(
      "create table a (id integer, n integer, made timestamp); create table b (id integer, n integer, made "
      "timestamp);"));
  if (!connection_) return;
  const auto found = profiles();
  EXPECT_EQ(found.at("n").rows, (Sides<std::int64_t>{0, 0}));
  EXPECT_EQ(found.at("n").max[0], std::nullopt);
  EXPECT_EQ(found.at("made").histogram.size() + found.at("made").top_values.size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Databases, ProfilesTest, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

// What no other test's table can hold.
TEST(ProfilesOfOddValues, AreNeverInTheWay) {
  for (const engine::Dialect dialect : {engine::Dialect::duckdb, engine::Dialect::postgresql}) {
    const auto database = test_database(dialect);
    if (!database) continue;
    const bool duck = dialect == engine::Dialect::duckdb;
    const std::string table =
        std::string(
            "(id integer, x double precision, u uuid, b boolean, t time, tz timestamp with time zone, ") +
        "d date, huge " + (duck ? "decimal(38,0)" : "numeric") + ", l integer[], j json, e interval)";
    const std::string row =
        std::string(
            "'NaN', '6f1c9a52-1b7e-4d1b-9a0e-3c5d8e0f1a2b', true, '23:59:59', '2026-01-01 "
            "00:00:00+02', 'infinity', 12345678901234567890123456789012345678, ") +
        (duck ? "[1, 2], " : "'{1,2}', ") + "'{\"a\": 1}', interval '1 day'";
    const auto connection = database->filled(
        "create table a " + table + "; create table b " + table + "; insert into a values (1, " + row +
        "), (2, 'Infinity', null, false, '00:00:00', null, '0044-03-15', 1, null, null, null), (3, 1.5, "
        "null, null, "
        "null, null, '2026-01-01', null, null, null, null); insert into b select * from a;");
    DiffRequest request;
    request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
    request.pk_columns = {"id"};
    request.profiles = true;
    Cancel cancel;
    const model::TableDiff diff = diff_tables(*connection, request, cancel);
    ASSERT_TRUE(diff.has_figures()) << diff.why;
    std::map<std::string, ColumnProfile> found;
    for (const ColumnProfile& profile : diff.profiles)
      found[profile.column_name] = profile;
    EXPECT_EQ(found.size(), 7u);
    EXPECT_EQ(found["x"].mean[0], "1.5");
    EXPECT_EQ(found["x"].histogram.size(), 1u);
    EXPECT_EQ(found["b"].min[0], "false");
    EXPECT_EQ(found["d"].max[0], "infinity");
    EXPECT_EQ(found["d"].histogram.front().low, "0044-03-15");
    EXPECT_EQ(found["huge"].max[0], "12345678901234567890123456789012345678");
    EXPECT_EQ(found["huge"].distincts[0], 2);
  }
}

}  // namespace
}  // namespace vernier::datadiff
