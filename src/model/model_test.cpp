// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/artifacts.h"
#include "model/ci_run.h"
#include "model/commit_sha.h"
#include "model/settings.h"

namespace vernier::model {
namespace {

TEST(CommitSha, TakesWholeIdsOnly) {
  const std::string sha1(40, 'a');
  EXPECT_EQ(CommitSha::parse(sha1).value().text(), sha1);
  EXPECT_EQ(CommitSha::parse(" " + std::string(40, 'A') + "\n").value().text(), sha1);
  EXPECT_TRUE(CommitSha::parse(std::string(64, 'b')).ok());
  for (const std::string& odd :
       {std::string(), std::string("abc1234"), std::string(41, 'a'), std::string(39, 'a') + "g",
        std::string(40, '0'), "--" + std::string(38, 'a')})
    EXPECT_EQ(CommitSha::parse(odd).error().kind, ErrorKind::invalid_input) << odd;
  EXPECT_EQ(CommitSha::parse(sha1).value().abbreviated(), "aaaaaaa");
}

TEST(Words, RoundTrip) {
  for (const char* text : {"production", "pull_request"})
    EXPECT_EQ(to_string(parse_run_type(text).value()), text);
  for (const char* text :
       {"waiting", "needs_confirmation", "queued", "processing", "done", "failed", "cancelled"})
    EXPECT_EQ(to_string(parse_run_status(text).value()), text);
  for (const char* text : {"exact", "ancestor", "latest", "none"})
    EXPECT_EQ(to_string(parse_resolution_step(text).value()), text);
  EXPECT_FALSE(parse_run_type("Production").ok());
}

TEST(DataSource, ShowsNoOptionThatMayHoldASecret) {
  DataSource source;
  source.options = {{"host", "h"},   {"Password", "1"},      {"access_token", "2"}, {"jsonKeyFile", "3"},
                    {"passwd", "4"}, {"client_secret", "5"}, {"port", 5432}};
  EXPECT_EQ(public_options(source), (Json{{"host", "h"}, {"port", 5432}}));
}

}  // namespace
}  // namespace vernier::model
