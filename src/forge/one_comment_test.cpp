// SPDX-License-Identifier: Apache-2.0
#include "forge/one_comment.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>

#include "forge/gitlab.h"
#include "forge/text_limits.h"

namespace vernier::forge {
namespace {

const std::string marker = "<!-- vernier key=jaffle -->";

// The comments of one pull request, kept in memory.
struct Board {
  std::map<std::int64_t, Comment> comments;
  std::vector<std::int64_t> removed;
  std::string account = "bot";
  bool tells_account = true;
  // What another process writes right before our comment is made.
  std::vector<Comment> made_meanwhile;

  CommentCalls calls() {
    return {[this](const auto& visit) -> Status {
              for (const auto& [id, comment] : comments)
                visit(comment);
              return {};
            },
            [this](const std::string& body) -> Result<Comment> {
              for (const Comment& other : made_meanwhile)
                comments[other.id] = other;
              const Comment created{50, account, body};
              comments[created.id] = created;
              return created;
            },
            [this](std::int64_t id, const std::string& body) -> Status {
              if (!comments.contains(id)) return not_found("no comment");
              comments[id].body = body;
              return {};
            },
            [this](std::int64_t id) -> Status {
              removed.push_back(id);
              comments.erase(id);
              return {};
            },
            [this]() -> Result<std::string> {
              if (!tells_account) return denied("not told");
              return account;
            }};
  }
};

const std::string body = marker + "\nreport";

TEST(OneComment, IsTheKnownOne) {
  Board board;
  board.comments[7] = {7, "bot", marker + "\nold"};
  EXPECT_EQ(*keep_one_comment(board.calls(), "7", marker, body), "7");
  EXPECT_EQ(board.comments[7].body, body);
  EXPECT_EQ(board.comments.size(), 1U);
}

TEST(OneComment, IsFoundByMarkerAndAuthor) {
  Board board;
  board.comments[3] = {3, "mallory", marker + "\npasted"};
  board.comments[4] = {4, "bot", marker + "-other\nanother config's"};
  board.comments[5] = {5, "bot", "quoted: " + marker};
  board.comments[6] = {6, "Bot", marker + "\r\nold"};
  for (const std::string known : {"", "99", "not a number"})
    EXPECT_EQ(*keep_one_comment(board.calls(), known, marker, body), "6") << known;
  EXPECT_EQ(board.comments[3].body, marker + "\npasted");
  EXPECT_EQ(board.comments.size(), 4U);
}

TEST(OneComment, IsMadeWhereThereIsNone) {
  for (const bool tells_account : {true, false}) {
    Board board;
    board.tells_account = tells_account;
    board.comments[3] = {3, "mallory", marker + "\npasted"};
    EXPECT_EQ(*keep_one_comment(board.calls(), "", marker, "report"), "50");
    EXPECT_EQ(board.comments[50].body, body) << "the marker is put in front where it is missing";
    EXPECT_TRUE(board.removed.empty());
  }
}

TEST(OneComment, OfTwoMadeAtOnceIsTheOlder) {
  Board board;
  board.made_meanwhile = {{40, "bot", marker + "\ntheirs"}, {41, "mallory", marker}};
  EXPECT_EQ(*keep_one_comment(board.calls(), "", marker, body), "40");
  EXPECT_EQ(board.removed, std::vector<std::int64_t>{50});
  EXPECT_EQ(board.comments[40].body, body);
}

TEST(OneComment, IsLeftAloneWhereTheForgeFails) {
  Board board;
  auto calls = board.calls();
  calls.update = [](std::int64_t, const std::string&) -> Status { return denied("read only"); };
  EXPECT_EQ(keep_one_comment(calls, "7", marker, body).error().kind, ErrorKind::denied);
  calls = board.calls();
  calls.login = []() -> Result<std::string> { return unavailable("down"); };
  // Where somebody's comment has the marker it matters who we are; where none has, it does not.
  board.comments[7] = {7, "stranger", body};
  EXPECT_EQ(keep_one_comment(calls, "", marker, body).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(board.comments.size(), 1U);
  board.comments.clear();
  EXPECT_EQ(*keep_one_comment(calls, "", marker, body), "50");
}

TEST(TextLimits, CutBetweenCharacters) {
  EXPECT_EQ(cut_bytes("aé", 3), "aé");
  EXPECT_EQ(cut_bytes("aé", 2), "a");
  EXPECT_EQ(cut_bytes("é", 1), "");
  EXPECT_EQ(cut_characters("äöü", 3), "äöü");
  EXPECT_EQ(cut_characters("äöüß", 3), "äö…");
  EXPECT_EQ(one_line("a\nb\tc\x7F"), "a b c ");
  EXPECT_EQ(branch_of("refs/heads/a/b"), "a/b");
  EXPECT_EQ(branch_of("refs/tags/v1"), "");
}

TEST(QuickActions, AreMadeHarmless) {
  EXPECT_EQ(without_quick_actions("/close"), " /close");
  EXPECT_EQ(without_quick_actions("a\n/merge\r/x\n b/c\n"), "a\n /merge\r /x\n b/c\n");
}

}  // namespace
}  // namespace vernier::forge
