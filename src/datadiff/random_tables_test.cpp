// SPDX-License-Identifier: Apache-2.0
// Random pairs of tables, with NULLs and duplicates also in the keys, against a row-by-row reference.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using engine::Dialect;

// A cell; NULL where `null`, else of the column's type: text, or a number.
struct Value {
  bool null = false;
  double number = 0.0;
  std::string text = {};
};

// SQL's order as both databases have it by default: NULL last, NaN the largest number, text by bytes.
int compare(const Value& a, const Value& b) {
  if (a.null || b.null) return static_cast<int>(a.null) - static_cast<int>(b.null);
  if (a.text != b.text) return a.text < b.text ? -1 : 1;
  const bool a_nan = std::isnan(a.number);
  const bool b_nan = std::isnan(b.number);
  if (a_nan || b_nan) return static_cast<int>(a_nan) - static_cast<int>(b_nan);
  return a.number < b.number ? -1 : (a.number > b.number ? 1 : 0);
}

using Row = std::vector<Value>;

struct RowOrder {
  bool operator()(const Row& a, const Row& b) const {
    for (std::size_t i = 0; i < a.size(); ++i)
      if (const int order = compare(a[i], b[i]); order != 0) return order < 0;
    return false;
  }
};

struct Column {
  std::string name;
  std::string type;
};

const std::vector<Column> columns = {
    {"k1", "int"},           {"k2", "text"},   {"v1", "int"}, {"v2", "text"}, {"v3", "double precision"},
    {"v4", "numeric(10,2)"}, {"v5", "boolean"}};

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

Value value_of(const Column& column, Random& random) {
  if (below(random, 8) == 0) return {.null = true};
  const std::size_t choice = below(random, 4);
  if (column.type == "text") return {.text = std::array{"a", "A", "b ", "ü"}[choice]};
  if (column.type == "double precision") return {.number = std::array{0.0, -0.0, std::nan(""), 0.5}[choice]};
  if (column.type == "numeric(10,2)") return {.number = std::array{0.25, 1.5, -1.5, 100.0}[choice]};
  if (column.type == "boolean") return {.number = choice < 2 ? 0.0 : 1.0};
  return {.number = static_cast<double>(choice)};
}

std::string literal(const Column& column, const Value& value) {
  if (value.null) return "null";
  if (column.type == "text") return "'" + value.text + "'";
  if (column.type == "boolean") return value.number == 0.0 ? "false" : "true";
  if (std::isnan(value.number)) return "'nan'";
  return fmt::format("'{}'", value.number);
}

std::vector<Row> random_rows(Random& random, std::size_t key_values) {
  std::vector<Row> rows(below(random, 14));
  for (Row& row : rows) {
    for (const Column& column : columns)
      row.push_back(value_of(column, random));
    if (!row[0].null) row[0].number = static_cast<double>(below(random, key_values));
  }
  return rows;
}

// The other side: some rows edited, dropped, doubled or new, in another order.
std::vector<Row> edited(const std::vector<Row>& rows, Random& random, std::size_t key_values) {
  std::vector<Row> out;
  for (const Row& row : rows) {
    const std::size_t action = below(random, 10);
    if (action == 0) continue;
    out.push_back(row);
    if (action == 1) out.push_back(row);
    if (action < 5) {
      const std::size_t column = 2 + below(random, columns.size() - 2);
      out.back()[column] = value_of(columns[column], random);
    }
  }
  if (below(random, 2) == 0)
    for (Row& row : random_rows(random, key_values))
      out.push_back(std::move(row));
  std::shuffle(out.begin(), out.end(), random);
  return out;
}

struct Expected {
  model::KeyStats pks;
  std::int64_t changed = 0;
  std::vector<std::int64_t> differences;
};

