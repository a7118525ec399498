// SPDX-License-Identifier: Apache-2.0
#include "compare/macros.h"

#include <gtest/gtest.h>

#include "compare/sample_manifest.h"

namespace vernier::compare {
namespace {

using Names = std::vector<std::string_view>;

// a -> b -> c, d alone; in the base, c reads otherwise.
struct Case {
  SampleManifest base;
  SampleManifest head;

  Case() {
    base.macros = {{"macro.p.a", "a", {"macro.p.b"}},
                   {"macro.p.b", "b", {"macro.p.c"}},
                   {"macro.p.c", "c", {}},
                   {"macro.p.d", "d", {}}};
    head = base;
    head.macros[2].sql = "c2";
  }
};

MacroVerdict judge(const Case& test, const std::vector<std::string>& macros, Rules rules = Rules::dbt1,
                   const std::string& id = "model.shop.x") {
  SampleManifest head = test.head;
  head.add(id).macros = macros;
  const model::Manifest old = test.base.build();
  const model::Manifest now = head.build();
  return MacroChanges(old, now, rules).judge(now.nodes.front());
}

TEST(MacroChanges, AreFollowedOverCalls) {
  EXPECT_EQ(judge({}, {"macro.p.a"}), MacroVerdict::changed);
  EXPECT_EQ(judge({}, {"macro.p.d", "macro.p.c"}), MacroVerdict::changed);
  EXPECT_EQ(judge({}, {"macro.p.d"}), MacroVerdict::same);
  EXPECT_EQ(judge({}, {"macro.p.a"}, Rules::dbt1, "source.shop.x"), MacroVerdict::same);
}

TEST(MacroChanges, IncludeMacrosThatCameAndWent) {
  Case test;
  test.head.macros[2].sql = "c";
  test.base.macros.push_back({"macro.p.gone", "g", {}});
  test.head.macros.push_back({"macro.p.new", "n", {}});
  EXPECT_EQ(judge(test, {"macro.p.new"}), MacroVerdict::changed);
  EXPECT_EQ(judge(test, {"macro.p.gone"}), MacroVerdict::changed);
  EXPECT_EQ(judge(test, {"macro.p.new"}, Rules::dbt2), MacroVerdict::same);
}

TEST(MacroChanges, GoNoFurtherThanANodesOwnMacrosInDbt2) {
  EXPECT_EQ(judge({}, {"macro.p.a"}, Rules::dbt2), MacroVerdict::same);
  EXPECT_EQ(judge({}, {"macro.p.c"}, Rules::dbt2), MacroVerdict::changed);
}

TEST(MacroChanges, ReportAMissingMacroUnlessAChangedOneComesFirst) {
  EXPECT_EQ(judge({}, {"", "macro.p.a"}), MacroVerdict::missing);
  EXPECT_EQ(judge({}, {"macro.p.a", ""}), MacroVerdict::changed);
  EXPECT_EQ(judge({}, {"macro.p.d", ""}), MacroVerdict::missing);
  Case same;
  same.head = same.base;
  EXPECT_EQ(judge(same, {""}), MacroVerdict::same);
}

TEST(MacroChanges, EndInCycles) {
  Case test;
  test.head.macros[2].macros = {"macro.p.a"};
  EXPECT_EQ(judge(test, {"macro.p.b"}), MacroVerdict::changed);
}

TEST(MacroChanges, AreNamedNearestFirst) {
  Case test;
  test.head.macros[0].sql = "a2";
  SampleManifest head = test.head;
  head.add("model.shop.x").macros = {"macro.p.d", "macro.p.a"};
  const model::Manifest old = test.base.build();
  const model::Manifest now = head.build();
  const MacroChanges changes(old, now, Rules::dbt1);
  EXPECT_EQ(changes.nearest(now.nodes.front(), 5), (Names{"macro.p.a", "macro.p.c"}));
  EXPECT_EQ(changes.nearest(now.nodes.front(), 1), (Names{"macro.p.a"}));
}

}  // namespace
}  // namespace vernier::compare
