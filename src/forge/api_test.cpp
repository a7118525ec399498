// SPDX-License-Identifier: Apache-2.0
#include "forge/api.h"

#include <gtest/gtest.h>

#include "forge/forge.h"
#include "forge/scripted_forge_for_tests.h"

namespace vernier::forge {
namespace {

const std::string sha_a(40, 'a');
const std::string sha_b(40, 'b');

std::unique_ptr<Forge> opened(const std::string& provider, const ScriptedForge& server) {
  model::Repository repository;
  repository.provider = provider;
  repository.url = server.url();
  repository.name = "acme/shop";
  repository.token = "t0ken";
  return std::move(open(repository)).value();
}

Api plain_api(const ScriptedForge& server, std::chrono::seconds timeout = std::chrono::seconds(5)) {
  return {{server.url(), "GitHub", {}, timeout},
          token_credentials({"Authorization", "Bearer t0ken"}),
          {"per_page", 2},
          std::chrono::milliseconds(0)};
}

TEST(Api, SaysWhoItIs) {
  ScriptedForge server([](const Seen&) { return answer(200, R"({"login":"bot","username":"bot"})"); });
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"github", "Authorization: Bearer t0ken\r\n"},
      {"gitea", "Authorization: token t0ken\r\n"},
      {"gitlab", "PRIVATE-TOKEN: t0ken\r\n"}};
  for (const auto& [provider, header] : cases) {
    EXPECT_EQ(*opened(provider, server)->login(), "bot");
    const std::string head = server.seen().back().head;
    EXPECT_NE(head.find(header), std::string::npos) << head;
    EXPECT_NE(head.find("User-Agent: vernier/"), std::string::npos) << head;
  }
}

