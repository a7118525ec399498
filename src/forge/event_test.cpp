// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/json.h"
#include "forge/forge.h"

namespace vernier::forge {
namespace {

const std::string sha_a(40, 'a');
const std::string sha_b(40, 'b');
const std::string zeros(40, '0');

Delivery github(const std::string& event, const Json& payload) {
  return {{{"x-github-event", event}, {"x-github-delivery", "d-1"}}, dump_json(payload)};
}

Delivery gitea(const std::string& event, const Json& payload) {
  return {{{"x-github-event", event}, {"x-gitea-event", event}, {"x-gitea-delivery", "d-2"}},
          dump_json(payload)};
}

Delivery gitlab(const std::string& event, const Json& payload) {
  return {{{"x-gitlab-event", event}, {"idempotency-key", "d-3"}, {"x-gitlab-event-uuid", "u-3"}},
          dump_json(payload)};
}

Json with(Json payload, const char* pointer, const Json& value) {
  payload[Json::json_pointer(pointer)] = value;
  return payload;
}

const Json hub = {{"repository", {{"id", 5}, {"full_name", "acme/shop"}}},
                  {"sender", {{"login", "dev"}, {"id", 9}}}};

Json pull_payload(const std::string& action) {
  Json payload = hub;
  payload["action"] = action;
  payload["pull_request"] = {{"number", 3}, {"head", {{"sha", sha_a}}}};
  return payload;
}

TEST(PullRequestEvent, IsReadWhateverTheForgeCallsIt) {
  const std::vector<std::pair<Delivery, bool>> cases = {
      {github("pull_request", pull_payload("opened")), false},
      {github("pull_request", pull_payload("synchronize")), false},
      {github("pull_request", pull_payload("edited")), false},
      {github("pull_request", pull_payload("labeled")), false},
      {github("pull_request", pull_payload("closed")), true},
      {gitea("pull_request", pull_payload("synchronized")), false},
      {gitea("pull_request", pull_payload("label_updated")), false},
      {gitea("pull_request", pull_payload("label_cleared")), false},
      {gitea("pull_request", pull_payload("closed")), true}};
  for (const auto& [delivery, closed] : cases) {
    const auto event = read_event(delivery);
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_EQ(event->kind, EventKind::pull_request) << delivery.body;
    EXPECT_EQ(event->repository, "acme/shop");
    EXPECT_EQ(event->sender, "dev");
    EXPECT_EQ(event->pr_number, 3);
    EXPECT_EQ(event->head_sha.text(), sha_a);
    EXPECT_EQ(event->closed, closed) << delivery.body;
  }
}

TEST(Event, BearsTheIdOfItsDelivery) {
  EXPECT_EQ(read_event(github("ping", hub))->id, "d-1");
  EXPECT_EQ(read_event(gitea("push", with(hub, "/ref", "refs/heads/x")))->id, "d-2");
  EXPECT_EQ(read_event(gitlab("Job Hook", Json::object()))->id, "d-3");
  Delivery old = gitlab("Job Hook", Json::object());
  old.headers.erase(old.headers.begin() + 1);
  EXPECT_EQ(read_event(old)->id, "u-3");
  old.headers.emplace_back("webhook-id", std::string(1'000, 'x'));
  EXPECT_EQ(read_event(old)->id.size(), 200U);
}

TEST(Event, IsIgnoredWhereThereIsNothingToDo) {
  Json comment = with(with(hub, "/action", "edited"), "/issue/pull_request", Json::object());
  const std::vector<Delivery> deliveries = {
      github("ping", hub),
      github("star", with(hub, "/action", "created")),
      github("pull_request", pull_payload("assigned")),
      github("issue_comment", comment),
      github("issue_comment", with(comment, "/action", "deleted")),
      github("issue_comment", with(with(hub, "/action", "created"), "/issue/number", 3)),
      github("check_run", with(hub, "/action", "created")),
      github("check_suite", with(hub, "/action", "requested")),
      gitlab("Issue Hook", {{"object_kind", "issue"}}),
      gitlab("Note Hook", {{"object_kind", "note"}, {"object_attributes", {{"noteable_type", "Commit"}}}})};
  for (const Delivery& delivery : deliveries) {
    const auto event = read_event(delivery);
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_EQ(event->kind, EventKind::ignored) << delivery.body;
  }
}

TEST(CommentEvent, TellsWhoSaidWhat) {
  Json payload = with(hub, "/action", "created");
  payload["issue"] = {{"number", 3}, {"pull_request", Json::object()}};
  payload["comment"] = {{"id", 77}, {"body", "/vernier rerun"}, {"author_association", "OWNER"}};
  const auto event = read_event(github("issue_comment", payload));
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->kind, EventKind::comment);
  EXPECT_EQ(event->comment_id, 77);
  EXPECT_EQ(event->comment, "/vernier rerun");
  EXPECT_EQ(event->author_association, "OWNER");
  EXPECT_EQ(event->sender_id, 9);

  payload["issue"].erase("pull_request");
  payload["is_pull"] = true;
  EXPECT_EQ(read_event(gitea("issue_comment", payload))->kind, EventKind::comment);

  payload["comment"]["body"] = std::string(65'535, 'x') + "é";
  EXPECT_EQ(read_event(gitea("issue_comment", payload))->comment.size(), 65'535U);
}

TEST(RerunEvent, FindsItsPullRequestOrTheHeadAlone) {
  Json payload = with(hub, "/action", "rerequested");
  payload["check_run"] = {{"head_sha", sha_a},
                          {"pull_requests",
                           {{{"number", 8}, {"base", {{"repo", {{"id", 6}}}}}},
                            {{"number", 3}, {"base", {{"repo", {{"id", 5}}}}}}}}};
  const auto event = read_event(github("check_run", payload));
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->kind, EventKind::rerun);
  EXPECT_EQ(event->pr_number, 3) << "another repository's pull request is none of ours";
  EXPECT_EQ(event->head_sha.text(), sha_a);

  payload["check_suite"] = {{"head_sha", sha_b}, {"pull_requests", Json::array()}};
  const auto of_fork = read_event(github("check_suite", payload));
  EXPECT_EQ(of_fork->pr_number, 0);
  EXPECT_EQ(of_fork->head_sha.text(), sha_b);
}

TEST(PushEvent, TellsTheBranchThatMoved) {
  Json payload = with(with(hub, "/before", zeros), "/after", sha_b);
  payload["ref"] = "refs/heads/feat/x";
  for (const Delivery& delivery : {github("push", payload), gitea("push", payload)}) {
    const auto event = read_event(delivery);
    ASSERT_TRUE(event.ok());
    EXPECT_EQ(event->kind, EventKind::push);
    EXPECT_EQ(event->branch, "feat/x");
    EXPECT_TRUE(event->before.empty()) << "zeros are git's word for no commit";
    EXPECT_EQ(event->after.text(), sha_b);
  }
  payload["ref"] = "refs/tags/v1";
  EXPECT_EQ(read_event(github("push", payload))->branch, "");
}

TEST(GitLabEvent, IsReadFromItsOwnFields) {
  Json payload = {
      {"object_kind", "merge_request"},
      {"user", {{"id", 12}, {"username", "dev"}}},
      {"project", {{"path_with_namespace", "acme/data/shop"}}},
      {"object_attributes",
       {{"iid", 4}, {"action", "update"}, {"state", "opened"}, {"last_commit", {{"id", sha_a}}}}}};
  auto event = read_event(gitlab("Merge Request Hook", payload));
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->kind, EventKind::pull_request);
  EXPECT_EQ(event->repository, "acme/data/shop");
  EXPECT_EQ(event->pr_number, 4);
  EXPECT_EQ(event->head_sha.text(), sha_a);
  EXPECT_FALSE(event->closed);
  payload["object_attributes"]["state"] = "merged";
  EXPECT_TRUE(read_event(gitlab("Merge Request Hook", payload))->closed);

  payload["object_kind"] = "note";
  payload["merge_request"] = {{"iid", 4}, {"last_commit", {{"id", sha_a}}}};
  payload["object_attributes"] = {{"id", 30}, {"noteable_type", "MergeRequest"}, {"note", "/vernier rerun"}};
  event = read_event(gitlab("Note Hook", payload));
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->kind, EventKind::comment);
  EXPECT_EQ(event->comment, "/vernier rerun");
  EXPECT_EQ(event->sender_id, 12);
  payload["object_attributes"]["action"] = "update";
  EXPECT_EQ(read_event(gitlab("Note Hook", payload))->kind, EventKind::ignored);
}

TEST(Event, NamesWhatIsMissing) {
  const std::vector<std::pair<Delivery, std::string>> cases = {
      {github("pull_request", hub), "`action`"},
      {github("pull_request", with(hub, "/action", "opened")), "`pull_request.number`"},
      {github("pull_request", with(pull_payload("opened"), "/pull_request/head/sha", "abc123")),
       "`pull_request.head.sha`"},
      {github("pull_request", with(pull_payload("opened"), "/pull_request/number", "3")),
       "`pull_request.number`"},
      {github("push", hub), "`ref`"},
      {gitlab("Push Hook", {{"object_kind", "push"}}), "`project.path_with_namespace`"},
      {Delivery{{{"x-github-event", "push"}}, "payload=%7B%7D"}, "application/json"},
      {Delivery{{{"x-github-event", "push"}}, "{"}, "malformed"},
      {Delivery{{{"x-github-event", "push"}}, "[]"}, "no JSON object"},
      {Delivery{{{"x-github-event", "push"}}, std::string(200, '[') + std::string(200, ']')}, "deeper"},
      {Delivery{{}, "{}"}, "none of its headers"}};
  for (const auto& [delivery, words] : cases) {
    const auto event = read_event(delivery);
    ASSERT_FALSE(event.ok()) << delivery.body;
    EXPECT_EQ(event.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(event.error().message.find(words), std::string::npos) << event.error().message;
  }
}

// Where the packages with the forges' own examples lie, if somebody installed them.
std::filesystem::path home() {
  const char* const folder = std::getenv("HOME");
  return folder ? folder : "/nonexistent";
}

TEST(OfficialExamples, OfGitHubAreAllRead) {
  const auto file = home() / ".cache/forge-tests/github/node_modules/@octokit/webhooks-examples" /
                    "api.github.com/index.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no @octokit/webhooks-examples at " << file;
  const auto text = read_file(file, 64'000'000);
  ASSERT_TRUE(text.ok());
  std::map<EventKind, int> counts;
  for (const Json& entry : Json::parse(*text)) {
    const auto name = entry.at("name").get<std::string>();
    for (const Json& payload : entry.at("examples")) {
      const auto event = read_event(github(name, payload));
      ASSERT_TRUE(event.ok()) << name << ": " << event.error().message;
      ++counts[event->kind];
      const bool names_repository = event->repository.find('/') != std::string::npos;
      EXPECT_TRUE(names_repository || event->kind == EventKind::ignored) << name;
    }
  }
  // All comments among them are on issues.
  for (const EventKind kind :
       {EventKind::ignored, EventKind::pull_request, EventKind::rerun, EventKind::push})
    EXPECT_GT(counts[kind], 0) << static_cast<int>(kind);
}

TEST(OfficialExamples, OfGitLabAreAllRead) {
  const auto folder = home() / "go/pkg/mod/gitlab.com/gitlab-org/api/client-go@v1.46.0/testdata/webhooks";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no examples of GitLab's Go client at " << folder;
  std::map<EventKind, int> counts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    // Its keys end in spaces, which no GitLab sends.
    if (entry.path().filename() == "group_merge_request.json") continue;
    const auto text = read_file(entry.path(), 1'000'000);
    ASSERT_TRUE(text.ok());
    const auto event = read_event({{{"x-gitlab-event", "Some Hook"}}, *text});
    ASSERT_TRUE(event.ok()) << entry.path() << ": " << event.error().message;
    ++counts[event->kind];
  }
  for (const EventKind kind :
       {EventKind::ignored, EventKind::pull_request, EventKind::comment, EventKind::push})
    EXPECT_GT(counts[kind], 0) << static_cast<int>(kind);
}

}  // namespace
}  // namespace vernier::forge
