// SPDX-License-Identifier: Apache-2.0
#include "server/fields.h"

#include <gtest/gtest.h>

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
