// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/text.h"
#include "compare/compare.h"
#include "compare/sample_manifest.h"

namespace vernier::compare {
namespace {

// source raw -> a -> b -> c -> exposure board; d stands apart. Tests: ta on a, tb on a and b, td on b and d.
// An analysis and a hook depend on a.
SampleManifest shop() {
  SampleManifest sample;
  sample.add("source.shop.web.raw").fqn = {"shop", "staging", "web", "raw"};
  sample.at("source.shop.web.raw").name = "raw";
  sample.add("model.shop.a", {"source.shop.web.raw"}).fqn = {"shop", "staging", "a"};
  sample.at("model.shop.a").original_file_path = "models/staging/a.sql";
  sample.at("model.shop.a").patch_path = "shop://models/staging/web.yml";
  sample.add("model.shop.b", {"model.shop.a"}).tags = {"daily", "core"};
  sample.at("model.shop.b").materialized = "table";
  sample.at("model.shop.b").original_file_path = "models/b.sql";
  sample.at("model.shop.b").meta = R"({"owner":"me","pii":true})";
  SampleNode& versioned = sample.add("model.shop.c.v2", {"model.shop.b"});
  versioned.fqn = {"shop", "c", "v2"};
  versioned.name = "c";
  versioned.version = "2";
  versioned.aspects = {{"access", "public"}, {"config.group", "finance"}};
  sample.add("model.lib.d").package_name = "lib";
  sample.at("model.lib.d").fqn = {"lib", "d"};
  sample.at("model.lib.d").original_file_path = "models/d.sql";
  sample.add("exposure.shop.board", {"model.shop.c.v2"});
  sample.add("test.shop.ta", {"model.shop.a"}).generic_test = true;
  sample.at("test.shop.ta").test_name = "unique";
  sample.add("test.shop.tb", {"model.shop.a", "model.shop.b"});
  sample.add("test.shop.td", {"model.shop.b", "model.lib.d"});
  sample.add("unit_test.shop.u", {"model.shop.b"});
  sample.add("analysis.shop.n", {"model.shop.a"});
  sample.add("operation.shop.h", {"model.lib.d"});
  return sample;
}

// The last parts of the ids selected; "invalid" and the like where it fails.
std::string selected(std::string_view expression, IndirectSelection indirect = IndirectSelection::empty,
                     const SampleManifest& base = shop(), const SampleManifest& head = shop()) {
  const Result<Selection> selection = select(base.build(), head.build(), expression, {}, indirect);
  if (!selection.ok()) return selection.error().kind == ErrorKind::invalid_input ? "invalid" : "refused";
  std::vector<std::string> names;
  for (const std::string& id : selection->unique_ids)
    names.push_back(id.substr(id.find('.', id.find('.') + 1) + 1));
  return join(names, " ");
}

TEST(Select, WalksAsTheOperatorsSay) {
  EXPECT_EQ(selected("b"), "b");
  EXPECT_EQ(selected("+b"), "a b web.raw");
  EXPECT_EQ(selected("1+b"), "a b");
  EXPECT_EQ(selected("0+b"), "b");
  EXPECT_EQ(selected("b+"), "board b c.v2 tb td u");
  EXPECT_EQ(selected("b+1"), "b c.v2 tb td u");
  EXPECT_EQ(selected("@c"), "board a b c.v2 web.raw");
  EXPECT_EQ(selected("@b"), "board d a b c.v2 web.raw tb td u");
}

TEST(Select, JoinsTestsAsTheModeSays) {
  EXPECT_EQ(selected("b", IndirectSelection::eager), "b tb td u");
  EXPECT_EQ(selected("b", IndirectSelection::cautious), "b u");
  EXPECT_EQ(selected("b", IndirectSelection::buildable), "b tb u");
  EXPECT_EQ(selected("a b", IndirectSelection::cautious), "a b ta tb u");
  EXPECT_EQ(selected("b d", IndirectSelection::cautious), "d b td u");
  EXPECT_EQ(selected("b,resource_type:model", IndirectSelection::eager), "b tb td u");
}

TEST(Select, RemembersDataTestsButNoUnitTestsUntilTheirParentsAreTogether) {
  SampleManifest sample = shop();
  sample.add("unit_test.shop.v", {"model.shop.a", "model.lib.d"});
  sample.add("test.shop.te", {"model.shop.a", "model.lib.d"});
  EXPECT_EQ(selected("a d", IndirectSelection::cautious, sample, sample), "d a ta te");
}

TEST(Select, CombinesTermsInUnionsAndIntersections) {
  EXPECT_EQ(selected("a d"), "d a");
  EXPECT_EQ(selected("tag:daily,resource_type:model"), "b");
  EXPECT_EQ(selected("tag:daily,a"), "");
  EXPECT_EQ(selected("tag:daily,a d"), "d");
  EXPECT_EQ(selected("a,,b"), "");
}

TEST(Select, FindsByMethod) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"tag:d*", "b"},
      {"package:lib", "d"},
      {"package:this,resource_type:exposure", "board"},
      {"source:web", "web.raw"},
      {"source:shop.web.r?w", "web.raw"},
      {"source:a.b.c.d", "invalid"},
      {"exposure:*", "board"},
      {"metric:*", ""},
      {"fqn:staging.*", "a"},
      {"staging", "a"},
      {"shop.staging.a", "a"},
      {"shop.staging.b", ""},
      {"c", "c.v2"},
      {"c.v2", "c.v2"},
      {"c_v2", "c.v2"},
      {"c.v1", ""},
      {"[ab]", "a b"},
      {"path:models/staging", "a"},
      {"models/staging/a.sql", "a"},
      {"path:models", "d a b"},
      {"path:models/d.sql", ""},
      {"path:models/staging/web.yml", "a"},
      {"path:/models", "invalid"},
      {"b.sql", "b"},
      {"file:b", "b"},
      {"config.materialized:table", "b"},
      {"config.meta.owner:me", "b"},
      {"config.meta.pii:TRUE", "b"},
      {"config.meta.absent:me", ""},
      {"config.tags:core", "b"},
      {"config.severity:warn", "invalid"},
      {"access:public", "c.v2"},
      {"group:finance", "c.v2"},
      {"version:none,package:lib", "d"},
      {"test_type:generic", "ta"},
      {"test_type:singular", "tb td"},
      {"test_type:unit", "u"},
      {"test_type:none", "invalid"},
      {"test_name:uni*", "ta"},
      {"resource_type:analysis", ""},
      {"resource_type:view", "invalid"},
      {"result:error", "invalid"},
  };
  for (const auto& [expression, expected] : cases)
    EXPECT_EQ(selected(expression), expected) << expression;
}

