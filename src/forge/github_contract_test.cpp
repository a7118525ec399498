// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "forge/counterpart_for_tests.h"
#include "forge/scripted_forge_for_tests.h"

namespace vernier::forge {
namespace {

// A GitHub emulator behind GitHub's own description of its API. Between it and the code under test stands a
// relay that notes each request that breaks the description.
class GitHubContract : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto modules = forge_home() / "github/node_modules";
    if (!std::filesystem::exists(forges_folder() / "start_github.sh") ||
        !std::filesystem::exists(modules / "emulate") ||
        !std::filesystem::exists(modules / "@octokit/openapi"))
      return;
    lock_.emplace(3217);
    folder_.emplace(std::move(TempDir::create(std::filesystem::temp_directory_path())).value());
    const auto github = folder_->path() / "github";
    std::filesystem::create_directories(github);
    std::filesystem::create_directory_symlink(modules, github / "node_modules");
    describe(github, modules / "@octokit/openapi/generated/api.github.com.json");
    env_ = run_for_environment(command("start"), folder_->path() / "env");
  }
  static void TearDownTestSuite() {
    if (folder_) run_for_environment(command("stop"), folder_->path() / "stopped");
    folder_.reset();
    lock_.reset();
  }
  static std::string command(const std::string& what) {
    return fmt::format("FORGE_HOME='{}' GITHUB_PORT=3217 '{}' {}", folder_->path().string(),
                       (forges_folder() / "start_github.sh").string(), what);
  }
  // Those paths of the description that are asked for, and what else is asked here.
  static void describe(const std::filesystem::path& github, const std::filesystem::path& full) {
    const auto paths = github / "paths.txt";
    std::filesystem::copy_file(forges_folder() / "github_paths.txt", paths);
    std::filesystem::permissions(paths, std::filesystem::perms::owner_all);
    std::ofstream(paths, std::ios::app) << "/user\n/repos/{owner}/{repo}/commits\n"
                                        << "/repos/{owner}/{repo}/collaborators/{username}/permission\n"
                                        << "/app/hook/deliveries\n"
                                        << "/app/hook/deliveries/{delivery_id}/attempts\n"
                                        << "/repos/{owner}/{repo}/hooks\n";
    run_for_environment(
        fmt::format("python3 '{}' '{}' '{}' '{}'", (forges_folder() / "cut_openapi.py").string(),
                    full.string(), paths.string(), (github / "github.json").string()),
        github / "cut");
  }

