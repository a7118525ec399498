// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>

#include "forge/counterpart_for_tests.h"

namespace vernier::forge {
namespace {

constexpr int port = 3'317;

// An emulator over a real git repository; its answers are known to be read by GitLab's own client.
class GitLabContract : public testing::Test {
 protected:
  void SetUp() override {
    const auto script = forges_folder() / "gitlab_emulator.py";
    if (!std::filesystem::exists(script)) GTEST_SKIP() << "no GitLab emulator at " << script;
    if (std::system("python3 --version >/dev/null 2>&1 && git --version >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "no python3 or git";
    lock_.emplace(port);
    folder_.emplace(std::move(TempDir::create(std::filesystem::temp_directory_path())).value());
    const auto pid_file = path() / "pid";
    run_for_environment(fmt::format("python3 '{}' {} '{}' & echo $! >'{}'", script.string(), port,
                                    path().string(), pid_file.string()),
                        path() / "env");
    pid_ = std::atoi(read_file(pid_file, 100)->c_str());
    for (int i = 0; i < 100 && call("GET", url() + "/_test/log", {"X", "y"}).is_null(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    prepare();
  }
  void TearDown() override {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    for (int i = 0; i < 100 && ::kill(pid_, 0) == 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  // main: init - second; feat from init: one - two. A merge request of feat to main.
  void prepare() {
    const std::string origin = (path() / "acme/dbt-shop.git").string();
    work_ = path() / "work";
    std::filesystem::create_directories(work_);
    git(work_, fmt::format("clone -q '{}' .", origin));
    init_ = git(work_, "rev-parse HEAD");
    git(work_, "checkout -q -b feat");
    one_ = write_commit(work_, "models/orders.sql", "one");
    two_ = write_commit(work_, "models/customers.sql", "two");
    git(work_, "push -q origin feat");
    git(work_, "checkout -q main");
    main_ = write_commit(work_, "second.sql", "second");
    git(work_, "push -q origin main");
    call("POST", url() + "/_test/merge_request", {"X", "y"},
         {{"source_branch", "feat"}, {"target_branch", "main"}, {"title", "change orders"}});
    model::Repository repository;
    repository.provider = "gitlab";
    repository.url = url();
    repository.name = "acme/dbt-shop";
    repository.token = "glpat-forge-tests";
    forge_ = std::move(open(repository)).value();
  }

  void fail_once(const std::string& match, int status, const Json& headers = Json::object()) {
    call("POST", url() + "/_test/fail", {"X", "y"},
         {{"match", match}, {"status", status}, {"headers", headers}});
  }
  Json ask(const std::string& rest) {
    return call("GET", url() + "/api/v4/projects/1" + rest, {"PRIVATE-TOKEN", "glpat-forge-tests"});
  }
  static std::string url() { return fmt::format("http://127.0.0.1:{}", port); }
  std::filesystem::path path() const { return folder_->path(); }

  std::optional<PortLock> lock_;
  std::optional<TempDir> folder_;
  std::filesystem::path work_;
  pid_t pid_ = 0;
  std::string init_, one_, two_, main_;
  std::unique_ptr<Forge> forge_;
};

TEST_F(GitLabContract, TellsTheMergeRequestAndItsHistory) {
  const auto pull = forge_->pull_request(1);
  ASSERT_TRUE(pull.ok()) << pull.error().message;
  EXPECT_TRUE(pull->open);
  EXPECT_EQ(pull->head_sha.text(), two_);
  EXPECT_EQ(pull->base_sha.text(), main_);
  EXPECT_EQ(pull->merge_base.text(), init_);
  EXPECT_EQ(pull->head_branch, "feat");
  EXPECT_FALSE(pull->from_fork);
  EXPECT_EQ(forge_->pull_request(9).error().kind, ErrorKind::not_found);

  EXPECT_EQ(*forge_->pull_requests_of(commit(two_)), std::vector<std::int64_t>{1});
  EXPECT_EQ(*forge_->changed_files(1),
            (std::vector<std::string>{"models/customers.sql", "models/orders.sql"}));
  const auto compared = forge_->compare("main", two_);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  EXPECT_EQ(compared->merge_base.text(), init_);
  ASSERT_EQ(compared->commits.size(), 2U);
  EXPECT_EQ(compared->commits.front().sha.text(), one_);
  EXPECT_TRUE(compared->complete);
  EXPECT_EQ(forge_->commit_message(commit(two_))->substr(0, 3), "two");
}

TEST_F(GitLabContract, KeepsOneNote) {
  const auto first = forge_->put_comment(1, "", test_marker, test_marker + "\n/close");
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(*forge_->put_comment(1, *first, test_marker, test_marker + "\nagain"), *first);
  ASSERT_TRUE(forge_->add_comment(1, "/merge\nanswer").ok());
  const Json notes = ask("/merge_requests/1/notes?sort=asc");
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].at("body"), test_marker + "\nagain");
  EXPECT_EQ(notes[1].at("body"), " /merge\nanswer");
}

TEST_F(GitLabContract, TakesEveryTurnOfAStatus) {
  CheckOrder order;
  order.sha = commit(two_);
  order.context = "vernier/jaffle";
  order.branch = "feat";
  order.head_project_id = 1;
  const std::vector<std::pair<CheckState, std::string>> turns = {
      {CheckState::waiting, "pending"},    {CheckState::waiting, "pending"}, {CheckState::running, "running"},
      {CheckState::running, "running"},    {CheckState::neutral, "success"}, {CheckState::waiting, "pending"},
      {CheckState::cancelled, "canceled"}, {CheckState::error, "failed"}};
  for (const auto& [state, seen] : turns) {
    order.state = state;
    const auto put = forge_->put_check(order);
    ASSERT_TRUE(put.ok()) << put.error().message;
    const Json statuses = ask("/repository/commits/" + two_ + "/statuses");
    ASSERT_EQ(statuses.size(), 1U);
    EXPECT_EQ(statuses[0].at("status"), seen);
  }
  order.sha = commit(std::string(40, '1'));
  EXPECT_EQ(forge_->put_check(order).error().kind, ErrorKind::not_found);
  order.head_project_id = 2;
  EXPECT_TRUE(forge_->put_check(order).ok()) << "a fork that does not take it is left out";
}

TEST_F(GitLabContract, SaysWhenToComeAgain) {
  fail_once("GET .*/merge_requests/1$", 429, {{"Retry-After", "7"}});
  const auto limited = forge_->pull_request(1);
  ASSERT_FALSE(limited.ok());
  EXPECT_EQ(limited.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(limited.error().retry_after_s, 7);
  fail_once("POST .*/notes", 500);
  EXPECT_EQ(forge_->add_comment(1, "x").error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(forge_->add_comment(1, "x").ok());
  EXPECT_EQ(ask("/merge_requests/1/notes").size(), 1U) << "a write is not repeated by itself";
}

}  // namespace
}  // namespace vernier::forge