TEST(Select, PassesThroughWhatItDoesNotList) {
  SampleManifest base = shop();
  std::erase_if(base.nodes, [](const SampleNode& node) { return node.resource_type == "analysis"; });
  EXPECT_EQ(selected("state:new", IndirectSelection::empty, base), "");
  EXPECT_EQ(selected("+state:new", IndirectSelection::empty, base), "a web.raw");
}

TEST(Select, LeavesOutDisabledNodes) {
  SampleManifest head = shop();
  head.at("model.shop.b").enabled = false;
  EXPECT_EQ(selected("a+", IndirectSelection::empty, shop(), head), "a ta tb");
  EXPECT_EQ(selected("a", IndirectSelection::cautious, shop(), head), "a ta");
  EXPECT_EQ(selected("a", IndirectSelection::buildable, shop(), head), "a ta");
  head = shop();
  head.at("source.shop.web.raw").enabled = false;
  head.at("test.shop.tb").parents = {"model.shop.a", "source.shop.web.raw"};
  EXPECT_EQ(selected("a", IndirectSelection::cautious, shop(), head), "a ta");
  EXPECT_EQ(selected("a", IndirectSelection::buildable, shop(), head), "a ta tb");
}

TEST(Select, FailsOverAMissingMacroOnlyWhereMacrosAreAskedFor) {
  SampleManifest base = shop();
  SampleManifest head = shop();
  head.at("test.shop.ta").macros = {""};
  EXPECT_EQ(selected("state:modified", IndirectSelection::empty, base, head), "");
  base.macros = {{"macro.p.a", "1", {}}};
  EXPECT_EQ(selected("state:modified", IndirectSelection::empty, base, head), "refused");
  EXPECT_EQ(selected("state:modified.macros", IndirectSelection::empty, base, head), "refused");
  EXPECT_EQ(selected("state:modified.body", IndirectSelection::empty, base, head), "");
}

TEST(Select, ChoosesRulesByTheHeadsDbt) {
  SampleManifest base = shop();
  std::erase_if(base.nodes, [](const SampleNode& node) { return node.resource_type == "source"; });
  SampleManifest head = shop();
  EXPECT_EQ(selected("state:modified", IndirectSelection::empty, base, head), "");
  head.dbt_version = "2.0.0-beta.2";
  EXPECT_EQ(selected("state:modified", IndirectSelection::empty, base, head), "web.raw");
}

TEST(IndirectSelectionNames, AreDbts) {
  EXPECT_TRUE(parse_indirect_selection("buildable").ok());
  EXPECT_FALSE(parse_indirect_selection("Eager").ok());
}

}  // namespace
}  // namespace vernier::compare
