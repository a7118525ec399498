// SPDX-License-Identifier: Apache-2.0
#include "ci/wishes.h"

#include <gtest/gtest.h>

#include "ci/commands.h"
#include "ci/path_patterns.h"

namespace vernier::ci {
namespace {

std::vector<std::string> as_texts(const std::vector<Rename>& renames) {
  std::vector<std::string> texts;
  for (const Rename& rename : renames)
    texts.push_back(rename.from + ">" + rename.to + (rename.models.empty() ? "" : "@" + rename.models));
  return texts;
}

TEST(Renames, AreFoundInEveryDocumentedForm) {
  struct Case {
    const char* message;
    std::vector<std::string> found;
  };
  const Case cases[] = {
      {"Tidy up\n\ndatafold remap amount total", {"amount>total"}},
      {"datafold remap amount total orders*", {"amount>total@orders*"}},
      {"X-Datafold: rename amount total", {"amount>total"}},
      {"/datafold renamed amount total", {"amount>total"}},
      {"datafold: remapped amount total", {"amount>total"}},
      {"vernier remap amount total", {"amount>total"}},
      {"  Datafold   REMAP amount total  ", {"amount>total"}},
      {"datafold remap a b\ndatafold remap c d", {"a>b", "c>d"}},
      {"datafold remap amount", {}},
      {"datafold remap a b c d", {}},
      {"we renamed datafold remap amount total", {}},
      {"datafold removed amount total", {}},
      {"", {}},
  };
  for (const Case& one : cases)
    EXPECT_EQ(as_texts(renames_in({one.message})), one.found) << one.message;
}

TEST(Renames, AreChainedOverCommits) {
  EXPECT_EQ(as_texts(renames_in({"datafold remap a b", "datafold remap b c"})),
            std::vector<std::string>{"a>c"});
  EXPECT_EQ(as_texts(renames_in({"datafold remap a b", "datafold remap b a"})), std::vector<std::string>{});
  // Another pattern of models is another rename.
  EXPECT_EQ(as_texts(renames_in({"datafold remap a b x", "datafold remap b c y"})),
            (std::vector<std::string>{"a>b@x", "b>c@y"}));
}

TEST(Wishes, ComeBackFromTheirText) {
  const Wishes wishes = {true, true, {"orders", "cust\"omers"}, {{"a", "b", "m*"}}};
  const Wishes back = parse_wishes(to_text(wishes)).value();
  EXPECT_TRUE(back.confirmed && back.all_downstream);
  EXPECT_EQ(back.models, wishes.models);
  EXPECT_EQ(as_texts(back.renames), as_texts(wishes.renames));
  EXPECT_FALSE(parse_wishes("").value().confirmed);
  EXPECT_FALSE(parse_wishes("{").ok());
}

TEST(Skip, IsAskedForInTheMessage) {
  EXPECT_TRUE(asks_to_skip("Fix\n\n[datafold-skip-ci]"));
  EXPECT_TRUE(asks_to_skip("VERNIER-SKIP-CI"));
  EXPECT_FALSE(asks_to_skip("skip ci"));
}

TEST(Command, IsReadFromAComment) {
  struct Case {
    const char* comment;
    CommandKind kind;
    std::vector<std::string> models;
  };
  const Case cases[] = {
      {"/vernier rerun", CommandKind::rerun, {}},
      {"  /Vernier   RERUN  please", CommandKind::rerun, {}},
      {"/datafold rerun", CommandKind::rerun, {}},
      {"looks good\n/vernier confirm\r\nthanks", CommandKind::confirm, {}},
      {"/vernier diff orders, customers", CommandKind::diff, {"orders", "customers"}},
      {"/vernier diff", CommandKind::unknown, {}},
      {"/vernier", CommandKind::unknown, {}},
      {"/vernier dance", CommandKind::unknown, {}},
      {"/vernier cancel", CommandKind::cancel, {}},
  };
  for (const Case& one : cases) {
    const auto command = parse_command(one.comment);
    ASSERT_TRUE(command) << one.comment;
    EXPECT_EQ(command->kind, one.kind) << one.comment;
    EXPECT_EQ(command->models, one.models) << one.comment;
  }
}

TEST(Command, IsNotReadFromQuotesAndCode) {
  for (const char* comment : {"> /vernier rerun", "```\n/vernier rerun\n```", "    /vernier rerun",
                              "see /vernier rerun", "/vernierrerun", "`/vernier rerun`", ""})
    EXPECT_FALSE(parse_command(comment)) << comment;
}

TEST(Command, HelpShowsHarmlessText) {
  EXPECT_EQ(command_help({CommandKind::unknown, {}, "/vernier `x`"}).find("`/vernier  x`"), 0U);
  EXPECT_FALSE(parse_command(command_help({CommandKind::unknown, {}, "/vernier x"})));
}

TEST(Command, ThatIsRefusedIsAnsweredWithWhyAndNoCommand) {
  const Command command = *parse_command("/vernier rerun `x` @all");
  for (const auto access : {forge::WriteAccess::refused, forge::WriteAccess::untold}) {
    const std::string answer = refusal_of(command, access);
    EXPECT_TRUE(answer.starts_with("`/vernier rerun  x  @all` was not done")) << answer;
    EXPECT_FALSE(parse_command(answer)) << "it would be obeyed where we are allowed to write";
    const bool untold = access == forge::WriteAccess::untold;
    EXPECT_EQ(answer.find("administrator") != std::string::npos, untold) << answer;
  }
}

TEST(PathPatterns, FollowGitignore) {
  struct Case {
    std::vector<std::string> patterns;
    const char* path;
    bool matches;
  };
  const Case cases[] = {
      {{"*.md"}, "README.md", true},
      {{"*.md"}, "docs/a/b.md", true},
      {{"*.md"}, "models/a.sql", false},
      {{"/*.md"}, "docs/b.md", false},
      {{"docs/"}, "docs/a/b.sql", true},
      {{"docs/"}, "docs", false},
      {{"docs"}, "a/docs/b.sql", true},
      {{"docs/*.md"}, "docs/a.md", true},
      {{"docs/*.md"}, "docs/a/b.md", false},
      {{"docs/*.md"}, "x/docs/a.md", false},
      {{"**/docs/*.md"}, "x/y/docs/a.md", true},
      {{"docs/**"}, "docs/a/b.md", true},
      {{"docs/**/z.md"}, "docs/z.md", true},
      {{"docs/**/z.md"}, "docs/a/b/z.md", true},
      {{"*.md", "!keep.md"}, "docs/keep.md", false},
      {{"# a comment", "", "*.sql"}, "a.sql", true},
      {{"\\#a"}, "#a", true},
      {{"/"}, "a", false},
      {{"a?c"}, "abc", true},
      {{"a?c"}, "a/c", false},
  };
  for (const Case& one : cases)
    EXPECT_EQ(matches_path(one.patterns, one.path), one.matches) << one.patterns[0] << " " << one.path;
}

}  // namespace
}  // namespace vernier::ci
