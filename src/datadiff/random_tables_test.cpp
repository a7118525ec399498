// SPDX-License-Identifier: Apache-2.0
// Random pairs of tables, with NULLs and duplicates also in the keys, against a row-by-row reference.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "datadiff/checksums.h"
#include "datadiff/databases_for_tests.h"
#include "datadiff/figures_for_tests.h"
#include "datadiff/small_groups_for_tests.h"

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

constexpr std::size_t usual_rows = 14;  // fewer are made

std::vector<Row> random_rows(Random& random, std::size_t key_values, std::size_t rows_below) {
  std::vector<Row> rows(below(random, rows_below));
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
    for (Row& row : random_rows(random, key_values, usual_rows))
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

// How many pairs of tables each combination of databases compares: VERNIER_RANDOM_PAIRS, else `usual`.
int pair_count(int usual) {
  const char* wanted = std::getenv("VERNIER_RANDOM_PAIRS");
  const int count = wanted ? std::atoi(wanted) : 0;
  return count > 0 ? count : usual;
}

// Several calls with unlike seeds give unlike pairs.
std::vector<model::Sides<std::vector<Row>>> random_pairs(int count, bool with_nan, unsigned seed,
                                                         std::size_t rows_below = usual_rows) {
  Random random(seed);
  std::vector<model::Sides<std::vector<Row>>> pairs;
  for (int i = 0; i < count; ++i) {
    const std::size_t key_values = i % 2 == 0 ? 6 : 200;
    const bool good_key = i % 3 == 0;
    std::vector<Row> rows = random_rows(random, key_values, rows_below);
    if (good_key) make_key_good(rows);
    std::vector<Row> others = edited(rows, random, key_values);
    if (good_key) make_key_good(others);
    pairs.push_back({std::move(rows), std::move(others)});
    for (std::vector<Row>& side : pairs.back())
      if (!with_nan) leave_out_nan(side);
  }
  return pairs;
}

template <typename Rows>
std::vector<std::vector<model::Cell>> keys_of(const Rows& rows) {
  std::vector<std::vector<model::Cell>> keys;
  for (const auto& row : rows)
    keys.push_back(row.key);
  return keys;
}

using Pairs = std::vector<model::Sides<std::vector<Row>>>;

constexpr int pairs_at_once = 250;  // whose tables exist at a time

// Statements that make the tables of one side, `prefix` and a number, in place of what was there.
std::string tables_sql(const Pairs& pairs, std::size_t side, char prefix) {
  std::string sql;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::string name = fmt::format("{}{}", prefix, i);
    sql += "drop table if exists " + name + ";\n" + create_table(name, pairs[i][side]);
    if (i % 3 == 0) sql += fmt::format("create unique index {0}_k1 on {0}(k1);\n", name);
  }
  return sql;
}

DiffRequest request_of_pair(std::size_t i, std::size_t keys) {
  DiffRequest request;
  request.tables = {engine::TablePath{fmt::format("a{}", i)}, engine::TablePath{fmt::format("b{}", i)}};
  for (std::size_t key = 0; key < keys; ++key)
    request.pk_columns.push_back(columns[key].name);
  return request;
}

// The databases of production and of the pull request; one, where they are alike.
struct Way {
  Dialect first;
  Dialect second;
  bool leaves_rows = false;  // on the server, where they are read anew by each statement
};

class RandomTables : public ::testing::TestWithParam<Way> {};