// Takes the rows that are equal on both sides out of both, as many as both have.
void take_equal(std::vector<Row>& a, std::vector<Row>& b) {
  std::sort(a.begin(), a.end(), RowOrder());
  std::sort(b.begin(), b.end(), RowOrder());
  model::Sides<std::vector<Row>> rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest[0]), RowOrder());
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(rest[1]), RowOrder());
  a = std::move(rest[0]);
  b = std::move(rest[1]);
}

Expected reference(const model::Sides<std::vector<Row>>& tables, std::size_t keys) {
  Expected expected;
  expected.differences.resize(columns.size() - keys);
  std::map<Row, model::Sides<std::vector<Row>>, RowOrder> groups;
  for (std::size_t side = 0; side < 2; ++side) {
    expected.pks.total_rows[side] = static_cast<std::int64_t>(tables[side].size());
    for (const Row& row : tables[side]) {
      const auto values = row.begin() + static_cast<std::ptrdiff_t>(keys);
      groups[Row(row.begin(), values)][side].emplace_back(values, row.end());
    }
  }
  for (auto& [key, rows] : groups) {
    const bool null = std::any_of(key.begin(), key.end(), [](const Value& part) { return part.null; });
    for (std::size_t side = 0; side < 2 && keys > 0; ++side) {
      const auto count = static_cast<std::int64_t>(rows[side].size());
      if (null) expected.pks.nulls[side] += count;
      if (!null && count > 1) expected.pks.dupes[side] += count;
      if (!null && count > 0) ++expected.pks.distincts[side];
    }
    take_equal(rows[0], rows[1]);
    const std::size_t pairs = keys > 0 ? std::min(rows[0].size(), rows[1].size()) : 0;
    expected.changed += static_cast<std::int64_t>(pairs);
    for (std::size_t pair = 0; pair < pairs; ++pair)
      for (std::size_t i = 0; i < expected.differences.size(); ++i)
        if (compare(rows[0][pair][i], rows[1][pair][i]) != 0) ++expected.differences[i];
    for (std::size_t side = 0; side < 2; ++side)
      expected.pks.exclusives[side] += static_cast<std::int64_t>(rows[side].size() - pairs);
  }
  return expected;
}

std::string create_table(const std::string& name, const std::vector<Row>& rows) {
  std::string sql = "create table " + name + "(";
  for (std::size_t i = 0; i < columns.size(); ++i)
    sql += (i > 0 ? ", " : "") + columns[i].name + " " + columns[i].type;
  sql += ");\n";
  for (std::size_t row = 0; row < rows.size(); ++row) {
    sql += row == 0 ? "insert into " + name + " values (" : ", (";
    for (std::size_t i = 0; i < columns.size(); ++i)
      sql += (i > 0 ? ", " : "") + literal(columns[i], rows[row][i]);
    sql += ")";
  }
  return rows.empty() ? sql : sql + ";\n";
}

void expect_equal(const model::TableDiff& diff, const Expected& expected, bool keyed) {
  EXPECT_TRUE(diff.has_figures()) << diff.why;
  EXPECT_EQ(diff.pks.total_rows, expected.pks.total_rows);
  EXPECT_EQ(diff.pks.exclusives, expected.pks.exclusives);
  EXPECT_EQ(diff.values.rows_with_differences, expected.changed);
  if (keyed) {
    EXPECT_EQ(diff.pks.nulls, expected.pks.nulls);
    EXPECT_EQ(diff.pks.dupes, expected.pks.dupes);
    EXPECT_EQ(diff.pks.distincts, expected.pks.distincts);
  }
  std::vector<std::int64_t> differences;
  for (const model::ColumnDiff& column : diff.values.columns_diff_stats)
    differences.push_back(column.values_different);
  EXPECT_EQ(differences, expected.differences);
}

// Makes the first column a key: without NULLs, and each value once.
void make_key_good(std::vector<Row>& rows) {
  std::set<double> seen;
  double next = 1000.0;
  for (Row& row : rows)
    if (row[0].null) row[0] = {.number = next++};
  std::erase_if(rows, [&](const Row& row) { return !seen.insert(row[0].number).second; });
}