  void SetUp() override {
    if (env_.empty())
      GTEST_SKIP() << "no GitHub emulator in " << forge_home() << "; start_github.sh installs it";
    relay_.emplace([this](const Seen& request) { return pass_on(request); });
    prepare();
    model::Repository repository;
    repository.provider = "github";
    repository.url = relay_->url();
    repository.name = "acme/dbt-shop";
    repository.token = env_["GITHUB_USER_TOKEN"];
    with_token_ = std::move(open(repository)).value();
    repository.token.clear();
    repository.app_id = env_["GITHUB_APP_ID"];
    repository.app_private_key = *read_file(env_["GITHUB_APP_KEY"], 10'000);
    with_app_ = std::move(open(repository)).value();
  }
  void TearDown() override {
    relay_.reset();
    EXPECT_TRUE(violations_.empty()) << violations_.front();
  }

  std::string pass_on(const Seen& seen) {
    HttpRequest request;
    request.method = seen.method;
    request.url = env_["GITHUB_API_URL"] + seen.target;
    request.body = seen.body;
    for (const std::string& line : split(seen.head, '\n')) {
      const std::size_t colon = line.find(": ");
      const std::string name = to_lower(line.substr(0, colon));
      if (colon == std::string::npos || name == "host" || name == "content-length") continue;
      request.headers.emplace_back(name, trim(line.substr(colon + 2)));
    }
    const auto passed = http_request(request);
    if (!passed.ok()) return {};
    const auto violations = parse_json(passed->header("sl-violations"));
    if (violations.ok()) note_violations(seen, *violations);
    std::vector<std::string> headers;
    for (const char* const name : {"link", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"})
      if (const std::string value(passed->header(name)); !value.empty())
        headers.push_back(std::string(name) + ": " + value);
    return answer(passed->status, passed->body, headers);
  }
  void note_violations(const Seen& seen, const Json& violations) {
    for (const Json& violation : violations)
      if (violation.at("location").at(0) == "request")
        violations_.push_back(seen.method + " " + seen.target + ": " + violation.dump());
  }

  static Json as_user(const std::string& method, const std::string& path, const Json& body = Json()) {
    return call(method, env_["GITHUB_FRONT_URL"] + path,
                {"Authorization", "Bearer " + env_["GITHUB_USER_TOKEN"]}, body);
  }
  static std::string write_commit(const std::string& text, const std::string& parent,
                                  const std::string& tree) {
    const Json made = as_user(
        "POST", repo + "/git/trees",
        {{"base_tree", tree},
         {"tree",
          Json::array(
              {{{"path", "models/orders.sql"}, {"mode", "100644"}, {"type", "blob"}, {"content", text}}})}});
    return as_user("POST", repo + "/git/commits",
                   {{"message", text}, {"tree", made.at("sha")}, {"parents", Json::array({parent})}})
        .at("sha");
  }
  void prepare() {
    base_ = as_user("GET", repo + "/git/ref/heads/main").at("object").at("sha");
    const std::string tree = as_user("GET", repo + "/git/commits/" + base_).at("tree").at("sha");
    const auto stamp = std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
    one_ = write_commit("one " + stamp, base_, tree);
    two_ = write_commit("two " + stamp, one_, tree);
    as_user("POST", repo + "/git/refs", {{"ref", "refs/heads/feat-" + stamp}, {"sha", two_}});
    const Json pull =
        as_user("POST", repo + "/pulls", {{"title", "change"}, {"head", "feat-" + stamp}, {"base", "main"}});
    number_ = pull.at("number");
  }
  static void fail_next(const Json& fault) { as_user("POST", "/_test/fail", fault); }

  static inline const std::string repo = "/repos/acme/dbt-shop";
  static inline std::optional<PortLock> lock_;
  static inline std::optional<TempDir> folder_;
  static inline Environment env_;
  std::optional<ScriptedForge> relay_;
  std::vector<std::string> violations_;
  std::string base_, one_, two_;
  std::int64_t number_ = 0;
  std::unique_ptr<Forge> with_token_, with_app_;
};

TEST_F(GitHubContract, TellsThePullRequestAndItsHistory) {
  EXPECT_EQ(*with_token_->login(), "acme");
  EXPECT_EQ(*with_app_->login(), "dtdiff[bot]");
  for (Forge* const forge : {with_token_.get(), with_app_.get()}) {
    const auto pull = forge->pull_request(number_);
    ASSERT_TRUE(pull.ok()) << pull.error().message;
    EXPECT_TRUE(pull->open);
    EXPECT_EQ(pull->head_sha.text(), two_);
    EXPECT_EQ(pull->base_branch, "main");
    EXPECT_FALSE(pull->from_fork);
    EXPECT_EQ(*forge->pull_requests_of(commit(two_)), std::vector<std::int64_t>{number_});
    EXPECT_TRUE(forge->changed_files(number_).ok()) << "the emulator makes up which";
    const auto compared = forge->compare("main", two_);
    ASSERT_TRUE(compared.ok()) << compared.error().message;
    EXPECT_EQ(compared->merge_base.text(), base_);
    EXPECT_EQ(compared->commits.size(), 2U);
    EXPECT_EQ(forge->commit_message(commit(two_))->substr(0, 3), "two");
  }
  EXPECT_EQ(with_app_->pull_request(9'999).error().kind, ErrorKind::not_found);
  Event event;
  event.sender = "acme";
  EXPECT_EQ(*with_token_->write_access(event), WriteAccess::granted);
  event.sender = "stranger";
  EXPECT_EQ(*with_token_->write_access(event), WriteAccess::refused);
}

TEST_F(GitHubContract, KeepsOneComment) {
  as_user("POST", repo + fmt::format("/issues/{}/comments", number_), {{"body", test_marker + "\npasted"}});
  const auto first = with_app_->put_comment(number_, "", test_marker, test_marker + "\none");
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(*with_app_->put_comment(number_, "", test_marker, test_marker + "\ntwo"), *first);
  EXPECT_EQ(*with_app_->put_comment(number_, *first, test_marker, test_marker + "\nthree"), *first);
  as_user("DELETE", repo + "/issues/comments/" + *first);
  const auto second = with_app_->put_comment(number_, *first, test_marker, test_marker + "\nfour");
  ASSERT_TRUE(second.ok()) << second.error().message;
  const Json comments = as_user("GET", repo + fmt::format("/issues/{}/comments", number_));
  ASSERT_EQ(comments.size(), 2U);
  EXPECT_EQ(comments[0].at("body"), test_marker + "\npasted");
  EXPECT_EQ(comments[1].at("body"), test_marker + "\nfour");
}

TEST_F(GitHubContract, KeepsOneCheckRun) {
  CheckOrder order;
  order.sha = commit(two_);
  order.context = "vernier/jaffle";
  order.description = "Waiting for artifacts";
  order.url = "http://127.0.0.1:1/runs/1";
  const auto id = with_app_->put_check(order);
  ASSERT_TRUE(id.ok()) << id.error().message;
  order.summary = std::string(70'000, 'x');
  const std::vector<std::tuple<CheckState, std::string, std::string>> turns = {
      {CheckState::running, "in_progress", ""},
      {CheckState::neutral, "completed", "neutral"},
      {CheckState::action_required, "completed", "action_required"},
      {CheckState::cancelled, "completed", "cancelled"},
      {CheckState::error, "completed", "failure"},
      {CheckState::success, "completed", "success"}};
  for (const auto& [state, status, conclusion] : turns) {
    order.state = state;
    order.known_id = state == CheckState::neutral ? "" : *id;
    const auto again = with_app_->put_check(order);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, *id);
    const Json run = as_user("GET", repo + "/check-runs/" + *id);
    EXPECT_EQ(run.at("status"), status);
    EXPECT_TRUE(conclusion.empty() || run.at("conclusion") == conclusion) << run.at("conclusion");
  }
}

TEST_F(GitHubContract, SetsStatusesWithAToken) {
  CheckOrder order;
  order.sha = commit(two_);
  order.context = "vernier/jaffle";
  order.description = std::string(300, 'x');
  for (const auto& [state, combined] :
       std::vector<std::pair<CheckState, std::string>>{{CheckState::waiting, "pending"},
                                                       {CheckState::failure, "failure"},
                                                       {CheckState::neutral, "success"}}) {
    order.state = state;
    const auto put = with_token_->put_check(order);
    ASSERT_TRUE(put.ok()) << put.error().message;
    EXPECT_EQ(as_user("GET", repo + "/commits/" + two_ + "/status").at("state"), combined);
  }
}

// The emulator keeps no deliveries; what is asked for is as GitHub describes it all the same.
TEST_F(GitHubContract, AsksForFailedDeliveriesAsDescribed) {
  EXPECT_EQ(with_app_->failed_deliveries().error().kind, ErrorKind::not_found);
  EXPECT_EQ(with_app_->redeliver({"/app/hook/deliveries/17", "pull_request", ""}).error().kind,
            ErrorKind::not_found);
  EXPECT_TRUE(with_token_->failed_deliveries().ok()) << "a token may lack the right to look at webhooks";
}

TEST_F(GitHubContract, SurvivesWhatForgesDoOnBadDays) {
  ASSERT_TRUE(with_app_->pull_request(number_).ok());
  as_user("POST", "/_test/expire", Json::object());
  EXPECT_TRUE(with_app_->pull_request(number_).ok()) << "a token that ran out is renewed";

  struct Case {
    Json fault;
    ErrorKind kind;
    int wait;
  };
  const std::vector<Case> cases = {
      {{{"status", 403}, {"headers", {{"retry-after", "9"}}}}, ErrorKind::unavailable, 9},
      {{{"status", 403}, {"body", {{"message", "You have exceeded a secondary rate limit"}}}},
       ErrorKind::unavailable,
       60},
      {{{"status", 403}}, ErrorKind::denied, 0},
      {{{"status", 429}, {"headers", {{"retry-after", "3"}}}}, ErrorKind::unavailable, 3},
      {{{"status", 500}}, ErrorKind::unavailable, 0}};
  for (const Case& row : cases) {
    Json fault = row.fault;
    fault["match"] = "POST .*/comments$";
    fail_next(fault);
    const Status refused = with_app_->add_comment(number_, "x");
    ASSERT_FALSE(refused.ok()) << fault.dump();
    EXPECT_EQ(refused.error().kind, row.kind) << refused.error().message;
    EXPECT_EQ(refused.error().retry_after_s, row.wait) << refused.error().message;
  }
  EXPECT_TRUE(with_app_->add_comment(number_, "x").ok());
}

}  // namespace
}  // namespace vernier::forge
