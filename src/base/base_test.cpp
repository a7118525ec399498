// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/cancel.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/http_client.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

TEST(Json, RefusesWhatIsMalformedOrTooDeepAndNamesThePlace) {
  const struct {
    std::string text;
    std::string words;
  } cases[] = {{"{\"a\": }", "byte 7"}, {"", "byte"}, {std::string(200, '['), "deeper than 100"}};
  for (const auto& c : cases) {
    const auto parsed = parse_json(c.text);
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_NE(parsed.error().message.find(c.words), std::string::npos) << parsed.error().message;
  }
  EXPECT_TRUE(parse_json("\"" + std::string(200, '[') + "\"").ok())
      << "brackets inside a string are no depth";
}

TEST(Json, MembersOfTheWrongTypeAreErrorsAndNullIsAbsent) {
  const Json object = {{"n", 1}, {"s", "x"}, {"none", nullptr}, {"list", {"a", 1}}};
  EXPECT_EQ(require_integer(object, "n").value(), 1);
  EXPECT_FALSE(require_string(object, "n").ok());
  EXPECT_FALSE(require_string(object, "absent").ok());
  EXPECT_EQ(optional_string(object, "none").value(), std::nullopt);
  EXPECT_FALSE(string_list(object, "list").ok());
  EXPECT_TRUE(string_list(object, "absent").value().empty());
}

TEST(File, AppearsWholeAndReadsBack) {
  const TempDir folder = TempDir::create(fs::temp_directory_path()).value();
  const fs::path path = folder.path() / "f";
  ASSERT_TRUE(write_file_whole(path, "one").ok());
  ASSERT_TRUE(write_file_whole(path, "two", true).ok());
  EXPECT_EQ(read_file(path, 10).value(), "two");
  EXPECT_EQ(read_file(path, 2).error().kind, ErrorKind::too_large);
  EXPECT_EQ(read_file(folder.path() / "absent", 2).error().kind, ErrorKind::not_found);
  EXPECT_EQ(fs::status(path).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "nothing is left aside";
}

TEST(File, ATemporaryFolderGoesWithItsObject) {
  fs::path path;
  {
    const TempDir folder = TempDir::create(fs::temp_directory_path()).value();
    path = folder.path();
    std::ofstream(path / "inside") << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(Hash, AgreesWithThePublishedVectors) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const TempDir folder = TempDir::create(fs::temp_directory_path()).value();
  ASSERT_TRUE(write_file_whole(folder.path() / "f", "abc").ok());
  EXPECT_EQ(sha256_hex_of_file(folder.path() / "f").value(), sha256_hex("abc"));
  EXPECT_TRUE(equal_in_constant_time("key", "key"));
  EXPECT_FALSE(equal_in_constant_time("key", "kez"));
  EXPECT_FALSE(equal_in_constant_time("key", "keyy"));
}

TEST(Text, SplitsTrimsAndGroupsDigits) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(trim(" \t a b \n"), "a b");
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
  EXPECT_EQ(with_thousands(INT64_MIN), "-9,223,372,036,854,775,808");
  EXPECT_EQ(now_utc().size(), std::string("2026-11-24T05:36:27.123Z").size());
}

TEST(Subprocess, GivesTheOutputOrSaysWhatFailed) {
  EXPECT_EQ(run_program({"sh", "-c", "pwd"}, "/").value(), "/\n");
  EXPECT_EQ(run_program({"no-such-program-here"}, "/").error().kind, ErrorKind::not_found);
  const auto failed = run_program({"sh", "-c", "echo why >&2; exit 3"}, "/");
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message.find("status 3: why"), std::string::npos) << failed.error().message;
  // More than a pipe holds, on both streams.
  const auto large = run_program({"sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"}, "/");
  EXPECT_EQ(large.value().size(), 300000u);
}

TEST(Cancel, ReachesTheWorkInProgressAndLaterWork) {
  Cancel cancel;
  int called = 0;
  {
    const Cancel::Guard guard = cancel.on_request([&] { ++called; });
    cancel.request();
    EXPECT_EQ(called, 1);
  }
  cancel.request();
  EXPECT_EQ(called, 1) << "the work is over";
  const Cancel::Guard late = cancel.on_request([&] { ++called; });
  EXPECT_EQ(called, 2) << "work that starts too late is stopped at once";
}

TEST(HttpClient, SaysWhatCouldNotBeReachedWithoutTheQuery) {
  HttpRequest request;
  request.url = "http://127.0.0.1:1/path?token=secret";
  const auto response = http_request(request);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(response.error().message.find("secret"), std::string::npos);
  request.url = "ftp://127.0.0.1/";
  EXPECT_EQ(http_request(request).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(url_encode("a b/ü~"), "a%20b%2F%C3%BC~");
}

}  // namespace
}  // namespace vernier
