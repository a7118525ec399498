// SPDX-License-Identifier: Apache-2.0
#include "server/fields.h"

#include <gtest/gtest.h>

#include "server/diff_order.h"

namespace vernier::server {
namespace {

TEST(Fields, names_everything_that_is_wrong_at_once) {
  const Json object = {{"name", 7}, {"list", {"a", 1}}, {"null", nullptr}, {"right", "x"}};
  Fields fields(object, Json::array({"body", 2}));
  EXPECT_EQ(fields.string("right"), "x");
  fields.string("name");
  fields.string("absent");
  fields.string("null");
  fields.integer("right");
  fields.optional_list("list");
  fields.required_list("absent_list");
  EXPECT_EQ(fields.optional_list("null"), std::vector<std::string>());
  EXPECT_EQ(fields.optional_string("absent"), "");

  std::vector<std::pair<std::string, std::string>> found;
  for (const Problem& problem : fields.problems())
    found.emplace_back(problem.loc.dump(), problem.type);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {R"(["body",2,"name"])", "type_error"}, {R"(["body",2,"absent"])", "missing"},
      {R"(["body",2,"null"])", "missing"},    {R"(["body",2,"right"])", "type_error"},
      {R"(["body",2,"list"])", "type_error"}, {R"(["body",2,"absent_list"])", "missing"},
  };
  EXPECT_EQ(found, expected);
}

TEST(Fields, says_once_that_the_body_is_no_object) {
  const Json list = Json::array({1});
  Fields fields(list);
  fields.string("a");
  fields.required_list("b");
  ASSERT_EQ(fields.problems().size(), 1U);
  EXPECT_EQ(unprocessable(fields.problems()).body,
            R"({"detail":[{"loc":["body"],"msg":"must be a JSON object","type":"type_error"}]})");
}

TEST(Fields, refuses_only_what_wants_something_and_says_why) {
  const Json object = {
      {"off", false}, {"none", nullptr}, {"empty", Json::array()}, {"wish", -130}, {"other", 1}};
  Fields fields(object);
  for (const char* key : {"off", "none", "empty", "absent", "wish"})
    fields.refuse(key, "there is a better way");
  fields.refuse_others();
  ASSERT_EQ(fields.problems().size(), 2U);
  EXPECT_EQ(fields.problems()[0].msg, "`wish` is not supported: there is a better way");
  EXPECT_EQ(fields.problems()[1].msg, "`other` is not supported");
}

ci::DiffOrder order_of(const Json& wishes, std::vector<std::string>& problems) {
  Json body = {{"data_source1_id", 1}, {"data_source2_id", 1}, {"table1", {"a"}}, {"table2", {"b"}}};
  body.update(wishes);
  Fields fields(body);
  ReadOrder read = read_order(fields, body);
  for (const Problem& problem : fields.problems())
    problems.push_back(problem.loc.back().get<std::string>());
  return read.order;
}

TEST(ReadOrder, takes_what_the_client_asks_for) {
  std::vector<std::string> problems;
  const ci::DiffOrder order =
      order_of({{"compare_duplicates", false},
                {"sort_array_columns", true},
                {"per_column_diff_limit", 5},
                {"time_column", "made"},
                {"time_aggregate", "week"},
                {"time_interval_start", "2026-01-01T02:00:00+02:00"},
                {"column_rules", {{{"column", "v"}, {"type", nullptr}, {"equal_if", "{a} = 0"}}}},
                {"data_source1_session_parameters", {{"work_mem", "64MB"}, {"statement_timeout", 5000}}},
                {"materialize_dataset1", false},
                {"time_travel_point1", nullptr}},
               problems);
  EXPECT_EQ(problems, std::vector<std::string>());
  EXPECT_TRUE(order.request.skip_duplicates);
  EXPECT_TRUE(order.request.sort_arrays);
  EXPECT_EQ(order.request.samples_per_column, 5U);
  ASSERT_TRUE(order.request.time.has_value());
  EXPECT_EQ(order.request.time->since, "2026-01-01 00:00:00");
  EXPECT_EQ(order.request.time->unit, datadiff::TimeUnit::week);
  ASSERT_EQ(order.request.rules.size(), 1U);
  EXPECT_EQ(order.request.rules[0].equal_if, "{a} = 0");
  EXPECT_EQ(order.session_parameters[0],
            (engine::SessionParameters{{"statement_timeout", "5000"}, {"work_mem", "64MB"}}));
}

TEST(ReadOrder, names_what_makes_no_sense) {
  const std::vector<std::pair<Json, std::string>> wrong = {
      {{{"time_interval_start", "2026-01-01"}}, "time_column"},
      {{{"time_column", "made"}, {"time_aggregate", "decade"}}, "time_column"},
      {{{"time_column", "made"}, {"time_interval_end", "soon"}}, "time_column"},
      {{{"time_column", "made"}, {"time_interval_start", "2026-01-02"}, {"time_interval_end", "2026-01-02"}},
       "time_column"},
      {{{"per_column_diff_limit", 0}}, "per_column_diff_limit"},
      {{{"compare_duplicates", "no"}}, "compare_duplicates"},
      {{{"column_rules", {{{"column", "v"}, {"equal_if", "true"}}}}}, "column_rules"},
      {{{"column_rules", {{{"equal_if", "{a} = 1"}}}}}, "column_rules"},
      {{{"data_source2_session_parameters", {{"timezone", "Asia/Tokyo"}}}},
       "data_source2_session_parameters"},
      {{{"file1", "s3://bucket/a.csv"}}, "file1"},
      {{{"file2_options", {{"file_type", "excel"}}}}, "file2_options"},
      {{{"time_travel_point2", -130}}, "time_travel_point2"},
      {{{"materialize_dataset2", true}}, "materialize_dataset2"},
      {{{"materialization_destination_id", 1}}, "materialization_destination_id"}};
  for (const auto& [wish, field] : wrong) {
    std::vector<std::string> problems;
    order_of(wish, problems);
    EXPECT_EQ(problems, std::vector<std::string>{field}) << wish.dump();
  }
}

TEST(QueryInteger, keeps_to_its_bounds) {
  const Bounds bounds{.min = 1, .max = 1000};
  EXPECT_EQ(query_integer({}, "limit", 100, bounds).value(), 100);
  EXPECT_EQ(query_integer({{"limit", "7"}}, "limit", 100, bounds).value(), 7);
  for (const char* text : {"0", "1001", "x", "1x", "-1", " 1", "99999999999999999999"})
    EXPECT_FALSE(query_integer({{"limit", text}}, "limit", 100, bounds).ok()) << text;
}

TEST(ParseForm, decodes_what_the_client_encodes) {
  EXPECT_EQ(parse_form("a=1&b=x+y%26z&a=2&c=").value(), (Form{{"a", "1"}, {"b", "x y&z"}, {"c", ""}}));
  EXPECT_EQ(parse_form("").value(), Form());
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "f" + std::to_string(i) + "=1&";
  for (const std::string& text : {std::string("a=%zz"), many, "a=" + std::string(300'000, 'x')})
    EXPECT_FALSE(parse_form(text).ok()) << text.substr(0, 50);
}

}  // namespace
}  // namespace vernier::server
