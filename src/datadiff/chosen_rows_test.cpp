// SPDX-License-Identifier: Apache-2.0
// Rows of an interval of time and rows with a key of their own, against a row-by-row reference.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using engine::Dialect;
using model::Sides;

TEST(ParseMoment, TakesIso8601AndGivesUtc) {
  const std::map<std::string, std::string> moments = {
      {"2026-01-31", "2026-01-31 00:00:00"},
      {"2024-02-29T10:00", "2024-02-29 10:00:00"},
      {"2026-01-31 10:00:00.250", "2026-01-31 10:00:00.25"},
      {"2026-01-31T12:00:00+02:00", "2026-01-31 10:00:00"},
      {"2026-01-31T23:30:00-01", "2026-02-01 00:30:00"},
      {"2026-01-31T00:00:00.000001Z", "2026-01-31 00:00:00.000001"}};
  for (const auto& [written, wanted] : moments) {
    const auto moment = parse_moment(written);
    ASSERT_TRUE(moment.ok()) << written;
    EXPECT_EQ(*moment, wanted);
  }
}

TEST(ParseMoment, RefusesEverythingElse) {
  for (const char* text :
       {"", "yesterday", "2026-02-29", "2026-1-1", "2026-01-31T", "2026-01-31T25:00",
        "2026-01-31 10:00:00'; drop table a --", "2026-01-31T10:00:00.1234567", "2026-01-31T10:00:00+",
        "0000-01-01", "0001-01-01T00:00+01:00", "12026-01-01", "-026-01-01", "2026-01-31Z", "1767225600"})
    EXPECT_FALSE(parse_moment(text).ok()) << text;
}

TEST(CheckTime, WantsAColumnAndAnIntervalWithMomentsInIt) {
  EXPECT_FALSE(check_time({"", "2026-01-01 00:00:00", ""}).ok());
  EXPECT_FALSE(check_time({"made", "2026-01-01 00:00:00", "2026-01-01 00:00:00"}).ok());
  EXPECT_TRUE(check_time({"made", "2026-01-01 00:00:00", "2026-01-01 00:00:00.5"}).ok());
}

constexpr int hours_of_data = 24 * 40;

struct Row {
  int id = 0;
  int hour = -1;  // since 2026-01-01; -1: NULL
  int value = 0;
};
using Table = std::vector<Row>;

std::string moment(int hour) {
  const int day = hour / 24;
  return fmt::format("2026-{:02}-{:02} {:02}:00:00", day < 31 ? 1 : 2, day < 31 ? day + 1 : day - 30,
                     hour % 24);
}

std::string create_table(const std::string& name, const Table& rows, bool unique) {
  std::string sql = "create table " + name + " (id integer " + (unique ? "primary key" : "") +
                    ", made timestamp null default null, v integer);\ninsert into " + name + " values ";
  for (std::size_t i = 0; i < rows.size(); ++i)
    sql += fmt::format("{}({}, {}, {})", i > 0 ? ", " : "", rows[i].id,
                       rows[i].hour < 0 ? "null" : "'" + moment(rows[i].hour) + "'", rows[i].value);
  return sql + ";\n";
}

// Two sides that share most rows; some keys stand twice where `unique` is not asked for.
Sides<Table> random_tables(unsigned seed, bool unique) {
  std::mt19937 random(seed);
  const auto below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); };
  Sides<Table> tables;
  for (int id = 0; id < 120; ++id) {
    const Row row{id, below(12) == 0 ? -1 : below(hours_of_data), below(4)};
    for (Table& table : tables) {
      if (below(8) == 0) continue;
      table.push_back(row);
      if (below(5) == 0) table.back().value = below(4);
      if (below(9) == 0) table.back().hour = below(hours_of_data);
      if (!unique && below(10) == 0) table.push_back({id, row.hour, below(4)});
    }
  }
  return tables;
}

Table in_interval(const Table& table, int since, int until) {
  Table rows;
  std::copy_if(table.begin(), table.end(), std::back_inserter(rows),
               [&](const Row& row) { return row.hour >= since && row.hour < until; });
  return rows;
}

struct Expected {
  Sides<std::int64_t> left_out{};
  Sides<std::int64_t> exclusives{};
  std::int64_t changed = 0;
  std::map<int, model::Timeline::Bucket> days;  // -1: no time
};

