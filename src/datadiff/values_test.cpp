// SPDX-License-Identifier: Apache-2.0
// Values that one database has and another has not, or has in another form.
#include <gtest/gtest.h>

#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using engine::Dialect;

struct ValueCase {
  std::string name;
  model::Sides<std::string> types;
  model::Sides<std::string> values;  // of the one row of each table, as SQL
  bool differ = false;
};

// Tables of one row for each case, side `side` of it.
std::string tables_of(const std::vector<ValueCase>& cases, std::size_t side, const std::string& key) {
  std::string sql;
  for (const ValueCase& each : cases) {
    const std::string name = each.name + (side == 0 ? "_a" : "_b");
    sql += "create table " + name + "(" + key + ", v " + each.types[side] + ");\n";
    sql += "insert into " + name + " values (1, " + each.values[side] + ");\n";
  }
  return sql;
}

DiffRequest request_of(const ValueCase& each) {
  DiffRequest request;
  request.tables = {engine::TablePath{each.name + "_a"}, engine::TablePath{each.name + "_b"}};
  request.pk_columns = {"id"};
  request.samples_max = 5;
  return request;
}

void expect_answer(const ValueCase& each, const model::TableDiff& diff) {
  EXPECT_TRUE(diff.has_figures()) << diff.why;
  EXPECT_EQ(diff.pks.total_rows, (model::Sides<std::int64_t>{1, 1}));
  EXPECT_EQ(diff.values.compared_columns, 1);
  EXPECT_EQ(diff.values.rows_with_differences, each.differ ? 1 : 0);
}

void compare_within(Dialect dialect, const std::vector<ValueCase>& cases) {
  const auto database = test_database(dialect);
  if (!database) GTEST_SKIP() << "this machine has no server of " << name_of(dialect);
  const std::string key = "id int primary key";
  const auto connection = database->filled(tables_of(cases, 0, key) + tables_of(cases, 1, key));
  for (const ValueCase& each : cases) {
    SCOPED_TRACE(each.name);
    Cancel cancel;
    expect_answer(each, diff_tables(*connection, request_of(each), cancel));
  }
}

void compare_across(Dialect first, Dialect second, const std::vector<ValueCase>& cases) {
  const auto production = test_database(first);
  const auto pull_request = test_database(second);
  if (!production || !pull_request) GTEST_SKIP() << "this machine lacks one of the two servers";
  production->fill(tables_of(cases, 0, "id int"));
  pull_request->fill(tables_of(cases, 1, "id int"));
  for (const ValueCase& each : cases) {
    SCOPED_TRACE(each.name);
    Cancel cancel;
    expect_answer(each,
                  diff_across({production->source(), pull_request->source()}, request_of(each), {}, cancel));
  }
}

model::Sides<std::string> both(const std::string& text) {
  return {text, text};
}

const std::string general = "varchar(20) character set utf8mb4 collate utf8mb4_general_ci";

TEST(Values, WithinMariaDbAreComparedByWhatTheyAre) {
  compare_within(
      Dialect::mysql,
      {{"letter_case", both(general), {"'Abc'", "'abc'"}, true},
       {"accent", both(general), {"'e'", "'é'"}, true},
       {"space_at_end", both("varchar(20) collate utf8mb4_bin"), {"'x'", "'x '"}, true},
       {"latin1", {"varchar(20) character set latin1", general}, {"'é'", "'é'"}, false},
       {"emoji", both(general), {"'😀'", "'😁'"}, true},
       {"floats", both("float"), {"1.0000001", "1.0000002"}, true},
       {"float_and_double", {"float", "double"}, {"0.5", "0.5"}, false},
       {"enums", both("enum('a', 'A') character set utf8mb4 collate utf8mb4_bin"), {"'a'", "'A'"}, true},
       {"sets", both("set('a', 'b')"), {"'a,b'", "'b,a'"}, false},
       {"bits", both("bit(12)"), {"b'101'", "b'100'"}, true},
       {"years", both("year"), {"1999", "2000"}, true},
       {"unsigned_end", both("bigint unsigned"), {"18446744073709551615", "18446744073709551614"}, true},
       {"unsigned_and_signed", {"bigint unsigned", "bigint"}, {"7", "7"}, false},
       {"long_decimals", both("decimal(65,30)"), {"1.000000000000000000000000000001", "1"}, true},
       {"decimal_scales", {"decimal(10,2)", "decimal(20,6)"}, {"1.5", "1.500000"}, false},
       {"documents", both("json"), {R"('{"a": 1, "b": 2}')", R"('{"b":2,"a":1}')"}, false},
       {"long_numbers_in_json",
        both("json"),
        {"'[12345678901234567890123]'", "'[12345678901234567890124]'"},
        true},
       {"bytes", both("varbinary(9)"), {"x'00ff'", "x'00fe'"}, true},
       {"spaces_in_bytes", both("blob"), {"'a'", "'a '"}, true},
       {"long_times", both("time"), {"'838:59:59'", "'838:59:58'"}, true},
       {"microseconds", both("datetime(6)"), {"'2024-01-01 00:00:00.000001'", "'2024-01-01'"}, true},
       {"int_and_text", {"int", "varchar(9)"}, {"1", "'1x'"}, true},
       {"text_and_date", {"varchar(10)", "date"}, {"'2024-01-01'", "'2024-01-01'"}, false}});
}

