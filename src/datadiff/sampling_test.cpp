// SPDX-License-Identifier: Apache-2.0
#include "datadiff/sampling.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "datadiff/checksums.h"
#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using model::DiffResult;
using model::Interval;
using model::TableDiff;

SamplingWish with_ratio(double ratio, double confidence = 0.99) {
  return {.ratio = ratio, .confidence = confidence};
}

bool holds(const Interval& interval, std::int64_t number) {
  return interval.low <= number && number <= interval.high;
}

// Figures of a textbook: 4 of 20 with 95 % confidence are 5.73 % to 43.66 %, 0 of 20 are 0 to 16.84 %.
TEST(ShareInterval, IsExactForBinomialShares) {
  const Interval some = share_interval({4, 20, 1'000'000}, 0.95);
  EXPECT_NEAR(static_cast<double>(some.low), 57'334, 2);
  EXPECT_NEAR(static_cast<double>(some.high), 436'614, 2);
  const Interval none = share_interval({0, 20, 1'000'000}, 0.95);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(static_cast<double>(none.high), 168'433, 2);
}

TEST(ShareInterval, KnowsWhatWasSeen) {
  EXPECT_EQ(share_interval({3, 40, 42}, 0.99).low, 3);
  EXPECT_EQ(share_interval({3, 40, 42}, 0.99).high, 5);
  EXPECT_EQ(share_interval({3, 42, 42}, 0.99).high, 3);
  EXPECT_EQ(share_interval({0, 0, 42}, 0.99).high, 42);
}

TEST(ShareInterval, IsWiderWhereRowsComeTogether) {
  const Interval alone = share_interval({10, 1000, 100'000}, 0.99);
  const Interval together = share_interval({10, 1000, 100'000, 2}, 0.99);
  EXPECT_LT(together.low, alone.low);
  EXPECT_GT(together.high, alone.high);
}

TEST(SamplingRatio, ComesFromTheSizeThatIsWanted) {
  EXPECT_DOUBLE_EQ(sampling_ratio(with_ratio(0.25), {1000, 5}), 0.25);
  EXPECT_DOUBLE_EQ(sampling_ratio({.rows_max = 100}, {1000, 2000}), 0.05);
  EXPECT_DOUBLE_EQ(sampling_ratio({.rows_max = 2000}, {1000, 2000}), 1.0);
  // (2.5758 / 0.02)^2 = 16,587 rows
  EXPECT_NEAR(sampling_ratio({}, {1'000'000, 2'000'000}), 0.016587, 1e-6);
  EXPECT_NEAR(sampling_ratio({.tolerance = 0.05, .confidence = 0.95}, {100'000, 100'000}), 0.003841, 1e-6);
  EXPECT_DOUBLE_EQ(sampling_ratio({.tolerance = 0.05}, {100, 1'000'000}), 1.0);
  EXPECT_DOUBLE_EQ(sampling_ratio({.ratio = 0.5, .threshold_rows = 2001}, {1000, 2000}), 1.0);
  EXPECT_DOUBLE_EQ(sampling_ratio({.ratio = 0.5, .threshold_rows = 2000}, {1000, 2000}), 0.5);
}

TEST(SamplingWish, MustMakeSense) {
  for (const SamplingWish& wish :
       {SamplingWish{.ratio = 0.0}, SamplingWish{.ratio = 1.5}, SamplingWish{.ratio = 0.1, .rows_max = 5},
        SamplingWish{.rows_max = 0}, SamplingWish{.tolerance = 1.0}, SamplingWish{.confidence = 1.0},
        SamplingWish{.threshold_rows = -1}})
    EXPECT_FALSE(check_sampling(wish).ok());
  EXPECT_TRUE(check_sampling(with_ratio(1.0)).ok());
}

// What the whole tables have more on one side, they have: the interval of one side tells of the other.
TEST(Estimates, AgreeWithTheRowsOfBothSides) {
  SampledOutcome outcome{.total_rows = {100'000, 110'000},
                         .sides = {SampledSide{100'000, 1000, 0, 1000}, SampledSide{110'000, 1100, 0, 1100}},
                         .seen = {.changed = 10, .exclusives = {0, 95}, .differences = {10, 0}},
                         .outside = {.differences = {0, 0}}};
  const Estimates estimates = estimate(outcome, 0.01, 0.99);
  EXPECT_EQ(estimates.outcome.exclusives, (model::Sides<std::int64_t>{0, 10'000}));
  EXPECT_EQ(estimates.sampling.exclusives[1].low, 10'000);
  EXPECT_LT(estimates.sampling.exclusives[1].high, 10'700);
  EXPECT_EQ(estimates.sampling.matched_rows.high, 100'000);
  EXPECT_EQ(estimates.outcome.changed, 1000);
  EXPECT_EQ(estimates.sampling.distincts[0].high, 100'000);
}

constexpr int rows_of_a_table = 600;

// So many pairs of tables in one, told apart by their seed. Every third has keys that stand twice, every
// fifth has keys that are NULL; from none to a fifth of the rows are changed, removed and added.
std::string many_tables(int seeds) {
  const std::string numbers = fmt::format(
      "with recursive i(n) as (select 0 union all select n + 1 from i where n < {}), s(seed) as (select 0 "
      "union all select seed + 1 from s where seed < {}) ",
      rows_of_a_table - 1, seeds - 1);
  const std::string key =
      "case when seed % 5 = 0 and n % 97 = 3 then null when seed % 3 = 1 and n % 20 < 4 then seed * 10000 + "
      "n "
      "- n % 2 else seed * 10000 + n end as id, seed";
  return "create table a as " + numbers + "select " + key +
         ", n as v, n % 13 as w from i cross join s;\n"
         "create table b as " +
         numbers + "select " + key +
         ", n + case when (n * 7919 + seed * 10473) % 997 < (seed % 10) * 20 then 1 else 0 end as v, "
         "n % 13 + case when (n * 4507 + seed * 7877) % 983 < (seed % 4) * 5 then 1 else 0 end as w "
         "from i cross join s where (n * 6007 + seed * 3313) % 991 >= (seed % 7) * 10 union all "
         "select seed * 10000 + 5000 + n, seed, n, n from i cross join s "
         "where (n * 5003 + seed * 2711) % 977 < (seed % 6) * 15;\n";
}

class SamplingTest : public ::testing::TestWithParam<engine::Dialect> {
 protected:
  void fill(const std::string& sql) {
    database_ = test_database(GetParam());
    if (!database_) GTEST_SKIP() << "this machine has no such server";
    connection_ = database_->filled(sql);
  }

  TableDiff diff(const std::optional<SamplingWish>& sampling, const std::string& filter = "",
                 const std::vector<std::string>& key = {"id"}) {
    DiffRequest request;
    request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
    request.pk_columns = key;
    request.exclude_columns = {"seed"};
    request.filters = {filter, filter};
    request.sampling = sampling;
    Cancel cancel;
    TableDiff result = diff_tables(*connection_, request, cancel);
    EXPECT_TRUE(result.has_figures()) << result.why;
    return result;
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<engine::Connection> connection_;
};

// How often an interval of a kind did not hold.
using Misses = std::map<std::string, int>;

void count_misses(const TableDiff& sampled, const TableDiff& exact, Misses& misses) {
  const model::Sampling& sampling = *sampled.sampling;
  const auto check = [&](const std::string& kind, const Interval& interval, std::int64_t truth,
                         std::int64_t estimate) {
    if (!holds(interval, truth)) ++misses[kind];
    EXPECT_TRUE(holds(interval, estimate)) << kind;
  };
  for (std::size_t side = 0; side < 2; ++side) {
    check("exclusives", sampling.exclusives[side], exact.pks.exclusives[side], sampled.pks.exclusives[side]);
    check("dupes", sampling.dupes[side], exact.pks.dupes[side], sampled.pks.dupes[side]);
    check("distincts", sampling.distincts[side], exact.pks.distincts[side], sampled.pks.distincts[side]);
  }
  check("matched", sampling.matched_rows, exact.values.total_rows, sampled.values.total_rows);
  check("changed", sampling.rows_with_differences, exact.values.rows_with_differences,
        sampled.values.rows_with_differences);
  check("values", sampling.values_with_differences, exact.values.values_with_differences,
        sampled.values.values_with_differences);
  for (std::size_t i = 0; i < sampling.values_different.size(); ++i)
    check("column " + std::to_string(i), sampling.values_different[i],
          exact.values.columns_diff_stats[i].values_different,
          sampled.values.columns_diff_stats[i].values_different);
  EXPECT_EQ(sampled.pks.total_rows, exact.pks.total_rows);
  EXPECT_EQ(sampled.pks.nulls, exact.pks.nulls);
}

TEST_P(SamplingTest, IntervalsHoldAsOftenAsTheySay) {
  constexpr double confidence = 0.95;
  const bool own_sql = GetParam() == engine::Dialect::duckdb || GetParam() == engine::Dialect::postgresql;
  const int seeds = own_sql ? 100 : 20;
  ASSERT_NO_FATAL_FAILURE(fill(many_tables(seeds)));
  if (!connection_) return;
  Misses misses;
  int narrow = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    const std::string filter = fmt::format("seed = {}", seed);
    const TableDiff sampled = diff(with_ratio(0.25, confidence), filter);
    ASSERT_TRUE(sampled.sampling) << filter;
    count_misses(sampled, diff({}, filter), misses);
    const Interval& changed = sampled.sampling->rows_with_differences;
    if (changed.high - changed.low < rows_of_a_table / 4) ++narrow;
  }
  // Two sides make twice as many intervals of a kind.
  for (const auto& [kind, count] : misses)
    EXPECT_LE(count, 2 * seeds * (1.0 - confidence)) << kind;
  EXPECT_EQ(narrow, seeds);
}

TEST_P(SamplingTest, TakesTheSameRowsOfBothSidesEachTime) {
  ASSERT_NO_FATAL_FAILURE(
      fill("create table a (id integer, region varchar(10), price decimal(10,2));"
           "create table b (region varchar(20), id bigint, price decimal(12,4));"
           "insert into a with recursive i(n) as (select 0 union all select n + 1 from i where n < 999) "
           "select n, case when n % 2 = 0 then 'north' else 'Süd' end, n / 4.0 from i;"
           "insert into b select region, id, price from a;"));
  if (!connection_) return;
  for (const std::vector<std::string>& key :
       {std::vector<std::string>{"id", "region"}, std::vector<std::string>{"price"}, {}}) {
    SCOPED_TRACE(key.size());
    const TableDiff first = diff(with_ratio(0.2), "", key);
    const TableDiff second = diff(with_ratio(0.2), "", key);
    ASSERT_TRUE(first.sampling && second.sampling);
    EXPECT_EQ(first.sampling->rows, second.sampling->rows);
    EXPECT_EQ(first.sampling->rows[0], first.sampling->rows[1]);
    EXPECT_NEAR(static_cast<double>(first.sampling->rows[0]), 200.0, 60.0);
    EXPECT_EQ(first.pks.exclusives, (model::Sides<std::int64_t>{0, 0}));
    EXPECT_NE(first.why.find("The sample shows no difference: with 99 % confidence, at most "),
              first.why.npos)
        << first.why;
  }
}

TEST_P(SamplingTest, OfAllRowsIsAnExactDiff) {
  ASSERT_NO_FATAL_FAILURE(fill(many_tables(2)));
  if (!connection_) return;
  const TableDiff exact = diff({});
  for (const SamplingWish& wish : {with_ratio(1.0), SamplingWish{.rows_max = 5000},
                                   SamplingWish{.ratio = 0.01, .threshold_rows = 5000}}) {
    const TableDiff whole = diff(wish);
    EXPECT_FALSE(whole.sampling);
    EXPECT_EQ(whole.result, exact.result);
    EXPECT_EQ(whole.pks.exclusives, exact.pks.exclusives);
    EXPECT_EQ(whole.pks.dupes, exact.pks.dupes);
    EXPECT_EQ(whole.values.rows_with_differences, exact.values.rows_with_differences);
    EXPECT_EQ(whole.values.values_with_differences, exact.values.values_with_differences);
  }
}

TEST_P(SamplingTest, KeepsToABudgetOfRows) {
  ASSERT_NO_FATAL_FAILURE(fill(many_tables(3)));
  if (!connection_) return;
  const TableDiff sampled = diff(SamplingWish{.rows_max = 300});
  ASSERT_TRUE(sampled.sampling);
  EXPECT_NEAR(static_cast<double>(sampled.sampling->rows[0]), 300.0, 80.0);
  EXPECT_EQ(sampled.result, DiffResult::bad_pks);
  EXPECT_FALSE(sampled.findings.empty());
}

class SamplesOfTwoDatabases : public ::testing::TestWithParam<model::Sides<engine::Dialect>> {};

// The databases give their sample's rows and those with a NULL in their key, and nothing else.
TEST_P(SamplesOfTwoDatabases, AreTheSameKeysAndAllThatIsRead) {
  const auto production = test_database(GetParam()[0]);
  const auto pull_request = test_database(GetParam()[1]);
  if (!production || !pull_request) GTEST_SKIP() << "this machine lacks a server";
  const auto filled = [](const std::string& columns, const std::string& rest) {
    return "create table t (" + columns +
           ");\ninsert into t (id, region, v) with recursive i(n) as (select 0 union all select n + 1 from i "
           "where n < 999) select case when n < 7 then null else n end, concat(case when n % 2 = 0 then "
           "'north' "
           "else 'Süd ' end, n), n from i;\n" +
           rest;
  };
  production->fill(filled("id integer, region varchar(20), v integer", ""));
  pull_request->fill(
      filled("region varchar(30), id bigint, v integer", "update t set v = -1 where id > 799;\n"));
  const model::Sides<model::DataSource> sources = {production->source(), pull_request->source()};
  for (const std::vector<std::string>& key :
       {std::vector<std::string>{"id"}, std::vector<std::string>{"id", "region"}}) {
    DiffRequest request;
    request.tables = {engine::TablePath{"t"}, engine::TablePath{"t"}};
    request.pk_columns = key;
    request.sampling = with_ratio(0.2);
    Cancel cancel;
    TableDiff read;
    const auto stream = [&](const DiffRequest& wanted) {
      DiffRequest all = wanted;
      all.sampling.reset();
      all.taken_sample.reset();
      all.algorithm = Algorithm::stream;
      read = diff_across(sources, all, {}, cancel);
      return read;
    };
    const auto pushed_down = diff_of_sample(sources, request, stream, cancel);
    ASSERT_TRUE(pushed_down.ok() && pushed_down->has_value()) << pushed_down.error().message;
    EXPECT_EQ(read.pks.total_rows[0], read.pks.total_rows[1]);
    EXPECT_EQ(read.pks.exclusives, (model::Sides<std::int64_t>{0, 0}));
    EXPECT_EQ(read.pks.nulls, (model::Sides<std::int64_t>{7, 7}));
    EXPECT_NEAR(static_cast<double>(read.pks.total_rows[0]), 207.0, 60.0);

    const TableDiff sampled = diff_across(sources, request, {}, cancel);
    ASSERT_TRUE(sampled.has_figures() && sampled.sampling) << sampled.why;
    EXPECT_EQ(sampled.sampling->rows, read.pks.total_rows);
    EXPECT_EQ(sampled.pks.total_rows, (model::Sides<std::int64_t>{1000, 1000}));
    EXPECT_TRUE(holds(sampled.sampling->rows_with_differences, 200));
    EXPECT_TRUE(holds(sampled.sampling->exclusives[0], 0));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Servers, SamplesOfTwoDatabases,
    ::testing::Values(model::Sides<engine::Dialect>{engine::Dialect::postgresql, engine::Dialect::postgresql},
                      model::Sides<engine::Dialect>{engine::Dialect::postgresql, engine::Dialect::mysql},
                      model::Sides<engine::Dialect>{engine::Dialect::mysql, engine::Dialect::mysql}),
    [](const auto& tested) { return name_of(tested.param[0]) + name_of(tested.param[1]); });

INSTANTIATE_TEST_SUITE_P(Databases, SamplingTest, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace vernier::datadiff
