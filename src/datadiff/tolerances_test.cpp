// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

Tolerances for_numbers(double value, bool relative = false) {
  return {Tolerance{value, relative}, {}, 0.0};
}
Tolerances for_seconds(double seconds) {
  return {std::nullopt, {}, seconds};
}
Tolerances with_column(Tolerances tolerances, const std::string& name, double value) {
  tolerances.columns[name] = {value, false};
  return tolerances;
}

class ToleranceTest : public ::testing::TestWithParam<engine::Dialect> {
 protected:
  void SetUp() override {
    database_ = test_database(GetParam());
    if (!database_) GTEST_SKIP() << "this machine has no such server";
    connection_ = database_->filled(R"(
      create table a (id integer primary key, whole integer, price decimal(10,2), made timestamp, word varchar(9));
      create table b (id integer primary key, whole integer, price decimal(12,3), made timestamp, word varchar(9));
      insert into a values (1, 100, 10.00, '2026-01-01 00:00:00', 'x'), (2, 100, 20.00, '2026-01-01 00:00:00', 'x'),
        (3, 100, -30.00, '2026-01-01 00:00:00', 'x'), (4, null, null, null, null), (5, 5, 5, null, 'x');
      insert into b values (1, 101, 10.00, '2026-01-01 00:00:02', 'x'), (2, 103, 20.10, '2026-01-01 00:01:00', 'y'),
        (3, 100, -30.40, '2026-01-01 00:00:00', 'x'), (4, null, null, null, null), (5, null, 5, null, 'x');)");
  }

  model::TableDiff diff(const Tolerances& tolerances) {
    DiffRequest request;
    request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
    request.pk_columns = {"id"};
    request.tolerances = tolerances;
    Cancel cancel;
    return diff_tables(*connection_, request, cancel);
  }
  // Of whole, price, made, word.
  std::vector<std::int64_t> differences(const Tolerances& tolerances) {
    const model::TableDiff result = diff(tolerances);
    std::vector<std::int64_t> counts;
    for (const model::ColumnDiff& column : result.values.columns_diff_stats)
      counts.push_back(column.values_different);
    EXPECT_EQ(counts.size(), 4u) << result.why;
    return counts;
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<engine::Connection> connection_;
};

using Counts = std::vector<std::int64_t>;

TEST_P(ToleranceTest, IsForNumbersOfAllKinds) {
  EXPECT_EQ(differences({}), (Counts{3, 2, 2, 1}));
  EXPECT_EQ(differences(for_numbers(1.0)), (Counts{2, 0, 2, 1}));
  EXPECT_EQ(differences(for_numbers(0.2)), (Counts{3, 1, 2, 1}));
}

TEST_P(ToleranceTest, MayBeAShareOfProductionsNumber) {
  EXPECT_EQ(differences(for_numbers(0.011, true)), (Counts{2, 1, 2, 1}));
  EXPECT_EQ(differences(for_numbers(0.05, true)), (Counts{1, 0, 2, 1}));
}

TEST_P(ToleranceTest, OfAColumnGoesBeforeThatOfAll) {
  EXPECT_EQ(differences(with_column(for_numbers(1.0), "PRICE", 0.2)), (Counts{2, 1, 2, 1}));
}

TEST_P(ToleranceTest, OfTimesIsInSeconds) {
  EXPECT_EQ(differences(for_seconds(2.0)), (Counts{3, 2, 1, 1}));
  EXPECT_EQ(differences(for_seconds(1.5)), (Counts{3, 2, 2, 1}));
}

TEST_P(ToleranceTest, IsSaidBesideTheFigures) {
  const model::TableDiff result = diff(with_column(for_numbers(0.01, true), "price", 0.2));
  ASSERT_GE(result.findings.size(), 2u) << result.why;
  const auto said = [&](std::size_t from_end) {
    return result.findings[result.findings.size() - from_end].message;
  };
  EXPECT_EQ(said(2), "Numbers count as equal where they are 1% or less of production's value apart.");
  EXPECT_EQ(said(1), "Values of price count as equal where they are 0.2 or less apart.");
}

TEST_P(ToleranceTest, OfWhatIsNoComparedNumberIsRefused) {
  EXPECT_NE(diff(with_column({}, "word", 1.0)).why.find("has a tolerance but is no number"),
            std::string::npos);
  for (const char* column : {"id", "nothing"})
    EXPECT_NE(diff(with_column({}, column, 1.0)).why.find("are not compared"), std::string::npos);
}

class TextRulesTest : public ::testing::TestWithParam<engine::Dialect> {};

TEST_P(TextRulesTest, MakeTextsEqualInKeysToo) {
  const auto database = test_database(GetParam());
  if (!database) GTEST_SKIP() << "this machine has no such server";
  const auto connection = database->filled(R"(
      create table a (id varchar(9), word varchar(9), number integer);
      create table b (id varchar(9), word varchar(20), number integer);
      insert into a values ('Ä1', 'Word', 1), ('b2', '', null), ('c3', null, 3), ('d4', 'x', 4);
      insert into b values ('ä1', 'wORD', 1), ('B2', null, null), ('c3', '', 3), ('d4', 'y', 4);)");
  const auto diff = [&](const TextRules& rules) {
    DiffRequest request;
    request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
    request.pk_columns = {"id"};
    request.texts = rules;
    Cancel cancel;
    model::TableDiff result = diff_tables(*connection, request, cancel);
    EXPECT_TRUE(result.has_figures()) << result.why;
    return result;
  };
  EXPECT_EQ(diff({}).pks.exclusives[0], 2);
  const model::TableDiff without_case = diff({.ignore_case = true});
  EXPECT_EQ(without_case.pks.exclusives[0], 0);
  EXPECT_EQ(without_case.values.rows_with_differences, 3);
  const model::TableDiff without_both = diff({.ignore_case = true, .null_is_empty = true});
  EXPECT_EQ(without_both.values.rows_with_differences, 1);
  EXPECT_EQ(without_both.findings.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Databases, TextRulesTest, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

INSTANTIATE_TEST_SUITE_P(Databases, ToleranceTest, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace vernier::datadiff