int day_of(const Row& row) {
  return row.hour < 0 ? -1 : row.hour / 24;
}

// Of the rows whose key stands once on a side, at most.
Expected reference(const Sides<Table>& tables) {
  Expected expected;
  std::map<int, Sides<Table>> by_id;
  for (std::size_t side = 0; side < 2; ++side) {
    for (const Row& row : tables[side]) {
      by_id[row.id][side].push_back(row);
      ++expected.days[day_of(row)].rows[side];
    }
  }
  for (const auto& [id, rows] : by_id) {
    if (rows[0].size() > 1 || rows[1].size() > 1) {
      for (std::size_t side = 0; side < 2; ++side)
        expected.left_out[side] += static_cast<std::int64_t>(rows[side].size());
    } else if (rows[1].empty()) {
      ++expected.exclusives[0];
      ++expected.days[day_of(rows[0][0])].removed;
    } else if (rows[0].empty()) {
      ++expected.exclusives[1];
      ++expected.days[day_of(rows[1][0])].added;
    } else if (rows[0][0].value != rows[1][0].value || rows[0][0].hour != rows[1][0].hour) {
      ++expected.changed;
      ++expected.days[day_of(rows[0][0])].changed;
    }
  }
  return expected;
}

DiffRequest request_of(std::size_t pair) {
  DiffRequest request;
  request.tables = {engine::TablePath{fmt::format("a{}", pair)}, engine::TablePath{fmt::format("b{}", pair)}};
  request.pk_columns = {"id"};
  return request;
}

void expect_figures(const model::TableDiff& diff, const Expected& expected) {
  ASSERT_TRUE(diff.has_figures()) << diff.why;
  EXPECT_EQ(diff.pks.left_out, expected.left_out);
  EXPECT_EQ(diff.pks.exclusives, expected.exclusives);
  EXPECT_EQ(diff.values.rows_with_differences, expected.changed);
}

void expect_timeline(const model::TableDiff& diff, const Expected& expected) {
  ASSERT_TRUE(diff.timeline.has_value());
  std::map<std::string, model::Timeline::Bucket> found;
  for (const model::Timeline::Bucket& bucket : diff.timeline->buckets)
    found[bucket.start.value_or("")] = bucket;
  EXPECT_EQ(found.size(), expected.days.size());
  for (const auto& [day, bucket] : expected.days) {
    const auto& other = found[day < 0 ? "" : moment(24 * day)];
    EXPECT_EQ(other.rows, bucket.rows) << day;
    EXPECT_EQ(std::tuple(other.removed, other.added, other.changed),
              std::tuple(bucket.removed, bucket.added, bucket.changed))
        << day;
  }
}

// One database, or production's and the pull request's.
class ChosenRows : public ::testing::TestWithParam<std::pair<Dialect, Dialect>> {
 protected:
  static constexpr std::size_t pairs = 2;

  void SetUp() override {
    const auto [first, second] = GetParam();
    production_ = test_database(first);
    if (first != second) other_ = test_database(second);
    if (!production_ || (first != second && !other_)) GTEST_SKIP() << "this machine lacks a server";
    std::string sql;
    for (std::size_t i = 0; i < pairs; ++i) {
      tables_.push_back(random_tables(static_cast<unsigned>(i), is_unique(i)));
      sql += create_table(fmt::format("a{}", i), tables_[i][0], is_unique(i)) +
             create_table(fmt::format("b{}", i), tables_[i][1], is_unique(i));
    }
    if (other_) other_->fill(sql);
    connection_ = production_->filled(sql);
  }
  static bool is_unique(std::size_t pair) { return pair % 2 == 0; }
  model::TableDiff diff(const DiffRequest& request) {
    Cancel cancel;
    return other_ ? diff_across({production_->source(), other_->source()}, request, {}, cancel)
                  : diff_tables(*connection_, request, cancel);
  }

  std::unique_ptr<TestDatabase> production_;
  std::unique_ptr<TestDatabase> other_;
  std::unique_ptr<engine::Connection> connection_;
  std::vector<Sides<Table>> tables_;
};

