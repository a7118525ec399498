// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "report/report.h"
#include "report/sample_runs.h"
#include "source_dir.h"

namespace vernier::report {
namespace {

// Compares with tests/golden/report/<name>; UPDATE_GOLDEN=1 writes the file instead.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(source_dir) + "/tests/golden/report/" + name;
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update && std::string(update) == "1") {
    ASSERT_TRUE(write_file_whole(path, text).ok()) << path;
    return;
  }
  const auto expected = read_file(path, 10'000'000);
  ASSERT_TRUE(expected.ok()) << path << ": run with UPDATE_GOLDEN=1 and look at what it wrote";
  EXPECT_EQ(*expected, text) << path;
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  const std::string name_ = GetParam();
  const model::CiRun run_ = sample_run(GetParam());
};

TEST_P(Golden, Markdown) {
  expect_golden(name_ + ".md", to_markdown(run_));
}

TEST_P(Golden, Terminal) {
  expect_golden(name_ + ".txt", to_terminal(run_, {.colour = false, .columns = 80}));
}

TEST_P(Golden, Html) {
  expect_golden(name_ + ".html", to_html(run_));
}

std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const SampleRun& sample : sample_runs())
    list.push_back(sample.name);
  return list;
}
INSTANTIATE_TEST_SUITE_P(Runs, Golden, testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

TEST(GoldenDiff, TerminalAtThreeWidths) {
  for (const int columns : {60, 80, 160}) {
    const TerminalStyle style{.colour = false, .columns = columns};
    expect_golden("diff_" + std::to_string(columns) + ".txt", to_terminal(sample_diff(), style));
    expect_golden("sampled_diff_" + std::to_string(columns) + ".txt", to_terminal(sampled_diff(), style));
  }
  expect_golden("equal_in_sample.txt", to_terminal(equal_in_sample(), {.colour = false, .columns = 80}));
}

TEST(GoldenJson, Run) {
  expect_golden("one_changed.json", dump_json(to_json(sample_run("one_changed")), 1) + "\n");
}

}  // namespace
}  // namespace vernier::report