TEST_P(RandomTables, GiveTheFiguresOfARowByRowComparison) {
  const auto [first, second, leaves_rows] = GetParam();
  const bool unlike = first != second;
  const bool across = unlike || leaves_rows;
  const auto production = test_database(first);
  const auto other = unlike ? test_database(second) : nullptr;
  if (!production || (unlike && !other)) GTEST_SKIP() << "this machine lacks the server of a database";
  TestDatabase& pull_request = unlike ? *other : *production;
  engine::MeetingLimits limits;
  if (leaves_rows) limits.brought_bytes_max = 0;
  int narrowed = 0;
  const bool with_nan = first != Dialect::mysql && second != Dialect::mysql;
  const int count = pair_count(across ? 12 : 25);
  for (int done = 0; done < count; done += pairs_at_once) {
    const Pairs pairs =
        random_pairs(std::min(pairs_at_once, count - done), with_nan, 20261124 + static_cast<unsigned>(done));
    pull_request.fill(tables_sql(pairs, 1, 'b'));
    const auto connection = production->filled(tables_sql(pairs, 0, 'a'));
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (std::size_t keys = 0; keys <= 2; ++keys) {
        SCOPED_TRACE(fmt::format("pair {} after {} with {} key columns", i, done, keys));
        const DiffRequest request = request_of_pair(i, keys);
        Cancel cancel;
        const model::TableDiff diff =
            across ? diff_across({production->source(), pull_request.source()}, request, limits, cancel)
                   : diff_tables(*connection, request, cancel);
        expect_equal(diff, reference(pairs[i], keys), keys > 0);
        narrowed += diff.algorithm == "hash_join" ? 1 : 0;
      }
    }
  }
  EXPECT_TRUE(!leaves_rows || narrowed > 0);
}

// Three of four pairs get good keys; most rows of two of them differ, and few of the third.
void make_ranges_likely(Pairs& pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i % 4 == 0) continue;
    for (std::vector<Row>& side : pairs[i]) {
      make_key_good(side);
      for (Row& row : side)
        if (row[1].null) row[1] = {.text = "none"};
    }
    if (i % 4 > 1) {
      for (Row& row : pairs[i][1])
        row[2] = {.number = 9};
      continue;
    }
    // Half of these have dense keys, of which buckets are made, with several changes each.
    const double first = i % 8 == 1 ? 400.0 : 100'000.0;
    for (std::vector<Row>& side : pairs[i])
      for (Row& row : side)
        if (row[0].number >= 1000.0) row[0].number -= 700.0;
    for (int common = 0; common < 100; ++common) {
      Row row(columns.size(), Value{.number = 1.0, .text = "a"});
      row[0].number = first + common;
      for (std::vector<Row>& side : pairs[i])
        side.push_back(row);
    }
  }
}

TEST(RandomDuckDbTables, GiveTheSameFiguresAndSamplesByRangesOfTheKey) {
  DuckTestDatabase database;
  const int count = pair_count(12);
  int ranges_joined = 0;
  int ranges_narrowed = 0;
  int buckets_summed = 0;
  int doubtful_noted = 0;
  for (int done = 0; done < count; done += pairs_at_once) {
    Pairs pairs =
        random_pairs(std::min(pairs_at_once, count - done), true, 20261129 + static_cast<unsigned>(done), 90);
    make_ranges_likely(pairs);
    database.fill(tables_sql(pairs, 0, 'a') + tables_sql(pairs, 1, 'b'));
    const auto whole = database.filled("select 1;");
    SmallGroups ranged(database.filled("select 1;"));
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (std::size_t keys = 1; keys <= 2; ++keys) {
        SCOPED_TRACE(fmt::format("pair {} after {} with {} key columns", i, done, keys));
        DiffRequest request = request_of_pair(i, keys);
        request.samples_max = 3;
        Cancel cancel;
        const model::TableDiff diff = diff_tables(ranged, request, cancel);
        expect_equal(diff, reference(pairs[i], keys), true);
        const model::TableDiff same = diff_tables(*whole, request, cancel);
        EXPECT_EQ(keys_of(diff.samples.changed), keys_of(same.samples.changed));
        for (std::size_t side = 0; side < 2; ++side)
          EXPECT_EQ(keys_of(diff.samples.exclusives[side]), keys_of(same.samples.exclusives[side]));
      }
    }
    ranges_joined += ranged.ranges_joined();
    ranges_narrowed += ranged.ranges_narrowed();
    buckets_summed += ranged.buckets_summed();
    doubtful_noted += ranged.doubtful_noted();
  }
  EXPECT_GT(ranges_joined, count);
  EXPECT_GT(ranges_narrowed, count / 4);
  EXPECT_GT(buckets_summed, count / 4);
  EXPECT_GT(doubtful_noted, count / 4);
}