TEST_P(ChosenRows, LeaveOutKeysThatStandInSeveralRows) {
  for (std::size_t i = 0; i < pairs; ++i) {
    SCOPED_TRACE(i);
    DiffRequest request = request_of(i);
    request.skip_duplicates = true;
    const model::TableDiff found = diff(request);
    const Expected expected = reference(tables_[i]);
    expect_figures(found, expected);
    EXPECT_EQ(found.values.total_rows,
              found.pks.total_rows[0] - expected.left_out[0] - expected.exclusives[0]);
    EXPECT_EQ(found.result == model::DiffResult::bad_pks, !is_unique(i)) << found.why;
    if (is_unique(i)) continue;
    EXPECT_GT(found.pks.dupes[0], 0);
    EXPECT_EQ(found.findings.front().message,
              fmt::format("{} rows of production and {} of the pull request were left out of the comparison: "
                          "their key stands in several rows of a side.",
                          expected.left_out[0], expected.left_out[1]));
  }
}

TEST_P(ChosenRows, AreThoseOfTheIntervalAndTheFilter) {
  for (std::size_t i = 0; i < pairs; ++i) {
    const int since = 60 * static_cast<int>(i) + 5;
    const int until = hours_of_data / 2 + 7;
    SCOPED_TRACE(i);
    DiffRequest request = request_of(i);
    request.skip_duplicates = true;
    request.filters = {"id < 100 -- or not", "id < 100"};
    request.time = TimeWish{"MADE", moment(since), moment(until)};
    Sides<Table> rows = {in_interval(tables_[i][0], since, until), in_interval(tables_[i][1], since, until)};
    for (Table& table : rows)
      std::erase_if(table, [](const Row& row) { return row.id >= 100; });
    const model::TableDiff found = diff(request);
    expect_figures(found, reference(rows));
    EXPECT_EQ(found.pks.total_rows[1], static_cast<std::int64_t>(rows[1].size()));
  }
}

TEST_P(ChosenRows, MayHaveOneEndOfTheIntervalAlone) {
  DiffRequest request = request_of(0);
  request.time = TimeWish{"made", moment(100), ""};
  EXPECT_EQ(diff(request).pks.total_rows[0],
            static_cast<std::int64_t>(in_interval(tables_[0][0], 100, hours_of_data).size()));
  request.time = TimeWish{"made", "", moment(100)};
  EXPECT_EQ(diff(request).pks.total_rows[0],
            static_cast<std::int64_t>(in_interval(tables_[0][0], 0, 100).size()));
}

TEST_P(ChosenRows, AreSpreadOverTime) {
  for (std::size_t i = 0; i < pairs; ++i) {
    SCOPED_TRACE(i);
    DiffRequest request = request_of(i);
    request.skip_duplicates = true;
    request.time = TimeWish{"made", "", "", TimeUnit::day};
    const model::TableDiff found = diff(request);
    const Expected expected = reference(tables_[i]);
    expect_figures(found, expected);
    expect_timeline(found, expected);
  }
}

TEST_P(ChosenRows, AreComparedWithoutATimelineThatNobodyInsistsOn) {
  DiffRequest request = request_of(1);
  request.skip_duplicates = true;
  request.time = TimeWish{"no_such_column", "", "", TimeUnit::day};
  EXPECT_EQ(diff(request).result, model::DiffResult::error);
  request.time->must = false;
  const model::TableDiff found = diff(request);
  expect_figures(found, reference(tables_[1]));
  EXPECT_FALSE(found.timeline.has_value());
  EXPECT_TRUE(std::any_of(found.findings.begin(), found.findings.end(),
                          [](const auto& finding) { return finding.code == "timeline_not_made"; }));
}

TEST_P(ChosenRows, HaveNoTimelineWhereKeysAreNotGood) {
  DiffRequest request = request_of(1);
  request.time = TimeWish{"made", "", "", TimeUnit::month};
  const model::TableDiff found = diff(request);
  EXPECT_FALSE(found.timeline.has_value());
  EXPECT_TRUE(std::any_of(found.findings.begin(), found.findings.end(),
                          [](const Finding& finding) { return finding.code == "timeline_not_made"; }));
}