TEST(Values, OfMariaDbMeetTheirLikesInPostgreSql) {
  compare_across(
      Dialect::mysql, Dialect::postgresql,
      {{"booleans", {"boolean", "boolean"}, {"true", "true"}, false},
       {"no_booleans", {"tinyint(1)", "smallint"}, {"7", "7"}, false},
       {"seven_is_not_true", {"tinyint(1)", "boolean"}, {"7", "true"}, true},
       {"unsigned_end", {"bigint unsigned", "numeric(20)"}, {"18446744073709551615", "18446744073709551615"}},
       {"enums", {"enum('a', 'b')", "text"}, {"'b'", "'b'"}},
       {"emoji", {"longtext", "text"}, {"'😀 東京'", "'😀 東京'"}},
       {"bits", {"bit(12)", "int"}, {"b'101'", "5"}},
       {"years", {"year", "int"}, {"1999", "1999"}},
       {"doubles", {"double", "double precision"}, {"106081.88365095287", "106081.88365095287"}},
       {"other_doubles", {"double", "double precision"}, {"0.3", "0.30000000000000004"}, true},
       {"floats", {"float", "real"}, {"1.0000001", "1.0000001"}},
       {"fractions",
        {"datetime(3)", "timestamp"},
        {"'2024-01-01 10:00:00.5'", "'2024-01-01 10:00:00.500000'"}},
       {"instants", {"timestamp", "timestamptz"}, {"'2024-01-01 10:00:00'", "'2024-01-01 10:00:00+00'"}},
       {"times", {"time(6)", "time"}, {"'10:00:00.5'", "'10:00:00.5'"}},
       {"long_times", {"time", "text"}, {"'100:00:00'", "'100:00:00'"}},
       {"zero_date", {"date", "text"}, {"'0000-00-00'", "'0000-00-00'"}},
       {"documents", {"json", "jsonb"}, {R"('{"a": 1, "b": [2]}')", R"('{"b":[2],"a":1}')"}},
       {"bytes", {"blob", "bytea"}, {"x'00ff'", R"('\x00ff')"}},
       {"uuids", {"uuid", "uuid"}, both("'00000000-0000-0000-0000-00000000000a'")},
       {"wide_by_value", {"decimal(65,30)", "numeric(10,2)"}, {"1.5", "1.50"}},
       {"unlimited", {"decimal(18,4)", "numeric"}, {"1.5", "1.50000"}},
       {"unlimited_long", {"decimal(65,30)", "numeric"}, {"1.000000000000000000000000000001", "1"}, true}});
}

TEST(Values, OfPostgreSqlNumericsAreExactAcrossDatabases) {
  compare_across(Dialect::postgresql, Dialect::duckdb,
                 {{"not_a_number", {"numeric(10,2)", "double"}, {"'NaN'", "'nan'"}},
                  {"no_longer_nan", {"numeric(10,2)", "decimal(10,2)"}, {"'NaN'", "1"}, true},
                  {"unlimited_nan", {"numeric", "double"}, {"'NaN'", "'nan'"}},
                  {"by_value", {"numeric", "decimal(18,4)"}, {"1.50", "1.5"}},
                  {"last_digit", {"numeric", "decimal(38,20)"}, {"0.10000000000000000001", "0.1"}, true},
                  {"integers", {"numeric", "bigint"}, {"7.0", "7"}},
                  {"many_digits", {"numeric", "varchar"}, {"repeat('9', 60)::numeric", "repeat('9', 60)"}}});
}

