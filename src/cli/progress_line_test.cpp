// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_line.h"

#include <gtest/gtest.h>

namespace vernier::cli {
namespace {

using namespace std::chrono_literals;

TEST(ProgressText, TellsWhatIsKnown) {
  struct Case {
    Progress::View view;
    std::string text;
  };
  const std::vector<Case> cases = {
      {{.phase = "reading both tables",
        .done = 1'000'000,
        .total = 2'000'000,
        .unit = "rows (about)",
        .elapsed = 4s},
       "reading both tables  [##########..........]  1,000,000 of about 2,000,000 rows  250,000/s  4 s left"},
      {{.phase = "comparing", .done = 30, .total = 20, .unit = "rows", .elapsed = 1s},
       "comparing  [####################]  30 of 30 rows  30/s  0 s left"},
      {{.phase = "comparing", .done = 0, .total = 20, .unit = "rows", .elapsed = 3s},
       "comparing  [....................]  3 s"},
      {{.phase = "reading both tables", .done = 500, .total = {}, .unit = "rows", .elapsed = 500ms},
       "reading both tables  |  500 rows  1,000/s"},
      {{.phase = "counting rows", .done = 0, .total = {}, .unit = "rows", .elapsed = 3'000'000ms},
       "counting rows  |  50 min"},
  };
  for (const Case& expected : cases)
    EXPECT_EQ(progress_text(expected.view, 200, 0), expected.text);
}

TEST(ProgressText, KeepsToTheWidthOfTheTerminal) {
  const Progress::View view{.phase = "comparing", .done = 10, .total = 20, .unit = "rows", .elapsed = 1s};
  EXPECT_EQ(progress_text(view, 16, 0), "comparing  [####");
}

TEST(ProgressText, MovesWhereNothingElseDoes) {
  const Progress::View view{.phase = "counting rows", .done = 0, .total = {}, .unit = "rows", .elapsed = 1s};
  EXPECT_NE(progress_text(view, 80, 0), progress_text(view, 80, 1));
}

}  // namespace
}  // namespace vernier::cli
