// SPDX-License-Identifier: Apache-2.0
#include "cli/comparison_text.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace vernier::cli {
namespace {

using model::Change;
using model::ChangeKind;

Change change(const std::string& id, ChangeKind kind, std::vector<std::string> reasons = {},
              int distance = 0) {
  const std::string type = id.substr(0, id.find('.'));
  const std::string name = id.substr(id.find('.', type.size() + 1) + 1);
  return {id, name, type, kind, std::move(reasons), distance};
}

compare::Comparison sample() {
  compare::Comparison comparison;
  comparison.changes = {
      change("model.shop.customers", ChangeKind::downstream, {"model.shop.orders"}, 1),
      change("model.shop.orders", ChangeKind::modified, {"body", "config.materialized"}),
      change("seed.shop.gone", ChangeKind::removed),
      change("source.shop.web.clicks", ChangeKind::added),
      change("test.shop.t", ChangeKind::downstream, {"model.shop.orders"}, 1),
  };
  comparison.unchanged = 1234;
  return comparison;
}

TEST(ComparisonText, GroupsChangesWithTheirReasons) {
  EXPECT_EQ(comparison_text(sample(), {false, 80}),
            "Modified (1)\n"
            "  model  orders  body, config.materialized\n"
            "\n"
            "New (1)\n"
            "  source  web.clicks\n"
            "\n"
            "Removed (1)\n"
            "  seed  gone\n"
            "\n"
            "Downstream (1)\n"
            "  model  customers  1 step from orders\n"
            "\n"
            "1,234 unchanged; 1 more test depends on what is above\n");
}

TEST(ComparisonText, KeepsToTheWidthOfThePage) {
  compare::Comparison comparison = sample();
  comparison.changes[1].reasons.assign(20, "config.something");
  comparison.findings = {
      {"code", "A sentence that is long enough to need more than one line of the page.", ""}};
  for (const int columns : {40, 80, 200})
    for (const std::string& line : split(comparison_text(comparison, {false, columns}), '\n'))
      EXPECT_LE(width_of(line), static_cast<std::size_t>(columns)) << line;
}

TEST(ComparisonText, LetsNoControlCharactersThrough) {
  compare::Comparison comparison = sample();
  comparison.changes[1].unique_id = "model.shop.or\x1b[31mders";
  comparison.changes[1].reasons = {"config.\x07"};
  EXPECT_EQ(comparison_text(comparison, {false, 80}).find_first_of("\x1b\x07"), std::string::npos);
}

TEST(ComparisonText, SaysThatNothingChanged) {
  EXPECT_EQ(comparison_text({}, {false, 80}), "Nothing changed.\n0 unchanged\n");
}

TEST(ComparisonText, UsesColourOnlyWhereItMay) {
  EXPECT_NE(comparison_text(sample(), {true, 80}).find("\x1b["), std::string::npos);
  EXPECT_EQ(comparison_text(sample(), {false, 80}).find("\x1b["), std::string::npos);
}

}  // namespace
}  // namespace vernier::cli