TEST(Values, OfSqliteAreComparedThoughTheyDoNotFitTheirType) {
  compare_within(Dialect::sqlite, {{"text_in_int", both("integer"), {"'abc'", "'abd'"}, true},
                                   {"same_text_in_int", both("integer"), {"'abc'", "'abc'"}, false},
                                   {"int_and_real", {"integer", "real"}, {"1", "1.0"}, false},
                                   {"nocase", both("text collate nocase"), {"'A'", "'a'"}, true},
                                   {"rtrim", both("text collate rtrim"), {"'a'", "'a '"}, true},
                                   {"text_and_int", {"text", "integer"}, {"'1'", "1"}, false},
                                   {"untyped", {"", ""}, {"'1'", "1"}, true},
                                   {"last_bit", both("real"), {"0.3", "0.30000000000000004"}, true},
                                   {"documents", both("json"), {R"('{"a":1,"b":2}')", R"('{"b":2, "a":1}')"}},
                                   {"no_document", both("json"), {"'{'", "'{}'"}, true}});
}

TEST(Values, OfSqliteMeetTheirLikesInDuckDb) {
  compare_across(Dialect::sqlite, Dialect::duckdb,
                 {{"text_in_int", {"integer", "integer"}, {"'abc'", "1"}, true},
                  {"large_int", {"int", "bigint"}, {"5000000000", "5000000000"}},
                  {"real_in_int", {"integer", "double"}, {"1.5", "1.5"}},
                  {"real_in_decimal", {"decimal(10,2)", "double"}, {"1.005", "1.005"}},
                  {"decimals", {"decimal(10,2)", "decimal(10,2)"}, {"1.10", "1.1"}},
                  {"booleans", {"boolean", "boolean"}, {"1", "true"}},
                  {"two_is_not_true", {"boolean", "boolean"}, {"2", "true"}, true},
                  {"dates", {"date", "date"}, both("'2024-02-29'")},
                  {"no_date", {"date", "varchar"}, both("'2024-02-30'")},
                  {"date_with_a_time", {"date", "date"}, {"'2024-01-01 10:00:00'", "'2024-01-01'"}, true},
                  {"times", {"datetime", "timestamp"}, {"'2024-01-01T10:00'", "'2024-01-01 10:00:00'"}},
                  {"nanoseconds",
                   {"datetime", "timestamp"},
                   {"'2024-01-01 10:00:00.0000001'", "'2024-01-01 10:00:00'"},
                   true},
                  {"unix_time", {"timestamp", "bigint"}, {"1704103200", "1704103200"}},
                  {"bytes", {"blob", "blob"}, {"x'00ff'", R"('\x00\xFF')"}},
                  {"bytes_in_text", {"text", "varchar"}, {"x'00ff'", "'x''00ff'''"}},
                  {"untyped_number", {"", "integer"}, {"1", "1"}},
                  {"untyped_text", {"", "varchar"}, {"'a'", "'a'"}},
                  {"uuids", {"uuid", "uuid"}, both("'00000000-0000-0000-0000-00000000000A'")},
                  {"documents", {"json", "json"}, {R"('{"a":1,"b":2}')", R"('{"b":2, "a":1}')"}}});
}

model::DataSource text_file(const TempDir& folder, const std::string& name, const std::string& text) {
  const std::string path = (folder.path() / name).string();
  EXPECT_TRUE(write_file_whole(path, text).ok());
  return engine::parse_url("csv://" + path).value();
}

TEST(Values, OfTextFilesKeepAllDigits) {
  const TempDir folder = TempDir::create("/tmp").value();
  const auto file = [&](const std::string& name, const std::string& text) {
    return text_file(folder, name, text);
  };
  const auto first = file("a.csv", "id,v\n1,1234567890123456.01\n2,1.50\n3,\n");
  const auto second = file("b.csv", "id,v\n1,1234567890123456.02\n2,1.5\n3,\n");
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = {"id"};
  request.filters = both("v is null or v > 1.25");
  Cancel cancel;
  EXPECT_EQ(diff_across({first, second}, request, {}, cancel).values.rows_with_differences, 1);
  const auto powers = file("c.csv", "id,v\n1,1234567890123456.01\n2,15e-1\n3,\n");
  const model::TableDiff diff = diff_across({powers, first}, request, {}, cancel);
  EXPECT_EQ(diff.values.rows_with_differences, 0) << diff.why;
  ASSERT_EQ(diff.findings.size(), 1u);
  EXPECT_EQ(diff.findings[0].code, "column_converted");
}

