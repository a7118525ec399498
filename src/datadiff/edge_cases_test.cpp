// SPDX-License-Identifier: Apache-2.0
// The awkward tables on which other tools answer wrongly or not at all, on all databases and across them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "datadiff/databases_for_tests.h"

namespace vernier::datadiff {
namespace {

using engine::Dialect;

struct EdgeCase {
  std::string name;
  std::string columns;  // of both tables, unless columns_b says otherwise
  std::string rows_a;   // "(1, 'x'), (2, 'y')"; empty: no rows
  std::string rows_b;
  std::string want;  // "added/removed/changed"
  std::string columns_b = {};
  std::vector<std::string> keys = {"id"};
  bool postgresql_only = false;
};

std::vector<EdgeCase> row_cases() {
  return {
      {"baseline", "id int, v text", "(1,'a'),(2,'b'),(3,'c')", "(2,'b'),(3,'x'),(4,'d')", "1/1/1"},
      {"dup_key_same", "id int, v text", "(1,'a'),(1,'b'),(2,'c'),(2,'c'),(2,'d')",
       "(2,'d'),(2,'c'),(2,'c'),(1,'b'),(1,'a')", "0/0/0"},
      {"dup_key_changed", "id int, v text", "(1,'a'),(1,'b'),(2,'c'),(2,'d'),(2,'e')",
       "(1,'a'),(1,'x'),(2,'c'),(2,'d'),(2,'e')", "0/0/1"},
      {"dup_key_count", "id int, v text", "(1,'a'),(1,'a'),(2,'b')", "(1,'a'),(2,'b')", "0/1/0"},
      {"dup_key_fanout", "id int, v text", "(1,'a')", "(1,'a'),(1,'b'),(1,'c')", "2/0/0"},
      {"null_key_same", "id int, v text", "(null,'a'),(1,'b')", "(1,'b'),(null,'a')", "0/0/0"},
      {"null_key_only_a", "id int, v text", "(null,'a'),(1,'b')", "(1,'b')", "0/1/0"},
      {"comp_null_part",
       "id int, k text, v text",
       "(1,null,'a'),(1,'x','b')",
       "(1,null,'a'),(1,'x','c')",
       "0/0/1",
       "",
       {"id", "k"}},
      {"comp_concat",
       "id text, k text, v int",
       "('ab','c',1),('a','bc',2)",
       "('ab','c',1),('a','bc',3)",
       "0/0/1",
       "",
       {"id", "k"}},
      {"comp_concat_sep",
       "id text, k text, v int",
       "('a|b','c',1)",
       "('a','b|c',1)",
       "1/1/0",
       "",
       {"id", "k"}},
      {"comp_null_vs_text", "id int, k text, v int", "(1,null,1)", "(1,'NULL',1)", "1/1/0", "", {"id", "k"}},
      {"comp_null_vs_empty", "id int, k text, v int", "(1,null,1)", "(1,'',1)", "1/1/0", "", {"id", "k"}},
      {"empty_both", "id int, v text", "", "", "0/0/0"},
      {"empty_a", "id int, v text", "", "(1,'a'),(2,'b')", "2/0/0"},
      {"empty_b", "id int, v text", "(1,'a'),(2,'b')", "", "0/2/0"},
      {"key_only", "id int", "(1),(2)", "(2),(3)", "1/1/0"},
      {"all_null_col", "id int, v text", "(1,null),(2,null)", "(1,null),(2,null)", "0/0/0"},
      {"null_sort", "id int, v text, w text", "(1,null,'a'),(2,'x',null)", "(1,null,'b'),(2,'x',null)",
       "0/0/1"},
      {"null_to_value", "id int, v text", "(1,null)", "(1,'a')", "0/0/1"},
  };
}

std::vector<EdgeCase> number_cases() {
  const std::string doubles = "id int, v double precision";
  return {
      {"nan_same", doubles, "(1,'nan')", "(1,'nan')", "0/0/0"},
      {"nan_vs_num", doubles, "(1,'nan')", "(1,5)", "0/0/1"},
      {"nan_vs_null", doubles, "(1,'nan')", "(1,null)", "0/0/1"},
      {"inf", doubles, "(1,'infinity')", "(1,'-infinity')", "0/0/1"},
      {"neg_zero", doubles, "(1,0.0)", "(1,'-0.0')", "0/0/0"},
      {"dbl_ulp", doubles, "(1,0.3)", "(1,0.30000000000000004)", "0/0/1"},
      {"dbl_small", doubles, "(1,0.00001)", "(1,0.00002)", "0/0/1"},
      {"dbl_tiny", doubles, "(1,'1e-20')", "(1,'5e-20')", "0/0/1"},
      {"dbl_big", doubles, "(1,'1e300')", "(1,'2e300')", "0/0/1"},
      {"dec_4th_place", "id int, v numeric(18,4)", "(1,10.0001)", "(1,10.0002)", "0/0/1"},
      {"dec_6th_place", "id int, v numeric(18,6)", "(1,10.000001)", "(1,10.000002)", "0/0/1"},
      {"dec_38", "id int, v numeric(38,0)", "(1,12345678901234567890123456789012345678)",
       "(1,12345678901234567890123456789012345679)", "0/0/1"},
      {"dec_scale_equal", "id int, v numeric(10,2)", "(1,1.50),(2,2.25)", "(1,1.5),(2,2.25)", "0/0/0",
       "id int, v numeric(10,4)"},
      {"dec_scale_diff", "id int, v numeric(10,2)", "(1,1.50),(2,2.25)", "(1,1.5),(2,2.2501)", "0/0/1",
       "id int, v numeric(10,4)"},
      {"dec_unbounded", "id int, v numeric", "(1,0.1234)", "(1,0.1235)", "0/0/1", "", {"id"}, true},
      {"dec_vs_hugeint_digits", "id int, v numeric(38,2)", "(1,100.00),(2,7.50)", "(1,100),(2,7)", "0/0/1",
       "id int, v bigint"},
      {"dec_vs_double", "id int, v numeric(10,2)", "(1,0.10),(2,0.20)", "(1,0.1),(2,0.21)", "0/0/1",
       "id int, v double precision"},
      {"int_vs_bigint", "id int, v int", "(1,1),(2,2)", "(1,1),(2,3)", "0/0/1", "id bigint, v bigint"},
      {"int_vs_text", "id int, v int", "(1,1),(2,2)", "(1,'1'),(2,'3')", "0/0/1", "id int, v text"},
      {"bigint_extremes", "id bigint, v int", "(-9223372036854775808,1),(9223372036854775807,2)",
       "(-9223372036854775808,1),(9223372036854775807,3)", "0/0/1"},
      {"dec_key", "id numeric(10,2), v int", "(1.10,1),(1.20,2)", "(1.10,1),(1.20,3)", "0/0/1"},
      {"dbl_key", "id double precision, v int", "(0.1,1),(0.2,2),('nan',3),(0.0,4)",
       "(0.1,1),(0.2,3),('nan',3),('-0.0',4)", "0/0/1"},
  };
}

std::vector<EdgeCase> text_cases() {
  const std::string texts = "id int, v text";
  return {
      {"varchar_len", "id int, v varchar(10)", "(1,'a'),(2,'b')", "(1,'a'),(2,'c')", "0/0/1",
       "id int, v varchar(20)"},
      {"empty_vs_null", texts, "(1,'')", "(1,null)", "0/0/1"},
      {"trailing_space", texts, "(1,'a')", "(1,'a ')", "0/0/1"},
      {"trailing_space_key", "id text, v int", "('a',1)", "('a ',1)", "1/1/0"},
      {"case_value", texts, "(1,'Abc')", "(1,'abc')", "0/0/1"},
      {"case_key", "id text, v int", "('A1',1),('a1',2)", "('A1',1),('a1',3)", "0/0/1"},
      {"nfc_nfd", texts, "(1,'\u00e9')", "(1,'e\u0301')", "0/0/1"},
      {"unicode_key", "id text, v int", "('東京',1),('Zürich',2)", "('東京',1),('Zürich',3)", "0/0/1"},
      {"quote_key", "id text, v int", R"(('it''s',1),('a"b',2),('c,d',3),('e\f',4))",
       R"(('it''s',1),('a"b',2),('c,d',3),('e\f',5))", "0/0/1"},
      {"empty_key", "id text, v int", "('',1),('a',2)", "('',3),('a',2)", "0/0/1"},
      {"huge_text", texts, "(1, repeat('x', 10000000) || 'a')", "(1, repeat('x', 10000000) || 'b')", "0/0/1"},
      {"nul_like", texts, "(1,'NULL')", "(1,null)", "0/0/1"},
      {"pipe_concat", "id int, a text, b text", "(1,'x|','y')", "(1,'x','|y')", "0/0/1"},
      {"uuid_key", "id uuid, v int", "('00000000-0000-0000-0000-00000000000a',1)",
       "('00000000-0000-0000-0000-00000000000a',2)", "0/0/1"},
      {"uuid_vs_text_key", "id uuid, v int", "('00000000-0000-0000-0000-00000000000a',1)",
       "('00000000-0000-0000-0000-00000000000a',2)", "0/0/1", "id text, v int"},
      {"bytea_col", "id int, v bytea", R"((1,'\x00'),(2,'\x02'))", R"((1,'\x00'),(2,'\x03'))", "0/0/1"},
  };
}

std::vector<EdgeCase> time_and_other_cases() {
  return {
      {"ts_us", "id int, v timestamp", "(1,'2024-01-01 00:00:00.000001')", "(1,'2024-01-01 00:00:00.000002')",
       "0/0/1"},
      {"ts_old", "id int, v timestamp", "(1,'0099-01-01 00:00:00')", "(1,'0099-01-02 00:00:00')", "0/0/1"},
      {"ts_inf", "id int, v timestamp", "(1,'infinity'),(2,'2024-01-01')", "(1,'infinity'),(2,'2024-01-02')",
       "0/0/1"},
      {"tstz_vs_ts", "id int, v timestamptz", "(1,'2024-01-01 00:00:00+00'),(2,'2024-01-01 02:00:00+02')",
       "(1,'2024-01-01 00:00:00'),(2,'2024-01-01 02:00:00')", "0/0/1", "id int, v timestamp"},
      {"tstz_offsets", "id int, v timestamptz", "(1,'2024-01-01 00:00:00+00')",
       "(1,'2024-01-01 02:00:00+02')", "0/0/0"},
      {"date_vs_ts", "id int, v date", "(1,'2024-01-01'),(2,'2024-01-01')",
       "(1,'2024-01-01'),(2,'2024-01-01 00:00:01')", "0/0/1", "id int, v timestamp"},
      {"time_col", "id int, v time", "(1,'10:00:00')", "(1,'10:00:01')", "0/0/1"},
      {"interval_col", "id int, v interval", "(1,'1 day')", "(1,'2 days')", "0/0/1"},
      {"bool_null", "id int, v boolean", "(1,null)", "(1,false)", "0/0/1"},
      {"array_col", "id int, v int[]", "(1,array[1,2]),(2,array[1,2])", "(1,array[1,2]),(2,array[2,1])",
       "0/0/1"},
      {"array_of_null", "id int, v int[]", "(1,array[null]::int[])", "(1,null)", "0/0/1"},
      {"json_reformat", "id int, v json", R"((1,'{"a":1,"b":[1,2]}'))", R"((1,'{ "b": [1, 2], "a": 1}'))",
       "0/0/0"},
      {"json_diff", "id int, v json", R"((1,'{"a":1}'),(2,'{"n":12345678901234567890123}'))",
       R"((1,'{"a":2}'),(2,'{"n":12345678901234567890124}'))", "0/0/2"},
      {"json_null", "id int, v json", "(1,'null')", "(1,null)", "0/0/1"},
      {"date_key", "id date, v int", "('2024-01-01',1)", "('2024-01-01',2)", "0/0/1"},
      {"ts_key", "id timestamp, v int", "('2024-01-01 00:00:00.000001',1)",
       "('2024-01-01 00:00:00.000001',2)", "0/0/1"},
      {"bool_key",
       "id boolean, k int, v int",
       "(true,1,1),(false,1,2)",
       "(true,1,1),(false,1,3)",
       "0/0/1",
       "",
       {"id", "k"}},
      {"no_common_type", "id int, v bytea, w int", R"((1,'\x00',1))", "(1,1,2)", "0/0/1",
       "id int, v int, w int"},
  };
}

std::vector<EdgeCase> name_cases() {
  std::string wide = "id int";
  std::string ones = "1";
  for (int i = 0; i < 1000; ++i) {
    wide += fmt::format(", c{} int", i);
    if (i < 999) ones += ",1";
  }
  return {
      {"col_order", "id int, a int, b int", "(1,1,2)", "(3,1,1)", "0/0/1", "b int, a int, id int"},
      {"col_added", "id int, a int", "(1,1)", "(1,2,'x')", "0/0/1", "id int, a int, b text"},
      {"col_removed", "id int, a int, b text", "(1,1,'x')", "(1,2)", "0/0/1", "id int, a int"},
      {"col_renamed", "id int, a int, old text", "(1,1,'x')", "(1,2,'x')", "0/0/1",
       "id int, a int, new text"},
      {"reserved", R"(id int, "order" int, "group" int, "select" int)", "(1,1,1,1)", "(1,1,2,1)", "0/0/1"},
      {"mixed_case_col", R"(id int, "MyCol" int)", "(1,1)", "(1,2)", "0/0/1"},
      {"mixed_case_key", R"("Id" int, v int)", "(1,1)", "(1,2)", "0/0/1", "", {"Id"}},
      {"key_in_other_case", R"("ID" int, v int)", "(1,1)", "(1,2)", "0/0/1", R"(id int, "V" int)", {"id"}},
      {"space_col", R"(id int, "my col" int)", "(1,1)", "(1,2)", "0/0/1"},
      {"quote_col", R"(id int, "we""ird" int)", "(1,1)", "(1,2)", "0/0/1"},
      {"percent_col", R"(id int, "pct%" int)", "(1,1)", "(1,2)", "0/0/1"},
      {"unicode_col", R"(id int, "größe" int)", "(1,1)", "(1,2)", "0/0/1"},
      {"names_of_ours",
       "k0 int, v0 int, a int, d0 int, differs int, side int",
       "(1,1,1,1,1,1)",
       "(1,1,1,1,1,2)",
       "0/0/1",
       "",
       {"k0"}},
      {"case_twins", R"(id int, a int, "A" int)", "(1,1,1)", "(1,1,2)", "0/0/1", "", {"id"}, true},
      {"wide_1000", wide, "(1," + ones + ")", "(1," + ones.substr(0, ones.size() - 1) + "2)", "0/0/1"},
  };
}

bool holds(Dialect dialect, const EdgeCase& edge) {
  if (edge.postgresql_only) return dialect == Dialect::postgresql;
  const std::string columns = edge.columns + " " + edge.columns_b;
  const std::string rows = edge.rows_a + " " + edge.rows_b;
  const auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  const bool lists = has(columns, "int[]");
  // 38 digits are a double there.
  if (dialect == Dialect::sqlite) return !lists && edge.name != "dec_38";
  if (dialect == Dialect::mysql)
    return !lists && !has(columns, "interval") && !has(columns, "timestamptz") && !has(rows, "'nan'") &&
           !has(rows, "infinity");
  return true;
}

// The case's SQL in the words of a database.
std::string translated(Dialect dialect, std::string sql) {
  std::vector<std::pair<std::string, std::string>> words;
  if (dialect == Dialect::mysql)
    words = {
        {" timestamp", " datetime(6)"}, {" bytea", " longblob"}, {" text", " longtext"}, {R"('\x)", "x'"}};
  if (dialect == Dialect::sqlite)
    words = {{" bytea", " blob"},
             {"repeat('x', 10000000)", "replace(hex(zeroblob(10000000)), '00', 'x')"},
             {R"('\x)", "x'"}};
  for (const auto& [from, to] : words)
    for (std::size_t at = sql.find(from); at != std::string::npos; at = sql.find(from, at + to.size()))
      sql.replace(at, from.size(), to);
  return sql;
}

std::string table_of(Dialect dialect, const EdgeCase& edge, bool second) {
  const std::string& columns = second && !edge.columns_b.empty() ? edge.columns_b : edge.columns;
  const std::string& rows = second ? edge.rows_b : edge.rows_a;
  const std::string name = edge.name + (second ? "_b" : "_a");
  std::string sql = "create table " + name + "(" + translated(dialect, columns) + ");\n";
  if (!rows.empty()) sql += "insert into " + name + " values " + translated(dialect, rows) + ";\n";
  return sql;
}

// Of the databases that compare by themselves only where an index tells that keys are good.
std::string indexes_of(Dialect dialect, const EdgeCase& edge) {
  const bool wants_index = dialect == Dialect::mysql || dialect == Dialect::sqlite;
  // To MySQL's collation the keys of "case_key" are the same.
  const bool shared = edge.name.starts_with("dup_") || (dialect == Dialect::mysql && edge.name == "case_key");
  std::string sql;
  for (const std::string side : {"_a", "_b"})
    if (wants_index && !shared)
      sql += fmt::format("create unique index {0}_key on {0}(\"{1}\");\n", edge.name + side,
                         join(edge.keys, "\", \""));
  return sql;
}

std::string tables_of(Dialect dialect, const std::vector<EdgeCase>& cases) {
  std::string sql;
  for (const EdgeCase& edge : cases)
    sql += table_of(dialect, edge, false) + table_of(dialect, edge, true) + indexes_of(dialect, edge);
  return sql;
}

std::vector<EdgeCase> cases_among(std::initializer_list<std::vector<EdgeCase>> groups,
                                  std::initializer_list<Dialect> dialects) {
  std::vector<EdgeCase> cases;
  for (const std::vector<EdgeCase>& group : groups)
    for (const EdgeCase& edge : group)
      if (std::all_of(dialects.begin(), dialects.end(),
                      [&](Dialect dialect) { return holds(dialect, edge); }))
        cases.push_back(edge);
  return cases;
}

std::string figures(const model::TableDiff& diff) {
  return fmt::format("{}/{}/{}", diff.pks.exclusives[1], diff.pks.exclusives[0],
                     diff.values.rows_with_differences);
}

class EdgeCases : public ::testing::TestWithParam<Dialect> {};

TEST_P(EdgeCases, ComeOutAsAPersonWouldCount) {
  const auto database = test_database(GetParam());
  if (!database) GTEST_SKIP() << "this machine has no server of " << name_of(GetParam());
  const std::vector<EdgeCase> cases = cases_among(
      {row_cases(), number_cases(), text_cases(), time_and_other_cases(), name_cases()}, {GetParam()});
  const auto connection = database->filled(tables_of(GetParam(), cases));
  for (const EdgeCase& edge : cases) {
    SCOPED_TRACE(edge.name);
    DiffRequest request;
    request.tables = {engine::TablePath{edge.name + "_a"}, engine::TablePath{edge.name + "_b"}};
    request.pk_columns = edge.keys;
    Cancel cancel;
    const model::TableDiff diff = diff_tables(*connection, request, cancel);
    EXPECT_TRUE(diff.has_figures()) << diff.why;
    EXPECT_EQ(figures(diff), edge.want);
    EXPECT_EQ(diff.samples.changed.size(), static_cast<std::size_t>(diff.values.rows_with_differences));
    for (const auto& sample : diff.samples.changed)
      EXPECT_EQ(sample.values[0].size(), sample.values[1].size());
    for (std::size_t side = 0; side < 2; ++side)
      EXPECT_EQ(diff.samples.exclusives[side].size(), static_cast<std::size_t>(diff.pks.exclusives[side]));
  }
}

class EdgeCasesAcross : public ::testing::TestWithParam<std::pair<Dialect, Dialect>> {};

TEST_P(EdgeCasesAcross, ComeOutAsAPersonWouldCount) {
  const auto [first, second] = GetParam();
  const auto production = test_database(first);
  const auto pull_request = test_database(second);
  if (!production || !pull_request) GTEST_SKIP() << "this machine lacks one of the two servers";
  // Once the rows have met, those of the other cases are like any others.
  std::vector<EdgeCase> cases =
      cases_among({number_cases(), text_cases(), time_and_other_cases()}, {first, second});
  std::erase_if(cases,
                [](const EdgeCase& edge) { return edge.name == "huge_text"; });  // slow under sanitizers
  production->fill(tables_of(first, cases));
  pull_request->fill(tables_of(second, cases));
  for (const EdgeCase& edge : cases) {
    SCOPED_TRACE(edge.name);
    DiffRequest request;
    request.tables = {engine::TablePath{edge.name + "_a"}, engine::TablePath{edge.name + "_b"}};
    request.pk_columns = edge.keys;
    Cancel cancel;
    const model::TableDiff diff =
        diff_across({production->source(), pull_request->source()}, request, {}, cancel);
    EXPECT_TRUE(diff.has_figures()) << diff.why;
    EXPECT_EQ(figures(diff), edge.want);
  }
}

TEST(Files, AreComparedAsTables) {
  const TempDir folder = TempDir::create("/tmp").value();
  const std::string base = folder.path().string() + "/";
  DuckTestDatabase duck;
  duck.fill(
      "create table a as select range as id, 'x' || range as v from range(100);\n"
      "create table b as select id + 1 as id, if(id = 7, 'new', 'x' || id + 1) as v from a;\n"
      "copy (from a where id < 50) to '" +
      base +
      "a1.parquet';\n"
      "copy (from a where id >= 50) to '" +
      base +
      "a2.parquet';\n"
      "copy b to '" +
      base + "b.csv' (header true);\n");
  const auto file = [&](const std::string& type, const std::string& name) {
    return engine::parse_url(type + "://" + base + name).value();
  };
  DiffRequest request;
  request.tables = {engine::TablePath{"a"}, engine::TablePath{"b"}};
  request.pk_columns = {"id"};
  Cancel cancel;
  for (const auto& sources :
       {model::Sides<model::DataSource>{file("parquet", "a*.parquet"), file("csv", "b.csv")},
        {duck.source(), file("csv", "b.csv")},
        {file("parquet", "a*.parquet"), duck.source()}}) {
    const model::TableDiff diff = diff_across(sources, request, {}, cancel);
    EXPECT_TRUE(diff.has_figures()) << diff.why;
    EXPECT_EQ(figures(diff), "1/1/1");
  }
  const model::TableDiff absent =
      diff_across({file("parquet", "none.parquet"), file("csv", "b.csv")}, request, {}, cancel);
  EXPECT_EQ(absent.result, model::DiffResult::not_diffed);
  EXPECT_NE(absent.why.find("none.parquet"), std::string::npos) << absent.why;

  request.filters[1] = "id in (select unnest(range(100)) from '/etc/passwd')";
  const model::TableDiff curious = diff_across({duck.source(), file("csv", "b.csv")}, request, {}, cancel);
  EXPECT_EQ(curious.result, model::DiffResult::error);
}

INSTANTIATE_TEST_SUITE_P(Databases, EdgeCases, all_dialects,
                         [](const auto& tested) { return name_of(tested.param); });

INSTANTIATE_TEST_SUITE_P(Databases, EdgeCasesAcross,
                         ::testing::Values(std::pair(Dialect::postgresql, Dialect::duckdb),
                                           std::pair(Dialect::postgresql, Dialect::mysql),
                                           std::pair(Dialect::duckdb, Dialect::sqlite),
                                           std::pair(Dialect::sqlite, Dialect::mysql)),
                         [](const auto& tested) {
                           return name_of(tested.param.first) + "To" + name_of(tested.param.second);
                         });

}  // namespace
}  // namespace vernier::datadiff
