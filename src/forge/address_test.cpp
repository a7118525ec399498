// SPDX-License-Identifier: Apache-2.0
#include "forge/address.h"

#include <gtest/gtest.h>

#include "forge/forge.h"

namespace vernier::forge {
namespace {

model::Repository repository(const std::string& provider, const std::string& url, const std::string& name) {
  model::Repository repository;
  repository.provider = provider;
  repository.url = url;
  repository.name = name;
  repository.token = "t0ken";
  return repository;
}

TEST(Address, IsReadFromTheForgesRootOrTheRepositorysOwnUrl) {
  const std::vector<std::vector<std::string>> cases = {
      {"github", "", "acme/shop", "https://api.github.com"},
      {"github", "https://github.com", "acme/shop", "https://api.github.com"},
      {"github", "https://GitHub.com/Acme/shop.git/", "acme/shop", "https://api.github.com"},
      {"github", "https://github.com/acme/shop", "acme/shop", "https://api.github.com"},
      {"github", "https://api.github.com", "acme/shop", "https://api.github.com"},
      {"github", "http://127.0.0.1:3207", "acme/shop", "http://127.0.0.1:3207"},
      {"github", "https://git.acme.com/api/v3", "acme/shop", "https://git.acme.com/api/v3"},
      {"github", "https://git.acme.com", "acme/shop", "https://git.acme.com/api/v3"},
      {"github", "https://git.acme.com/acme/shop", "acme/shop", "https://git.acme.com/api/v3"},
      {"github", "https://acme.ghe.com", "acme/shop", "https://api.acme.ghe.com"},
      {"gitea", "http://127.0.0.1:3107", "acme/shop", "http://127.0.0.1:3107/api/v1"},
      {"gitea", "https://acme.com/git/acme/shop.git", "acme/shop", "https://acme.com/git/api/v1"},
      {"forgejo", "https://codeberg.org/", "acme/shop", "https://codeberg.org/api/v1"},
      {"gitlab", "", "acme/data/shop", "https://gitlab.com/api/v4"},
      {"gitlab", "https://gitlab.com/acme/data/shop", "acme/data/shop", "https://gitlab.com/api/v4"}};
  for (const auto& row : cases) {
    const auto address = read_address(repository(row[0], row[1], row[2]));
    ASSERT_TRUE(address.ok()) << row[1] << ": " << address.error().message;
    EXPECT_EQ(address->api_root, row[3]) << row[1];
  }
  EXPECT_EQ(read_address(repository("gitlab", "", "acme/data/shop"))->path, "acme%2Fdata%2Fshop");
  EXPECT_TRUE(read_address(repository("github", "", "acme/shop"))->is_github_dot_com);
  EXPECT_FALSE(read_address(repository("github", "http://127.0.0.1:1", "acme/shop"))->is_github_dot_com);
}

TEST(Address, IsRefusedWhereItIsNotUnderstood) {
  const std::vector<std::vector<std::string>> cases = {
      {"", "", "acme/shop", "no provider"},
      {"svn", "", "acme/shop", "`svn` is not known"},
      {"gitea", "", "acme/shop", "no url"},
      {"github", "", "", "owner/repository"},
      {"github", "", "shop", "owner/repository"},
      {"github", "", "acme/data/shop", "owner/repository"},
      {"github", "", "acme/..", "owner/repository"},
      {"github", "", "acme/shop?x", "owner/repository"},
      {"github", "", "acme/shop\r\nX: y", "owner/repository"},
      {"gitlab", "", "shop", "group/project"},
      {"gitlab", "", "acme//shop", "group/project"},
      {"github", "github.com", "acme/shop", "must read https://"},
      {"github", "ftp://github.com", "acme/shop", "must read https://"},
      {"github", "https://", "acme/shop", "must read https://"},
      {"github", "https://git.acme.com/?x=1", "acme/shop", "must read https://"},
      {"github", "https://github.com/other/shop", "acme/shop", "not the address of acme/shop"}};
  for (const auto& row : cases) {
    const auto address = read_address(repository(row[0], row[1], row[2]));
    ASSERT_FALSE(address.ok()) << row[1] << " " << row[2];
    EXPECT_EQ(address.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(address.error().message.find(row[3]), std::string::npos) << address.error().message;
  }
  const auto secret = read_address(repository("github", "https://u:hunter2@git.acme.com", "acme/shop"));
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().message.find("hunter2"), std::string::npos);
}

TEST(Open, AsksForWhatProvesWhoWeAre) {
  EXPECT_TRUE(open(repository("github", "", "acme/shop")).ok());
  model::Repository without = repository("github", "", "acme/shop");
  without.token.clear();
  EXPECT_EQ(open(without).error().kind, ErrorKind::invalid_input);
  without.app_id = "42";
  without.app_private_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  EXPECT_NE(open(without).error().message.find("not an RSA key"), std::string::npos);
  without.provider = "gitlab";
  EXPECT_EQ(open(without).error().message, "the repository has no token");
  model::Repository sly = repository("gitlab", "", "acme/shop");
  sly.token = "t0ken\r\nX-Other: 1";
  const auto refused = open(sly);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message.find("t0ken"), std::string::npos);
}

}  // namespace
}  // namespace vernier::forge