// A header of two columns, then ten thousand pairs of equal rows around those that matter: few rows differ,
// so the files are compared where they are.
std::string text_rows(const std::string& rows) {
  std::string text = "id,v\n" + rows;
  for (int id = 100; id < 10'100; ++id)
    text += std::to_string(id) + ",0.25\n";
  return text;
}

TEST(Values, OfTextFilesAreComparedInPlaceByWhatTheyMean) {
  const TempDir folder = TempDir::create("/tmp").value();
  const auto file = [&](const std::string& name, const std::string& rows) {
    return text_file(folder, name, text_rows(rows));
  };
  const auto first = file("a.csv", "1,1234567890123456.01\n2,1.50\n3,\n4,-0\n5,15e-1\n6,1e3\n7,0.1\n8,7.5\n");
  const auto second = file("b.csv", "1,1234567890123456.02\n2,1.5\n3,\n4,0.0\n5,1.500\n6,1000\n7,\n9,7.5\n");
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = {"id"};
  Cancel cancel;
  const model::TableDiff diff = diff_across({first, second}, request, {}, cancel);
  EXPECT_EQ(diff.algorithm, "hash_join") << diff.why;
  EXPECT_EQ(diff.values.rows_with_differences, 2);
  EXPECT_EQ(diff.pks.total_rows, (model::Sides<std::int64_t>{10'008, 10'008}));
  EXPECT_EQ(diff.pks.exclusives, (model::Sides<std::int64_t>{1, 1}));
  ASSERT_EQ(diff.samples.changed.size(), 2u);
  EXPECT_EQ(diff.samples.changed[0].values[1][0], "1234567890123456.02");
  EXPECT_EQ(diff.samples.changed[1].values[1][0], std::nullopt);
  ASSERT_EQ(diff.samples.exclusives[1].size(), 1u);
  EXPECT_EQ(diff.samples.exclusives[1][0].key[0], "9");
}

TEST(Values, OfTextFilesWithDoubtfulKeysAreBroughtTogether) {
  const TempDir folder = TempDir::create("/tmp").value();
  const auto file = [&](const std::string& name, const std::string& rows) {
    return text_file(folder, name, text_rows(rows));
  };
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = {"id"};
  Cancel cancel;
  const model::TableDiff diff = diff_across(
      {file("a.csv", "1,1.5\n1,1.5\n2,2.5\n"), file("b.csv", "1,1.5\n1,3.5\n,2.5\n")}, request, {}, cancel);
  EXPECT_EQ(diff.result, model::DiffResult::bad_pks) << diff.why;
  EXPECT_EQ(diff.pks.dupes, (model::Sides<std::int64_t>{2, 2}));
  EXPECT_EQ(diff.pks.nulls, (model::Sides<std::int64_t>{0, 1}));
  EXPECT_EQ(diff.values.rows_with_differences, 1);
  EXPECT_EQ(diff.pks.exclusives, (model::Sides<std::int64_t>{1, 1}));
}

TEST(Values, OfGoodKeysAreJoinedInTheDatabase) {
  for (const Dialect dialect : {Dialect::mysql, Dialect::sqlite}) {
    const auto database = test_database(dialect);
    if (!database) GTEST_SKIP() << "this machine has no server of " << name_of(dialect);
    const auto connection = database->filled(
        "create table a(k varchar(9) primary key, v int);\n"
        "insert into a values ('x', 1), ('y', 2), ('z', null);\n"
        "create table b(k varchar(9) primary key, v int);\n"
        "insert into b values ('X', 1), ('y', 3), ('z', null), ('zz', 1);\n"
        "create view seen as select * from b;\n");
    DiffRequest request;
    request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
    request.pk_columns = {"k"};
    Cancel cancel;
    const model::TableDiff diff = diff_tables(*connection, request, cancel);
    EXPECT_EQ(diff.algorithm, "left_join");
    EXPECT_EQ(diff.pks.exclusives, (model::Sides<std::int64_t>{1, 2}));
    ASSERT_EQ(diff.samples.changed.size(), 1u);
    EXPECT_EQ(diff.samples.changed[0].key[0], "y");
    EXPECT_EQ(diff.samples.changed[0].values[1][0], "3");
    ASSERT_EQ(diff.samples.exclusives[1].size(), 2u);
    EXPECT_EQ(diff.samples.exclusives[1][0].key[0], "X");
    request.samples_max = 0;
    EXPECT_EQ(diff_tables(*connection, request, cancel).pks.exclusives, diff.pks.exclusives);
    request.tables[1] = engine::TablePath{"seen"};
    EXPECT_EQ(diff_tables(*connection, request, cancel).pks.exclusives, diff.pks.exclusives);
    cancel.request();
    EXPECT_EQ(diff_tables(*connection, request, cancel).result, model::DiffResult::error);
  }
}

}  // namespace
}  // namespace vernier::datadiff
