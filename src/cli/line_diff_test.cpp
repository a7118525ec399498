// SPDX-License-Identifier: Apache-2.0
#include "cli/line_diff.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"

namespace vernier::cli {
namespace {

// "=a" for a common line, "a|b" for a replaced one, "a|" and "|b" for a line of one side.
std::string shown(std::string_view old_text, std::string_view new_text) {
  std::vector<std::string> words;
  for (const DiffRow& row : diff_lines(old_text, new_text))
    words.push_back(row.same() ? "=" + *row.old_line
                               : row.old_line.value_or("") + "|" + row.new_line.value_or(""));
  return join(words, " ");
}

TEST(DiffLines, KeepsCommonLinesTogether) {
  EXPECT_EQ(shown("a\nb\nc", "a\nx\nc"), "=a b|x =c");
  EXPECT_EQ(shown("a\nc", "a\nb\nc"), "=a |b =c");
  EXPECT_EQ(shown("a\nb\nc\nd", "b\nd"), "a| =b c| =d");
  EXPECT_EQ(shown("", "a"), "|a");
  EXPECT_EQ(shown("", ""), "");
}

TEST(DiffLines, LosesNothing) {
  EXPECT_TRUE(rc::check("each side can be put together again", [] {
    const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\n")));
    const std::string old_text = *text;
    const std::string new_text = *text;
    std::vector<std::string> old_lines, new_lines;
    for (const DiffRow& row : diff_lines(old_text, new_text)) {
      if (row.old_line) old_lines.push_back(*row.old_line);
      if (row.new_line) new_lines.push_back(*row.new_line);
    }
    RC_ASSERT(join(old_lines, "\n") == old_text);
    RC_ASSERT(join(new_lines, "\n") == new_text);
  }));
}

TEST(DiffLines, TakesHugeTextsForReplaced) {
  std::string a, b;
  for (int i = 0; i < 20'000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(diff_lines(a, b).size(), 20'001u);
}

TEST(RenderDiff, LaysSidesBesideEachOtherWhereThereIsRoom) {
  const auto rows = diff_lines("same\nold", "same\nnew");
  EXPECT_EQ(render_diff(rows, {false, 60}), "    same\n  - old\n  + new\n");
  const std::string wide = render_diff(rows, {false, 100});
  EXPECT_NE(wide.find("old"), std::string::npos);
  EXPECT_NE(wide.find("| new"), std::string::npos);
  for (const std::string& line :
       split(render_diff(diff_lines(std::string(500, 'x'), "y"), {false, 100}), '\n'))
    EXPECT_LE(line.size(), 100u);
}

TEST(RenderDiff, ShowsAFewLinesAround) {
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "line " + std::to_string(i) + "\n";
  const std::string page = render_diff(diff_lines(text, text + "end"), {false, 60});
  EXPECT_EQ(page.find("line 30"), std::string::npos);
  EXPECT_NE(page.find("line 39"), std::string::npos);
}

}  // namespace
}  // namespace vernier::cli
