// SPDX-License-Identifier: Apache-2.0
#include "server/multipart.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "base/file.h"

namespace vernier::server {
namespace {

const std::string content_type = "multipart/form-data; boundary=b0und";

class MultipartTest : public testing::Test {
 protected:
  Result<Multipart> read(std::string_view body, std::string_view type = content_type) {
    const auto path = folder_.path() / "body";
    std::ofstream(path, std::ios::binary) << body;
    return read_multipart(path, type, "artifacts", folder_.path());
  }
  static std::string file_bytes(const Multipart& multipart) {
    return read_file(multipart.file->path(), 1 << 20).value();
  }
  TempDir folder_ = TempDir::create(testing::TempDir()).value();
};

std::string part(std::string_view name, std::string_view content, std::string_view headers = "") {
  return "--b0und\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"" +
         std::string(headers) + "\r\n\r\n" + std::string(content) + "\r\n";
}

TEST_F(MultipartTest, takes_fields_and_file_apart) {
  const auto multipart = read(part("commit_sha", "abc") +
                              part("artifacts", "PK\x03\x04", "; filename=\"a.zip\"") + "--b0und--\r\n");
  ASSERT_TRUE(multipart.ok()) << multipart.error().message;
  EXPECT_EQ(multipart->fields, (Form{{"commit_sha", "abc"}}));
  EXPECT_EQ(file_bytes(*multipart), "PK\x03\x04");
}

TEST_F(MultipartTest, deletes_the_file_with_the_value) {
  std::filesystem::path path;
  {
    const auto multipart = read(part("artifacts", "x") + "--b0und--\r\n");
    path = multipart->file->path();
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(MultipartTest, refuses_what_is_not_an_upload) {
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += part("f" + std::to_string(i), "x");
  std::string headers;
  for (int i = 0; i < 100; ++i)
    headers += "\r\nX-" + std::to_string(i) + ": y";
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {part("a", "b") + "--b0und--\r\n", "application/json", "content type"},
      {part("a", "b") + "--b0und--\r\n", "multipart/form-data", "boundary"},
      {part("a", "b") + "--b0und--\r\n", "multipart/form-data; boundary=" + std::string(100, 'x'),
       "boundary"},
      {"no boundary at all", content_type, "malformed"},
      {"", content_type, "malformed"},
      {many + "--b0und--\r\n", content_type, "more than 16 parts"},
      {part("a", "b", headers) + "--b0und--\r\n", content_type, "malformed"},
      {part("a", std::string(300'000, 'x')) + "--b0und--\r\n", content_type, "`a` has more than"},
      {"--b0und\r\n\r\nno name\r\n--b0und--\r\n", content_type, "no header"},
      {"--b0und\r\nX: y\r\n\r\nz\r\n--b0und--", content_type, "no name"},
      {"--b0undary\r\n\r\n\r\n--b0und--", content_type, "malformed"},
      {part("artifacts", "cut off in the mid"), content_type, "malformed"},
      {part("a", "b") + "--b0und\r\nContent-Disposition: form-data; name=\"artifacts\"\r\n\r\ncut",
       content_type, "malformed"},
      {part("a", "b") + "--b0und\r\nX-Long: " + std::string(100'000, 'x'), content_type, "malformed"},
  };
  for (const auto& [body, type, message] : cases) {
    const auto multipart = read(body, type);
    ASSERT_FALSE(multipart.ok()) << body.substr(0, 200);
    EXPECT_EQ(multipart.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(multipart.error().message.find(message), std::string::npos) << multipart.error().message;
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << "files were left";
}

// Content made of the very characters that delimiters are made of must come back byte for byte.
RC_GTEST_FIXTURE_PROP(MultipartTest, keeps_every_byte, ()) {
  const auto content =
      *rc::gen::container<std::string>(rc::gen::element('\r', '\n', '-', 'b', '0', '\0', 'x'));
  RC_PRE(content.find("--b0und") == std::string::npos);
  const auto multipart = read(part("artifacts", content) + "--b0und--\r\n");
  RC_ASSERT(multipart.ok());
  RC_ASSERT(file_bytes(*multipart) == content);
}

}  // namespace
}  // namespace vernier::server
