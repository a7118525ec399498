// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forge/counterpart_for_tests.h"

namespace vernier::forge {
namespace {

// A real Gitea, where one has been built.
class GiteaContract : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto script = forges_folder() / "start_gitea.sh";
    if (!std::filesystem::exists(script) || !std::filesystem::exists(forge_home() / "bin/gitea-v1.26.0"))
      return;
    lock_.emplace(3117);
    folder_.emplace(std::move(TempDir::create(std::filesystem::temp_directory_path())).value());
    env_ = run_for_environment(command("start"), folder_->path() / "env");
  }
  static void TearDownTestSuite() {
    if (folder_) run_for_environment(command("stop"), folder_->path() / "stopped");
    folder_.reset();
    lock_.reset();
  }
  static std::string command(const std::string& what) {
    return fmt::format("GITEA_PORT=3117 '{}' {}", (forges_folder() / "start_gitea.sh").string(), what);
  }

  void SetUp() override {
    if (env_.empty()) GTEST_SKIP() << "no Gitea in " << forge_home() << "; start_gitea.sh builds it";
    owner_ = fmt::format("acme{}", std::chrono::steady_clock::now().time_since_epoch().count());
    as_admin("POST", "/orgs", {{"username", owner_}});
    as_admin("POST", "/orgs/" + owner_ + "/repos",
             {{"name", "shop"}, {"private", true}, {"auto_init", true}, {"default_branch", "main"}});
    for (const char* const who : {"GITEA_BOT", "GITEA_DEV"})
      as_admin("PUT", repo() + "/collaborators/" + env_[who], {{"permission", "write"}});
    work_ = folder_->path() / owner_;
    std::filesystem::create_directories(work_);
    const std::string host = env_["GITEA_URL"].substr(7);
    git(work_, fmt::format("clone -q http://{}:{}@{}/{}/shop.git .", env_["GITEA_DEV"],
                           env_["GITEA_DEV_TOKEN"], host, owner_));
    init_ = git(work_, "rev-parse HEAD");
    git(work_, "checkout -q -b feat/x");
    one_ = write_commit(work_, "models/orders.sql", "one");
    two_ = write_commit(work_, "models/customers.sql", "two");
    git(work_, "push -q origin feat/x");
    git(work_, "checkout -q main");
    main_ = write_commit(work_, "second.sql", "second");
    git(work_, "push -q origin main");
    number_ =
        as_dev("POST", repo() + "/pulls", {{"title", "change orders"}, {"head", "feat/x"}, {"base", "main"}})
            .value("number", std::int64_t{0});
    model::Repository repository;
    repository.provider = "gitea";
    repository.url = env_["GITEA_URL"];
    repository.name = owner_ + "/shop";
    repository.token = env_["GITEA_BOT_TOKEN"];
    forge_ = std::move(open(repository)).value();
  }

  std::string repo() const { return "/repos/" + owner_ + "/shop"; }
  static Json as(const char* who, const std::string& method, const std::string& path, const Json& body) {
    return call(method, env_["GITEA_URL"] + "/api/v1" + path, {"Authorization", "token " + env_[who]}, body);
  }
  static Json as_admin(const std::string& method, const std::string& path, const Json& body = Json()) {
    return as("GITEA_ADMIN_TOKEN", method, path, body);
  }
  static Json as_dev(const std::string& method, const std::string& path, const Json& body = Json()) {
    return as("GITEA_DEV_TOKEN", method, path, body);
  }

  static inline std::optional<PortLock> lock_;
  static inline std::optional<TempDir> folder_;
  static inline Environment env_;
  std::filesystem::path work_;
  std::string owner_, init_, one_, two_, main_;
  std::int64_t number_ = 0;
  std::unique_ptr<Forge> forge_;
};

TEST_F(GiteaContract, TellsThePullRequestAndItsHistory) {
  EXPECT_EQ(*forge_->login(), env_["GITEA_BOT"]);
  const auto pull = forge_->pull_request(number_);
  ASSERT_TRUE(pull.ok()) << pull.error().message;
  EXPECT_TRUE(pull->open);
  EXPECT_EQ(pull->head_sha.text(), two_);
  EXPECT_EQ(pull->head_branch, "feat/x");
  EXPECT_EQ(pull->base_sha.text(), main_);
  EXPECT_EQ(pull->merge_base.text(), init_);
  EXPECT_FALSE(pull->from_fork);
  EXPECT_EQ(forge_->pull_request(number_ + 100).error().kind, ErrorKind::not_found);
  EXPECT_EQ(*forge_->pull_requests_of(commit(two_)), std::vector<std::int64_t>{number_});
  EXPECT_EQ(*forge_->changed_files(number_),
            (std::vector<std::string>{"models/customers.sql", "models/orders.sql"}));
  EXPECT_EQ(forge_->commit_message(commit(two_))->substr(0, 3), "two");
}

TEST_F(GiteaContract, ComparesAlsoWhereTheBaseWasMergedIntoTheHead) {
  const auto before = forge_->compare("main", "feat/x");
  ASSERT_TRUE(before.ok()) << before.error().message;
  EXPECT_EQ(before->merge_base.text(), init_);
  ASSERT_EQ(before->commits.size(), 2U);
  EXPECT_EQ(before->commits.front().sha.text(), one_);
  EXPECT_EQ(before->files, (std::vector<std::string>{"models/customers.sql", "models/orders.sql"}));

  git(work_, "checkout -q feat/x");
  git(work_, "merge -q --no-edit main");
  const std::string merged = git(work_, "rev-parse HEAD");
  git(work_, "push -q origin feat/x");
  const auto after = forge_->compare("main", merged);
  ASSERT_TRUE(after.ok()) << after.error().message;
  EXPECT_EQ(after->merge_base.text(), main_);
  EXPECT_EQ(after->commits.back().sha.text(), merged);

  const auto nothing = forge_->compare(merged, "main");
  ASSERT_TRUE(nothing.ok()) << nothing.error().message;
  EXPECT_TRUE(nothing->commits.empty());
  EXPECT_EQ(nothing->merge_base.text(), main_);
}