TEST_P(ChosenRows, AreNotChosenByWhatIsNoTime) {
  DiffRequest request = request_of(0);
  request.time = TimeWish{"nothing", moment(0), ""};
  EXPECT_NE(diff(request).why.find("the time column nothing is not in the table"), std::string::npos);
  request.time->column = "v";
  const std::string why = diff(request).why;
  EXPECT_TRUE(why.find("which is no date or timestamp") != std::string::npos ||
              why.find("values that are not written as") != std::string::npos)
      << why;
}

TEST_P(ChosenRows, AreShownForEachColumn) {
  DiffRequest request = request_of(0);
  request.samples_per_column = 2;
  const model::TableDiff found = diff(request);
  Sides<std::size_t> differing{};
  ASSERT_EQ(found.samples.value_columns.size(), 2U);
  for (const auto& row : found.samples.changed)
    for (std::size_t i = 0; i < 2; ++i)
      if (row.values[0][i] != row.values[1][i]) ++differing[i];
  EXPECT_GE(differing[0], 2U);
  EXPECT_GE(differing[1], 2U);
  EXPECT_LE(found.samples.changed.size(), 4U);
  EXPECT_EQ(found.samples.exclusives[0].size(), 2U);
  EXPECT_EQ(found.values.rows_with_differences, reference(tables_[0]).changed);
}

std::string tested_name(const ::testing::TestParamInfo<std::pair<Dialect, Dialect>>& tested) {
  const auto [first, second] = tested.param;
  return first == second ? name_of(first) : name_of(first) + "To" + name_of(second);
}

INSTANTIATE_TEST_SUITE_P(Databases, ChosenRows,
                         ::testing::Values(std::pair(Dialect::duckdb, Dialect::duckdb),
                                           std::pair(Dialect::postgresql, Dialect::postgresql),
                                           std::pair(Dialect::mysql, Dialect::mysql),
                                           std::pair(Dialect::sqlite, Dialect::sqlite),
                                           std::pair(Dialect::postgresql, Dialect::mysql),
                                           std::pair(Dialect::duckdb, Dialect::sqlite)),
                         tested_name);

// What a type of times means at the ends of an interval.
class TimeTypes : public ::testing::TestWithParam<Dialect> {};

TEST_P(TimeTypes, AreComparedByTheirMoment) {
  const auto database = test_database(GetParam());
  if (!database) GTEST_SKIP() << "this machine has no such server";
  const bool fractions = GetParam() != Dialect::sqlite;
  std::string sql;
  const std::string stamp = GetParam() == Dialect::mysql ? "datetime(6)" : "timestamp";
  for (const char* name : {"a", "b"})
    sql += fmt::format(
        "create table {0} (id integer primary key, day date, made {1});\n"
        "insert into {0} values (1, '2026-01-01', '2026-01-01 00:00:00'), (2, '2026-01-02', '2026-01-01 "
        "23:59:59.999999'), (3, '2026-01-03', '2026-01-02 00:00:00'), (4, null, null);\n",
        name, stamp);
  const auto connection = database->filled(sql);
  const auto rows_in = [&](const char* column, const char* since, const char* until) {
    DiffRequest request;
    request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
    request.pk_columns = {"id"};
    request.time = TimeWish{column, parse_moment(since).value(), parse_moment(until).value()};
    Cancel cancel;
    const model::TableDiff diff = diff_tables(*connection, request, cancel);
    EXPECT_TRUE(diff.has_figures()) << diff.why;
    return diff.pks.total_rows[0];
  };
  EXPECT_EQ(rows_in("made", "2026-01-01", "2026-01-02"), 2);
  EXPECT_EQ(rows_in("made", "2026-01-02", "2026-01-02T00:00:00.000001"), 1);
  EXPECT_EQ(rows_in("made", "2026-01-01T23:59:59", "2026-01-02T02:00:00+02:00"), 1);
  EXPECT_EQ(rows_in("made", "2026-01-01T00:00:01", "2027-01-01"), 2);
  EXPECT_EQ(rows_in("day", "2026-01-01", "2026-01-03"), 2);
  EXPECT_EQ(rows_in("day", "2026-01-01T12:00", "2026-01-02T12:00"), 1);
  if (fractions) {
    EXPECT_EQ(rows_in("made", "2026-01-01T23:59:59.999999", "2026-01-02"), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Databases, TimeTypes, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace vernier::datadiff