TEST(Api, TriesABrokenGetOnceMoreAndNothingElse) {
  ScriptedForge server([](const Seen&) { return std::string(); });
  Api api = plain_api(server);
  EXPECT_EQ(api.get("/x").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(server.count("GET", "/x"), 2U);
  EXPECT_EQ(api.ask({"POST", "/y", Json::object()}).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(server.count("POST", "/y"), 1U);
}

TEST(Api, GivesUpOnASlowForge) {
  ScriptedForge server([](const Seen&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
    return answer(200, "{}");
  });
  EXPECT_EQ(plain_api(server, std::chrono::seconds(1)).get("/x").error().kind, ErrorKind::timed_out);
}

TEST(Api, LeavesTheTokenOutOfItsErrors) {
  ScriptedForge server([](const Seen&) { return answer(401, R"({"message":"Bad credentials"})"); });
  const auto refused = plain_api(server).get("/x");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_EQ(refused.error().message.find("t0ken"), std::string::npos);
  EXPECT_EQ(server.count("GET", "/x"), 1U) << "a token that was entered is not to be renewed";
}

std::size_t items_of(Api api) {
  std::size_t items = 0;
  const Status read = api.for_each("/list?state=open", [&](const Json&) {
    ++items;
    return true;
  });
  return read.ok() ? items : 0;
}

// Five items in pages of two, told of in each forge's way.
TEST(List, IsReadOverAllPages) {
  const auto page_of = [](const Seen& request) { return request.target.back() - '0'; };
  const auto items = [](int page) { return page < 3 ? "[1,2]" : page == 3 ? "[3]" : "[]"; };
  ScriptedForge by_link([&](const Seen& request) {
    const int page = page_of(request);
    return answer(
        200, items(page),
        {page < 3 ? "Link: <http://x>; rel=\"next\", <y>; rel=\"last\"" : "Link: <y>; rel=\"first\""});
  });
  ScriptedForge by_name([&](const Seen& request) {
    const int page = page_of(request);
    return answer(200, items(page), {page < 3 ? fmt::format("X-Next-Page: {}", page + 1) : "X-Next-Page: "});
  });
  ScriptedForge by_size([&](const Seen& request) { return answer(200, items(page_of(request))); });
  for (const ScriptedForge* const server : {&by_link, &by_name, &by_size}) {
    EXPECT_EQ(items_of(plain_api(*server)), 5U);
    EXPECT_EQ(server->seen().size(), 3U);
    EXPECT_EQ(server->seen()[1].target, "/list?state=open&per_page=2&page=2");
  }
}

TEST(List, ThatIsGivenWholeIsReadOnce) {
  ScriptedForge server([](const Seen&) { return answer(200, "[1,2,3,4]", {"X-Total-Count: 4"}); });
  EXPECT_EQ(items_of(plain_api(server)), 4U);
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(List, WithoutEndIsLeft) {
  ScriptedForge server([](const Seen&) { return answer(200, "[1,2]", {"Link: <x>; rel=\"next\""}); });
  EXPECT_EQ(items_of(plain_api(server)), 200U);
}

TEST(Redirect, LeadsToWhereTheRepositoryIsNow) {
  for (const int status : {301, 302, 307, 308}) {
    for (const bool absolute : {true, false}) {
      std::string root;
      ScriptedForge server([&](const Seen& request) {
        if (request.target.starts_with("/new")) return answer(200, R"({"name":"shop"})");
        return answer(status, "{}", {"Location: " + root + "/new" + request.target});
      });
      if (absolute) root = server.url();
      Api api = plain_api(server);
      EXPECT_TRUE(api.get("/old?page=2").ok()) << status;
      EXPECT_EQ(server.seen().back().target, "/new/old?page=2");
      EXPECT_TRUE(api.ask({"PATCH", "/old", Json{{"body", "text"}}}).ok()) << status;
      const Seen last = server.seen().back();
      EXPECT_EQ(last.method, "PATCH");
      EXPECT_EQ(last.body, R"({"body":"text"})");
      EXPECT_NE(last.head.find("Bearer t0ken"), std::string::npos);
    }
  }
}

TEST(Redirect, NeverTakesTheTokenToAnotherServer) {
  ScriptedForge other([](const Seen&) { return answer(200, "{}"); });
  std::string location;
  ScriptedForge server([&](const Seen&) { return answer(301, "{}", {"Location: " + location}); });
  const std::string host = other.url().substr(std::string("http:").size());  // "//127.0.0.1:port"
  const std::string port = server.url().substr(server.url().rfind(':') + 1);
  for (const std::string& elsewhere :
       {other.url() + "/x", host + "/x", server.url() + "@evil.invalid/x", "http://127.0.0.1:" + port + "0/x",
        "https://127.0.0.1:" + port + "/x", std::string("ftp://x"), std::string("x")}) {
    location = elsewhere;
    const std::size_t before = server.seen().size();
    const auto refused = plain_api(server).get("/x");
    ASSERT_FALSE(refused.ok()) << elsewhere;
    EXPECT_NE(refused.error().message.find("moved"), std::string::npos) << refused.error().message;
    EXPECT_EQ(server.seen().size(), before + 1) << elsewhere;
  }
  EXPECT_TRUE(other.seen().empty());
}

TEST(Redirect, WithoutEndIsLeft) {
  ScriptedForge server([](const Seen&) { return answer(307, "{}", {"Location: /x"}); });
  EXPECT_FALSE(plain_api(server).ask({"POST", "/x", Json::object()}).ok());
  EXPECT_EQ(server.seen().size(), 4U);
}

TEST(WriteAccess, IsBelievedWhereTheForgeTellsOrOfTheOwner) {
  std::string permission;
  ScriptedForge server([&](const Seen&) {
    if (permission == "forbidden") return answer(403, R"({"message":"must be an admin"})");
    if (permission == "limited") return answer(403, "{}", {"Retry-After: 3"});
    return answer(200, R"({"permission":")" + permission + "\"}");
  });
  const auto forge = opened("github", server);
  struct Case {
    std::string permission;
    std::string sender;
    std::string association;
    WriteAccess access;
  };
  using enum WriteAccess;
  const std::vector<Case> cases = {{"admin", "dev", "", granted},
                                   {"write", "dev", "", granted},
                                   {"read", "dev", "MEMBER", refused},
                                   {"none", "dev", "OWNER", granted},  // is believed unasked
                                   {"none", "dev", "", refused},
                                   {"forbidden", "dev", "OWNER", granted},
                                   {"forbidden", "Acme", "", granted},
                                   {"forbidden", "dev", "MEMBER", untold},
                                   {"forbidden", "dev", "COLLABORATOR", untold},
                                   {"admin", "", "OWNER", untold}};
  for (const Case& row : cases) {
    permission = row.permission;
    Event event;
    event.sender = row.sender;
    event.author_association = row.association;
    EXPECT_EQ(*forge->write_access(event), row.access)
        << row.permission << " " << row.sender << row.association;
  }
  permission = "limited";
  Event event;
  event.sender = "dev";
  EXPECT_EQ(forge->write_access(event).error().retry_after_s, 3) << "a limit says nothing about rights";
}

TEST(WriteAccess, AtGitLabGoesByTheAccessLevel) {
  ScriptedForge server([](const Seen& request) {
    if (request.target.ends_with("/members/all/3")) return answer(200, R"({"access_level":30})");
    if (request.target.ends_with("/members/all/2")) return answer(200, R"({"access_level":20})");
    return answer(404, "{}");
  });
  const auto forge = opened("gitlab", server);
  using enum WriteAccess;
  for (const auto& [id, access] :
       std::vector<std::pair<int, WriteAccess>>{{3, granted}, {2, refused}, {1, refused}, {0, untold}}) {
    Event event;
    event.sender = "dev";
    event.sender_id = id;
    EXPECT_EQ(*forge->write_access(event), access) << id;
  }
}

// Of those who may be assigned at Gitea some only read: those of teams that read pull requests, or write the
// wiki alone.
TEST(WriteAccess, OfWhoMayBeAssignedIsBelievedWhereNoTeamReads) {
  std::string teams;
  ScriptedForge server([&](const Seen& request) {
    if (request.target.find("/permission") != std::string::npos) return answer(403, "{}");
    if (request.target.find("/teams") == std::string::npos) return answer(200, R"([{"login":"Dev"}])");
    return teams.empty() ? answer(405, "{}") : answer(200, "[" + teams + "]");
  });
  const auto forge = opened("gitea", server);
  const std::string writers = R"({"units_map":{"repo.code":"write","repo.pulls":"read"}})";
  using enum WriteAccess;
  const std::vector<std::pair<std::string, WriteAccess>> cases = {
      {"", granted},  // a person's own repository has no teams
      {writers, granted},
      {writers + R"(,{"units_map":{"repo.code":"read","repo.issues":"read"}})", granted},
      {writers + R"(,{"units_map":{"repo.code":"read","repo.pulls":"read"}})", untold},
      {R"({"units_map":{"repo.wiki":"write"}})", untold},
      {R"({"units_map":null})", granted}};
  for (const auto& [listed, access] : cases) {
    teams = listed;
    Event event;
    event.sender = "dev";
    EXPECT_EQ(*forge->write_access(event), access) << listed;
    event.sender = "stranger";
    EXPECT_EQ(*forge->write_access(event), refused) << listed;
  }
}

TEST(Status, IsPendingWhereARunWaitsForPeople) {
  ScriptedForge server([](const Seen&) { return answer(201, "{}"); });
  CheckOrder order;
  order.sha = *model::CommitSha::parse(sha_a);
  order.state = CheckState::confirmation;
  order.description = "comment to start";
  for (const std::string provider : {"github", "gitea", "gitlab"}) {
    EXPECT_TRUE(opened(provider, server)->put_check(order).ok());
    EXPECT_EQ(Json::parse(server.seen().back().body).at("state"), "pending") << provider;
  }
}

TEST(GitLabStatus, ThatRunsAlreadyEndsBeforeItAsksForAConfirmation) {
  std::vector<std::string> states;
  ScriptedForge server([&](const Seen& request) {
    states.push_back(Json::parse(request.body).at("state"));
    if (states.size() == 1) return answer(400, R"({"message":"Cannot transition status via :enqueue"})");
    return answer(201, "{}");
  });
  CheckOrder order;
  order.sha = *model::CommitSha::parse(sha_a);
  order.state = CheckState::confirmation;
  EXPECT_TRUE(opened("gitlab", server)->put_check(order).ok());
  EXPECT_EQ(states, (std::vector<std::string>{"pending", "canceled", "pending"}));
}

TEST(Status, IsCutToTheForgesLimitOnOneLine) {
  ScriptedForge server([](const Seen&) { return answer(201, "{}"); });
  CheckOrder order;
  order.sha = *model::CommitSha::parse(sha_a);
  order.state = CheckState::neutral;
  order.context = "vernier/jaffle";
  for (int i = 0; i < 300; ++i)
    order.description += "é";
  order.description[3] = '\n';
  for (const auto& [provider, characters] :
       std::vector<std::pair<std::string, std::size_t>>{{"github", 140}, {"gitea", 255}, {"gitlab", 255}}) {
    EXPECT_EQ(*opened(provider, server)->put_check(order), "");
    const Json sent = Json::parse(server.seen().back().body);
    EXPECT_EQ(sent.at("state"), "success");
    const auto text = sent.at("description").get<std::string>();
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_TRUE(text.ends_with("…"));
    EXPECT_LE(text.size(), 2 * characters + 2) << provider;
  }
}

TEST(Status, OnACommitThatGiteaDoesNotKnowIsNotTriedAgain) {
  bool knows = false;
  ScriptedForge server([&](const Seen& request) {
    if (request.method == "POST") return answer(500, "{}");
    return knows ? answer(200, R"({"sha":")" + sha_a + "\"}") : answer(404, "{}");
  });
  const auto forge = opened("gitea", server);
  CheckOrder order;
  order.sha = *model::CommitSha::parse(sha_a);
  EXPECT_EQ(forge->put_check(order).error().kind, ErrorKind::not_found);
  knows = true;
  EXPECT_EQ(forge->put_check(order).error().kind, ErrorKind::unavailable);
}

TEST(GitLabStatus, OfAForkThatRefusesItIsLeftOut) {
  int status = 404;
  ScriptedForge server([&](const Seen& request) {
    if (request.method == "POST") return answer(status, R"({"message":"no"})");
    return answer(200, R"({"id":1})");
  });
  const auto forge = opened("gitlab", server);
  CheckOrder order;
  order.sha = *model::CommitSha::parse(sha_a);
  order.head_project_id = 2;
  for (const int refused : {403, 404}) {
    status = refused;
    EXPECT_TRUE(forge->put_check(order).ok());
    EXPECT_EQ(server.count("POST", "/api/v4/projects/2/statuses/" + sha_a), refused == 403 ? 1U : 2U);
  }
  order.head_project_id = 1;
  EXPECT_EQ(forge->put_check(order).error().kind, ErrorKind::not_found)
      << "in the project itself it is an error";
  status = 409;
  EXPECT_EQ(forge->put_check(order).error().kind, ErrorKind::unavailable);
}

TEST(PullRequestsOf, LooksThroughTheOpenOnesForHeadsOfForks) {
  ScriptedForge server([](const Seen& request) {
    if (request.target.find("/commits/") != std::string::npos) return answer(200, "[]");
    return answer(200, R"([{"number":3,"state":"open","head":{"sha":")" + sha_a +
                           R"("}},{"number":4,"state":"open","head":{"sha":")" + sha_b + "\"}}]");
  });
  const auto head = *model::CommitSha::parse(sha_b);
  for (const std::string provider : {"github", "gitea"})
    EXPECT_EQ(*opened(provider, server)->pull_requests_of(head), std::vector<std::int64_t>{4});
}

TEST(Compare, AtGitHubReadsAllCommitsAndSaysWhereFilesWereCut) {
  std::string files;
  for (int i = 0; i < 300; ++i)
    files += fmt::format("{}{{\"filename\":\"f{}\",\"previous_filename\":\"old\"}}", i ? "," : "", i);
  ScriptedForge server([&](const Seen& request) {
    const bool first = request.target.ends_with("page=1");
    return answer(200, R"({"merge_base_commit":{"sha":")" + sha_b +
                           R"("},"total_commits":2,"commits":[{"sha":")" + (first ? sha_b : sha_a) +
                           R"(","commit":{"message":"m"}}],"files":[)" + files + "]}");
  });
  const auto result = opened("github", server)->compare("main", "feat/x");
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(server.seen().front().target, "/repos/acme/shop/compare/main...feat%2Fx?per_page=100&page=1");
  EXPECT_EQ(result->merge_base.text(), sha_b);
  ASSERT_EQ(result->commits.size(), 2U);
  EXPECT_EQ(result->commits.back().sha.text(), sha_a);
  EXPECT_EQ(result->files.size(), 301U);
  EXPECT_FALSE(result->complete);
}

}  // namespace
}  // namespace vernier::forge