TEST_F(GiteaContract, KeepsOneCommentAmongManyPeoples) {
  const std::string comments = repo() + fmt::format("/issues/{}/comments", number_);
  as_dev("POST", comments, {{"body", test_marker + "\npasted by somebody"}});
  for (int i = 0; i < 60; ++i)
    as_dev("POST", comments, {{"body", "talk"}});
  const auto first = forge_->put_comment(number_, "", test_marker, test_marker + "\none");
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(*forge_->put_comment(number_, *first, test_marker, test_marker + "\ntwo"), *first);
  EXPECT_EQ(*forge_->put_comment(number_, "", test_marker, test_marker + "\nthree"), *first);
  EXPECT_EQ(as_dev("GET", comments).back().at("body"), test_marker + "\nthree");
  as_admin("DELETE", repo() + "/issues/comments/" + *first);
  const auto second = forge_->put_comment(number_, *first, test_marker, test_marker + "\nfour");
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_NE(*second, *first);
  EXPECT_TRUE(forge_->add_comment(number_, "done").ok());
}

TEST_F(GiteaContract, SetsStatusesThatLeaveTheCommitGreen) {
  CheckOrder order;
  order.sha = commit(two_);
  order.context = "vernier/jaffle";
  order.url = "http://127.0.0.1:1/runs/1";
  order.description = std::string(400, 'x');
  const std::vector<std::pair<CheckState, std::string>> turns = {{CheckState::waiting, "pending"},
                                                                 {CheckState::running, "pending"},
                                                                 {CheckState::neutral, "success"},
                                                                 {CheckState::failure, "failure"},
                                                                 {CheckState::success, "success"}};
  for (const auto& [state, combined] : turns) {
    order.state = state;
    const auto put = forge_->put_check(order);
    ASSERT_TRUE(put.ok()) << put.error().message;
    EXPECT_EQ(as_dev("GET", repo() + "/commits/" + two_ + "/status").at("state"), combined);
  }
  order.sha = commit(std::string(40, '1'));
  EXPECT_EQ(forge_->put_check(order).error().kind, ErrorKind::not_found);
}

// Our account's own rights decide whom it may ask about, but not what comes of it.
TEST_F(GiteaContract, KnowsWhoMayWrite) {
  Event event;
  event.sender = env_["GITEA_DEV"];
  using enum WriteAccess;
  for (const char* const ours : {"write", "admin"}) {
    as_admin("PUT", repo() + "/collaborators/" + env_["GITEA_BOT"], {{"permission", ours}});
    for (const auto& [theirs, access] :
         std::vector<std::pair<std::string, WriteAccess>>{{"write", granted}, {"read", refused}}) {
      as_admin("PUT", repo() + "/collaborators/" + env_["GITEA_DEV"], {{"permission", theirs}});
      const auto answer = forge_->write_access(event);
      ASSERT_TRUE(answer.ok()) << answer.error().message;
      EXPECT_EQ(*answer, access) << ours << " asks about " << theirs;
    }
  }
  event.sender = "nobody-here";
  EXPECT_EQ(*forge_->write_access(event), refused);
}

// Gitea lets members of a team that only reads be assigned to pull requests, as those who write.
TEST_F(GiteaContract, IsNotDeceivedByATeamThatReads) {
  as_admin("PUT", repo() + "/collaborators/" + env_["GITEA_DEV"], {{"permission", "read"}});
  const Json team = as_admin("POST", "/orgs/" + owner_ + "/teams",
                             {{"name", "readers"},
                              {"permission", "read"},
                              {"includes_all_repositories", true},
                              {"units_map", {{"repo.code", "read"}, {"repo.pulls", "read"}}}});
  as_admin("PUT", fmt::format("/teams/{}/members/{}", team.value("id", 0), env_["GITEA_DEV"]));
  bool assignable = false;
  for (const Json& user : as_dev("GET", repo() + "/assignees"))
    assignable |= user.at("login") == env_["GITEA_DEV"];
  ASSERT_TRUE(assignable);
  Event event;
  event.sender = env_["GITEA_DEV"];
  EXPECT_EQ(*forge_->write_access(event), WriteAccess::untold);
  as_admin("PUT", repo() + "/collaborators/" + env_["GITEA_BOT"], {{"permission", "admin"}});
  EXPECT_EQ(*forge_->write_access(event), WriteAccess::refused) << "an administrator is told";
}

TEST_F(GiteaContract, FollowsARenamedRepository) {
  as_admin("PATCH", repo(), {{"name", "store"}});
  const auto pull = forge_->pull_request(number_);
  ASSERT_TRUE(pull.ok()) << pull.error().message;
  EXPECT_EQ(pull->head_sha.text(), two_);
  const auto comment = forge_->put_comment(number_, "", test_marker, test_marker + "\none");
  ASSERT_TRUE(comment.ok()) << comment.error().message;
  EXPECT_EQ(*forge_->put_comment(number_, *comment, test_marker, test_marker + "\ntwo"), *comment);
  CheckOrder order;
  order.sha = commit(two_);
  order.context = "vernier/jaffle";
  order.state = CheckState::success;
  const auto check = forge_->put_check(order);
  EXPECT_TRUE(check.ok()) << check.error().message;
}

}  // namespace
}  // namespace vernier::forge
