// SPDX-License-Identifier: Apache-2.0
#include "forge/exchange.h"

#include <gtest/gtest.h>

namespace vernier::forge {
namespace {

constexpr std::int64_t now = 1'700'000'000;  // Tue, 14 Nov 2023 22:13:20 GMT

HttpResponse answered(int status, std::vector<std::pair<std::string, std::string>> headers = {},
                      std::string body = R"({"message":"no"})") {
  return {status, std::move(body), std::move(headers)};
}

TEST(Refusal, SaysWhetherAndWhenToTryAgain) {
  const std::string secondary = R"({"message":"You have exceeded a secondary rate limit."})";
  struct Case {
    HttpResponse answer;
    ErrorKind kind;
    int wait = 0;
  };
  const std::vector<Case> cases = {
      {answered(400), ErrorKind::invalid_input},
      {answered(401), ErrorKind::denied},
      {answered(403), ErrorKind::denied},
      {answered(403, {{"retry-after", "17"}}), ErrorKind::unavailable, 17},
      {answered(403, {{"retry-after", "Tue, 14 Nov 2023 22:14:00 GMT"}}), ErrorKind::unavailable, 40},
      {answered(403, {{"retry-after", "soon"}}), ErrorKind::denied},
      {answered(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000090"}}),
       ErrorKind::unavailable, 90},
      {answered(403, {{"x-ratelimit-remaining", "9"}, {"x-ratelimit-reset", "1700000090"}}),
       ErrorKind::denied},
      {answered(403, {}, secondary), ErrorKind::unavailable, 60},
      {answered(404), ErrorKind::not_found},
      {answered(409), ErrorKind::conflict},
      {answered(410), ErrorKind::not_found},
      {answered(413), ErrorKind::too_large},
      {answered(422), ErrorKind::invalid_input},
      {answered(429), ErrorKind::unavailable, 60},
      {answered(429, {{"retry-after", "0"}}), ErrorKind::unavailable, 1},
      {answered(429, {{"retry-after", "999999"}}), ErrorKind::unavailable, 3'600},
      {answered(429, {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "1700000005"}}),
       ErrorKind::unavailable, 5},
      {answered(301), ErrorKind::invalid_input},
      {answered(500), ErrorKind::unavailable},
      {answered(503, {{"retry-after", "8"}}), ErrorKind::unavailable, 8}};
  for (const auto& [answer, kind, wait] : cases) {
    const Error error = refusal({"http://f", "GitHub", {}}, {"GET", "/x?secret=1", Json()}, answer, now);
    EXPECT_EQ(error.kind, kind) << error.message;
    EXPECT_EQ(error.retry_after_s, wait) << error.message;
  }
}

TEST(Refusal, QuotesTheForgeOnOneShortLine) {
  const Endpoint endpoint{"http://f", "GitHub", {}};
  const Call call{"POST", "/repos/acme/shop/statuses/1?page=2", Json()};
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"message":"Validation Failed","errors":[{"field":"data"}]})",
       R"(: Validation Failed [{"field":"data"}])"},
      {R"({"message":{"note":["is too long"]}})", R"(: {"note":["is too long"]})"},
      {R"({"error":"state is missing"})", ": state is missing"},
      {"{\"message\":\"two\\nlines\"}", ": two lines"},
      {"<html>", ""}};
  for (const auto& [body, words] : cases)
    EXPECT_EQ(refusal(endpoint, call, answered(422, {}, body), now).message,
              "GitHub answered 422 to POST /repos/acme/shop/statuses/1" + words);
  const std::string endless = R"({"message":")" + std::string(5'000, 'x') + "\"}";
  EXPECT_LT(refusal(endpoint, call, answered(422, {}, endless), now).message.size(), 300U);
}

TEST(Content, IsJsonOrARefusal) {
  const Endpoint endpoint{"http://f", "Gitea", {}};
  EXPECT_TRUE(content_of(endpoint, {}, answered(204, {}, ""))->is_null());
  EXPECT_EQ(content_of(endpoint, {}, answered(200, {}, "[1]"))->size(), 1U);
  EXPECT_EQ(content_of(endpoint, {}, answered(200, {}, "<html>")).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(content_of(endpoint, {}, answered(404)).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace vernier::forge
