// SPDX-License-Identifier: Apache-2.0
#include "compare/criterion.h"

#include <gtest/gtest.h>

namespace vernier::compare {
namespace {

std::string depth(std::optional<int> value) {
  return value ? std::to_string(*value) : "";
}

// "@ 2+ method.arguments:value +3" with only the parts that are there.
std::string shown(std::string_view text) {
  const Result<Criterion> parsed = parse_criterion(text);
  if (!parsed.ok()) return parsed.error().kind == ErrorKind::invalid_input ? "invalid" : "failed";
  const Criterion& c = *parsed;
  std::string words = c.childrens_parents ? "@ " : "";
  if (c.parents) words += depth(c.parents_depth) + "+ ";
  words += c.method;
  for (const std::string& argument : c.arguments)
    words += "." + argument;
  words += ":" + c.value;
  if (c.children) words += " +" + depth(c.children_depth);
  return words;
}

TEST(Criterion, ReadsWhatDbtReads) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"state:modified", "state:modified"},
      {"state:modified.body+", "state:modified.body +"},
      {"2+state:modified+3", "2+ state:modified +3"},
      {"0+a", "0+ fqn:a"},
      {"+a+", "+ fqn:a +"},
      {"@a", "@ fqn:a"},
      {"@+a", "@ + fqn:a"},
      {"@a+", "invalid"},
      {"a++", "fqn:a+ +"},
      {"+", "+ fqn:"},
      {"", "fqn:"},
      {"config.meta.owner:me", "config.meta.owner:me"},
      {"models/staging", "path:models/staging"},
      {"Orders.SQL", "file:Orders.SQL"},
      {"a-b:c", "fqn:a-b:c"},
      {"nonsense:x", "invalid"},
      {"STATE:modified", "invalid"},
      {"package:a:b", "package:a:b"},
      {"99999999999999999999+a", "2147483647+ fqn:a"},
      {"a\nb", "invalid"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(shown(text), expected) << text;
}

TEST(Expression, IsAUnionOfIntersections) {
  const Result<Expression> parsed = parse_expression("a,b  c");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 3u);
  EXPECT_EQ((*parsed)[0].size(), 2u);
  EXPECT_EQ((*parsed)[1].front().value, "");
  EXPECT_EQ((*parsed)[2].front().value, "c");
}

TEST(Expression, OfUnreasonableLengthIsRefused) {
  EXPECT_FALSE(parse_expression(std::string(5000, ' ')).ok());
}

}  // namespace
}  // namespace vernier::compare
