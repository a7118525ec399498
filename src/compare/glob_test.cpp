// SPDX-License-Identifier: Apache-2.0
#include "compare/glob.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace vernier::compare {
namespace {

struct GlobCase {
  std::string_view pattern;
  std::string_view text;
  bool matches;
};

TEST(Glob, MatchesAsFnmatch) {
  const std::vector<GlobCase> cases = {
      {"", "", true},          {"", "a", false},           {"*", "", true},       {"a*", "abc", true},
      {"*c", "abc", true},     {"a*b*c", "a1b2b3c", true}, {"a*b", "abc", false}, {"?", "a", true},
      {"?", "", false},        {"?", "é", true},           {"??", "é", false},    {"[ab]c", "bc", true},
      {"[!ab]c", "bc", false}, {"[!ab]c", "xc", true},     {"[a-c]", "b", true},  {"[c-a]", "b", false},
      {"[]]", "]", true},      {"[a", "[a", true},         {"[a-]", "-", true},   {"a.b", "axb", false},
      {"*/b", "a/x/b", true},  {"A", "a", false},          {"[é]", "é", true},    {"***", "x", true},
  };
  for (const GlobCase& test : cases)
    EXPECT_EQ(matches_glob(test.pattern, test.text), test.matches) << test.pattern << " on " << test.text;
}

TEST(Glob, StarMatchesWhateverStandsThere) {
  EXPECT_TRUE(rc::check("prefix * suffix matches prefix x suffix", [](const std::string& middle) {
    RC_ASSERT(matches_glob("ab*ba", "ab" + middle + "ba"));
  }));
}

using Views = std::vector<std::string_view>;

TEST(PathPattern, NamesFilesAndFolders) {
  const auto prefixes = [](std::string_view pattern) {
    return PathPattern(pattern).matched_prefixes("models/staging/a.sql");
  };
  EXPECT_EQ(prefixes("models"), Views{"models"});
  EXPECT_EQ(prefixes("models/staging/"), Views{"models/staging"});
  EXPECT_EQ(prefixes("./models/*/a.sql"), Views{"models/staging/a.sql"});
  EXPECT_EQ(prefixes("models/staging/a.sql/"), Views{});
  EXPECT_EQ(prefixes("models/*.sql"), Views{});
  EXPECT_EQ(prefixes("**/a.sql"), Views{"models/staging/a.sql"});
  EXPECT_EQ(prefixes("models/**"), (Views{"models", "models/staging"}));
  EXPECT_EQ(prefixes("."), Views{"."});
}

}  // namespace
}  // namespace vernier::compare
