// SPDX-License-Identifier: Apache-2.0
#include "forge/signature.h"

#include <gtest/gtest.h>

#include "forge/crypto.h"

namespace vernier::forge {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t now = 1'700'000'000;
const std::string body = R"({"zen":"Anything added dilutes everything else."})";

TEST(Provider, IsTheOneWhoseOwnHeaderIsThere) {
  const std::vector<std::pair<Headers, std::string>> cases = {
      {{{"x-github-event", "ping"}}, "github"},
      {{{"x-github-event", "push"}, {"x-gitea-event", "push"}}, "gitea"},
      {{{"x-github-event", "push"}, {"x-gitea-event", "push"}, {"x-forgejo-event", "push"}}, "forgejo"},
      {{{"x-gitlab-event", "Push Hook"}}, "gitlab"},
      {{{"content-type", "application/json"}}, ""},
      {{}, ""}};
  for (const auto& [headers, provider] : cases)
    EXPECT_EQ(provider_of({headers, body}), provider);
}

// The example that GitHub's documentation gives.
TEST(Signature, AgreesWithTheDocumentedExample) {
  const Delivery delivery{
      {{"x-github-event", "push"},
       {"x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}},
      "Hello, World!"};
  EXPECT_TRUE(is_signed(delivery, "It's a Secret to Everybody"));
}

TEST(Signature, HoldsOnlyForTheSecretAndTheVeryBytes) {
  const std::string digest = hmac_sha256_hex("s3cret", body);
  const Headers github = {{"x-github-event", "push"}, {"x-hub-signature-256", "sha256=" + digest}};
  const Headers gitea = {{"x-gitea-event", "push"}, {"x-gitea-signature", digest}};
  const Headers forgejo = {{"x-forgejo-event", "push"}, {"x-forgejo-signature", digest}};
  const Headers gitlab = {{"x-gitlab-event", "Push Hook"}, {"x-gitlab-token", "s3cret"}};
  for (const Headers& headers : {github, gitea, forgejo, gitlab}) {
    EXPECT_TRUE(is_signed({headers, body}, "s3cret"));
    EXPECT_FALSE(is_signed({headers, body}, "another"));
    EXPECT_FALSE(is_signed({headers, body}, ""));
    EXPECT_FALSE(is_signed({{headers.front()}, body}, "s3cret"));
  }
  for (const Headers& headers : {github, gitea, forgejo})
    EXPECT_FALSE(is_signed({headers, body + " "}, "s3cret"));
}

TEST(Signature, IsNotTakenFromWhereItDoesNotBelong) {
  const std::string digest = hmac_sha256_hex("s3cret", body);
  const std::vector<Headers> cases = {
      {{"x-hub-signature-256", "sha256=" + digest}},                                    // of no forge
      {{"x-github-event", "push"}, {"x-hub-signature-256", digest}},                    // without "sha256="
      {{"x-github-event", "push"}, {"x-gitlab-token", "s3cret"}},                       // GitLab's way
      {{"x-github-event", "push"}, {"x-hub-signature", "sha256=" + digest}},            // the old header
      {{"x-gitlab-event", "Push Hook"}, {"x-hub-signature-256", "sha256=" + digest}}};  // GitHub's way
  for (const Headers& headers : cases)
    EXPECT_FALSE(is_signed({headers, body}, "s3cret"));
}

Delivery by_standard(const std::string& key, std::int64_t at, const std::string& before = "") {
  const std::string content = "msg_1." + std::to_string(at) + "." + body;
  return {{{"x-gitlab-event", "Push Hook"},
           {"webhook-id", "msg_1"},
           {"webhook-timestamp", std::to_string(at)},
           {"webhook-signature", before + "v1," + base64(hmac_sha256(key, content))}},
          body};
}

TEST(StandardWebhooks, HoldForFiveMinutes) {
  const std::string key = "0123456789abcdef";
  const std::string secret = "whsec_" + base64(key);
  const std::vector<std::pair<std::int64_t, bool>> cases = {{now, true},        {now - 300, true},
                                                            {now + 300, true},  {now - 301, false},
                                                            {now + 301, false}, {-now, false}};
  for (const auto& [at, holds] : cases)
    EXPECT_EQ(is_signed_at(by_standard(key, at), secret, now), holds) << at - now;
  EXPECT_TRUE(is_signed_at(by_standard(key, now, "v1,AAAA v1a,x "), secret, now));
  EXPECT_FALSE(is_signed_at(by_standard("another", now), secret, now));
  EXPECT_FALSE(is_signed_at(by_standard(key, now), key, now)) << "a plain secret signs nothing";
  EXPECT_FALSE(is_signed_at(by_standard("", now), "whsec_", now));
  Delivery bent = by_standard(key, now);
  bent.headers[1].second = "msg_2";
  EXPECT_FALSE(is_signed_at(bent, secret, now)) << "the id is signed too";
}

TEST(Base64, ReadsWhatItWrites) {
  for (const std::string text : {"a", "ab", "abc", "abcd", "\xFF\xFE\xFD"})
    EXPECT_EQ(from_base64(base64(text)), text);
  EXPECT_EQ(base64_url("\xFF\xFE\xFD\xFC"), "__79_A");
  for (const char* const text : {"", "a", "ab=", "====", "a===", "a b="})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace vernier::forge
