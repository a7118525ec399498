// SPDX-License-Identifier: Apache-2.0
#include "forge/deliveries.h"

#include <gtest/gtest.h>

#include "forge/scripted_forge_for_tests.h"

namespace vernier::forge {
namespace {

constexpr std::int64_t now = 1'700'000'000;  // 2023-11-14T22:13:20Z

Json delivery(int id, const std::string& guid, int status, const std::string& event = "pull_request",
              const std::string& delivered_at = "2023-11-14T21:00:00Z") {
  return {
      {"id", id}, {"guid", guid}, {"status_code", status}, {"event", event}, {"delivered_at", delivered_at}};
}

// The ids of what a list gives, asked for by a webhook's owner.
std::vector<std::string> failed_in(const Json& list) {
  ScriptedForge server([&](const Seen&) { return answer(200, list.dump()); });
  const Endpoint endpoint{server.url(), "GitHub", {}};
  const auto failed = list_failed(
      endpoint,
      [&](const Call& call) {
        return exchange(endpoint, call, {"Authorization", "Bearer x"});
      },
      "/app/hook", now);
  std::vector<std::string> ids;
  if (!failed.ok()) return {failed.error().message};
  for (const FailedDelivery& one : *failed)
    ids.push_back(one.id.substr(one.id.rfind('/') + 1));
  return ids;
}

TEST(FailedDeliveries, AreThoseThatNeverArrivedAndMayYet) {
  using Ids = std::vector<std::string>;
  const struct {
    std::string what;
    Json list;
    Ids failed;
  } cases[] = {
      {"nothing", Json::array(), {}},
      {"arrived", {delivery(1, "a", 202)}, {}},
      {"nobody answered", {delivery(1, "a", 0)}, {"1"}},
      {"a proxy answered for us", {delivery(1, "a", 502)}, {"1"}},
      {"too busy", {delivery(1, "a", 429)}, {"1"}},
      {"refused", {delivery(1, "a", 401), delivery(2, "b", 400)}, {}},
      {"arrived at a later try", {delivery(2, "a", 202), delivery(1, "a", 502)}, {}},
      {"failed again", {delivery(2, "a", 502), delivery(1, "a", 502)}, {"2"}},
      {"failed too often", {delivery(3, "a", 502), delivery(2, "a", 502), delivery(1, "a", 0)}, {}},
      {"not ours", {delivery(1, "a", 502, "star"), delivery(2, "b", 502, "push")}, {}},
      {"too old", {delivery(1, "a", 502, "check_run", "2023-11-13T21:00:00Z")}, {}},
      {"newest first",
       {delivery(1, "a", 502), delivery(2, "b", 502, "issue_comment", "2023-11-14T22:00:00Z")},
       {"2", "1"}},
      {"no list", Json::object(), {}},
      {"odd members", {{{"id", "x"}, {"delivered_at", 7}}, 3}, {}},
  };
  for (const auto& row : cases)
    EXPECT_EQ(failed_in(row.list), row.failed) << row.what;
}

TEST(FailedDeliveries, AreReadPageByPageWithinBounds) {
  int pages = 0;
  ScriptedForge server([&](const Seen& request) {
    ++pages;
    const Json page = {delivery(pages, "guid-" + std::to_string(pages), 502)};
    const bool last = request.target.ends_with("cursor=v1_3");
    return answer(200, page.dump(),
                  {fmt::format("Link: <https://x/first?cursor=v1_0>; rel=\"prev\", "
                               "<https://x/deliveries?per_page=100&cursor=v1_{}>; rel=\"{}\"",
                               pages + 1, last ? "first" : "next")});
  });
  const Endpoint endpoint{server.url(), "GitHub", {}};
  const SendCall send = [&](const Call& call) { return exchange(endpoint, call, {"Authorization", "x"}); };
  const auto failed = list_failed(endpoint, send, "/repos/acme/shop/hooks/1", now);
  ASSERT_TRUE(failed.ok()) << failed.error().message;
  EXPECT_EQ(failed->size(), 3U);
  EXPECT_EQ(server.seen().front().target, "/repos/acme/shop/hooks/1/deliveries?per_page=100");
  EXPECT_EQ(server.seen().back().target, "/repos/acme/shop/hooks/1/deliveries?per_page=100&cursor=v1_3");

  pages = 10;  // and never the last one
  ASSERT_TRUE(list_failed(endpoint, send, "/app/hook", now).ok());
  EXPECT_EQ(pages, 30);
}

}  // namespace
}  // namespace vernier::forge