// MySQL's doubles are all numbers.
void leave_out_nan(std::vector<Row>& rows) {
  for (Row& row : rows)
    for (Value& value : row)
      if (std::isnan(value.number)) value.number = 2.5;
}

std::vector<model::Sides<std::vector<Row>>> random_pairs(int count, bool with_nan) {
  Random random(20261124);
  std::vector<model::Sides<std::vector<Row>>> pairs;
  for (int i = 0; i < count; ++i) {
    const std::size_t key_values = i % 2 == 0 ? 6 : 200;
    const bool good_key = i % 3 == 0;
    std::vector<Row> rows = random_rows(random, key_values);
    if (good_key) make_key_good(rows);
    std::vector<Row> others = edited(rows, random, key_values);
    if (good_key) make_key_good(others);
    pairs.push_back({std::move(rows), std::move(others)});
    for (std::vector<Row>& side : pairs.back())
      if (!with_nan) leave_out_nan(side);
  }
  return pairs;
}

// The databases of production and of the pull request; one, where they are alike.
class RandomTables : public ::testing::TestWithParam<std::pair<Dialect, Dialect>> {};

TEST_P(RandomTables, GiveTheFiguresOfARowByRowComparison) {
  const auto [first, second] = GetParam();
  const bool across = first != second;
  const auto production = test_database(first);
  const auto other = across ? test_database(second) : nullptr;
  if (!production || (across && !other)) GTEST_SKIP() << "this machine lacks the server of a database";
  TestDatabase& pull_request = across ? *other : *production;
  const bool with_nan = first != Dialect::mysql && second != Dialect::mysql;
  const auto pairs = random_pairs(across ? 12 : 25, with_nan);
  model::Sides<std::string> sql;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    sql[0] += create_table(fmt::format("a{}", i), pairs[i][0]);
    sql[1] += create_table(fmt::format("b{}", i), pairs[i][1]);
    if (i % 3 != 0) continue;
    sql[0] += fmt::format("create unique index a{0}_k1 on a{0}(k1);\n", i);
    sql[1] += fmt::format("create unique index b{0}_k1 on b{0}(k1);\n", i);
  }
  pull_request.fill(sql[1]);
  const auto connection = production->filled(sql[0]);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t keys = 0; keys <= 2; ++keys) {
      SCOPED_TRACE(fmt::format("pair {} with {} key columns", i, keys));
      DiffRequest request;
      request.tables = {engine::TablePath{fmt::format("a{}", i)}, engine::TablePath{fmt::format("b{}", i)}};
      for (std::size_t key = 0; key < keys; ++key)
        request.pk_columns.push_back(columns[key].name);
      Cancel cancel;
      const model::TableDiff diff =
          across ? diff_across({production->source(), pull_request.source()}, request, {}, cancel)
                 : diff_tables(*connection, request, cancel);
      expect_equal(diff, reference(pairs[i], keys), keys > 0);
    }
  }
}

std::string tested_name(const ::testing::TestParamInfo<std::pair<Dialect, Dialect>>& tested) {
  const auto [first, second] = tested.param;
  return first == second ? name_of(first) : name_of(first) + "To" + name_of(second);
}

INSTANTIATE_TEST_SUITE_P(Databases, RandomTables,
                         ::testing::Values(std::pair(Dialect::duckdb, Dialect::duckdb),
                                           std::pair(Dialect::postgresql, Dialect::postgresql),
                                           std::pair(Dialect::mysql, Dialect::mysql),
                                           std::pair(Dialect::sqlite, Dialect::sqlite),
                                           std::pair(Dialect::postgresql, Dialect::mysql),
                                           std::pair(Dialect::sqlite, Dialect::duckdb),
                                           std::pair(Dialect::mysql, Dialect::sqlite)),
                         tested_name);

}  // namespace
}  // namespace vernier::datadiff