void expect_same(const model::TableDiff& diff, const model::TableDiff& other) {
  expect_same_figures(diff, other);
  EXPECT_EQ(diff.why, other.why);
  EXPECT_EQ(diff.schema.column_type_mismatches, other.schema.column_type_mismatches);
  ASSERT_EQ(diff.samples.changed.size(), other.samples.changed.size());
  for (std::size_t i = 0; i < diff.samples.changed.size(); ++i)
    EXPECT_EQ(diff.samples.changed[i].values, other.samples.changed[i].values);
}

class RandomServerTables : public ::testing::TestWithParam<std::pair<Dialect, Dialect>> {};

TEST_P(RandomServerTables, GiveTheSameFiguresByChecksums) {
  const auto [first, second] = GetParam();
  const auto production = test_database(first);
  const auto pull_request = test_database(second);
  if (!production || !pull_request) GTEST_SKIP() << "this machine lacks the server of a database";
  const model::Sides<model::DataSource> sources = {production->source(), pull_request->source()};
  const int count = pair_count(12);
  const bool with_doubles = first == Dialect::postgresql && second == Dialect::postgresql;
  int by_checksums = 0;
  std::int64_t rows_not_read = 0;
  for (int done = 0; done < count; done += pairs_at_once) {
    const Pairs pairs = random_pairs(std::min(pairs_at_once, count - done), with_doubles,
                                     20261125 + static_cast<unsigned>(done));
    production->fill(tables_sql(pairs, 0, 'a'));
    pull_request->fill(tables_sql(pairs, 1, 'b'));
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (std::size_t keys = 1; keys <= 2; ++keys) {
        SCOPED_TRACE(fmt::format("pair {} after {} with {} key columns", i, done, keys));
        DiffRequest request = request_of_pair(i, keys);
        if (!with_doubles) request.exclude_columns = {"v3"};  // floating numbers have no common text
        request.algorithm = Algorithm::stream;
        Cancel cancel;
        std::int64_t rows_read = 0;
        const auto stream = [&](const DiffRequest& wanted) {
          model::TableDiff diff = diff_across(sources, wanted, {}, cancel);
          rows_read = diff.pks.total_rows[0];
          return diff;
        };
        const auto summed = diff_by_checksums(
            sources, request, {.rows_per_segment = 1, .segments_max = 8, .levels_max = 3}, stream, cancel);
        if (!summed) {
          EXPECT_EQ(summed.error().message, "its key is not unique");
          continue;
        }
        ++by_checksums;
        rows_not_read += summed->pks.total_rows[0] - rows_read;
        expect_same(*summed, diff_across(sources, request, {}, cancel));
      }
    }
  }
  EXPECT_GT(by_checksums, count / 4);
  EXPECT_GT(rows_not_read, count / 4);
}

std::string tested_name(Dialect first, Dialect second) {
  return first == second ? name_of(first) : name_of(first) + "To" + name_of(second);
}

INSTANTIATE_TEST_SUITE_P(
    Databases, RandomTables,
    ::testing::Values(Way{Dialect::duckdb, Dialect::duckdb}, Way{Dialect::postgresql, Dialect::postgresql},
                      Way{Dialect::mysql, Dialect::mysql}, Way{Dialect::sqlite, Dialect::sqlite},
                      Way{Dialect::postgresql, Dialect::mysql}, Way{Dialect::sqlite, Dialect::duckdb},
                      Way{Dialect::mysql, Dialect::sqlite},
                      Way{Dialect::postgresql, Dialect::postgresql, true},
                      Way{Dialect::duckdb, Dialect::postgresql, true}),
    [](const ::testing::TestParamInfo<Way>& tested) {
      const Way& way = tested.param;
      return tested_name(way.first, way.second) + (way.leaves_rows ? "Remote" : "");
    });

INSTANTIATE_TEST_SUITE_P(Databases, RandomServerTables,
                         ::testing::Values(std::pair(Dialect::postgresql, Dialect::postgresql),
                                           std::pair(Dialect::postgresql, Dialect::mysql),
                                           std::pair(Dialect::mysql, Dialect::mysql)),
                         [](const ::testing::TestParamInfo<std::pair<Dialect, Dialect>>& tested) {
                           return tested_name(tested.param.first, tested.param.second);
                         });

}  // namespace
}  // namespace vernier::datadiff
