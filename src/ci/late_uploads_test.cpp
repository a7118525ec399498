// SPDX-License-Identifier: Apache-2.0
#include "ci/ci_fixture.h"

namespace vernier::ci {
namespace {

// The head `b` of pull request 7 came from `a`, before which were `c`, `d` and `e`.
class LateUploadsTest : public CiTest {
 protected:
  std::int64_t run_of_pull_request() {
    return value(
        service_->trigger({ci_, 7, "feature", sha('b'), "main", sha('a'), {sha('c'), sha('d'), sha('e')}}));
  }
  // How often the run was carried out tells whether an upload woke it.
  std::string finished_at(std::int64_t run_id) { return value(service_->run(ci_, run_id)).finished_at; }
  void close_pull_request() {
    model::PullRequest pull_request;
    pull_request.number = 7;
    pull_request.open = false;
    pull_request.head_sha = *model::CommitSha::parse(sha('b'));
    ASSERT_TRUE(store_->put_pull_request(ci_, pull_request).ok());
  }
};

TEST_F(LateUploadsTest, ClimbTheLadderRungByRung) {
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = run_of_pull_request();
  EXPECT_EQ(wait_for(id, RunStatus::done).base.step, ResolutionStep::none);
  const struct {
    char commit;
    ResolutionStep step;
    std::optional<std::int64_t> behind;
  } rungs[] = {{'f', ResolutionStep::latest, {}},
               {'e', ResolutionStep::ancestor, 3},
               {'c', ResolutionStep::ancestor, 1},
               {'a', ResolutionStep::exact, 0}};
  for (const auto& [commit, step, behind] : rungs) {
    value(upload("production", sha(commit), "prod", "select 1 as id"));
    const model::CiRun run = wait_for(id, RunStatus::done, sha(commit));
    EXPECT_EQ(run.id, id);
    EXPECT_EQ(run.base.step, step) << commit;
    EXPECT_EQ(run.base.behind, behind) << commit;
  }
}

TEST_F(LateUploadsTest, ThatAreNoBetterWakeNothing) {
  value(upload("production", sha('c'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = run_of_pull_request();
  wait_for(id, RunStatus::done, sha('c'));
  const std::string before = finished_at(id);
  value(upload("production", sha('d'), "prod", "select 0 as id"));  // farther away
  value(upload("production", sha('f'), "prod", "select 0 as id"));  // newer, of another history
  value(upload("production", sha('c'), "prod", "select 1 as id", "compile"));
  value(upload("pull_request", sha('9'), "pr_7", "select 2 as id"));
  EXPECT_EQ(value(service_->run(ci_, id)).status, RunStatus::done);
  EXPECT_EQ(finished_at(id), before);
}

TEST_F(LateUploadsTest, ThatAreBuiltTakeThePlaceOfDeclaredOnes) {
  value(upload("production", sha('c'), "prod", "select 1 as id", "compile"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = run_of_pull_request();
  EXPECT_EQ(wait_for(id, RunStatus::done).base.kind, model::ArtifactKind::declared);
  const std::int64_t built = value(upload("production", sha('c'), "prod", "select 1 as id")).id;
  for (int i = 0; i < 200 && value(service_->run(ci_, id)).base.upload_id != built; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(wait_for(id, RunStatus::done).base.kind, model::ArtifactKind::built);
}

TEST_F(LateUploadsTest, ThatTellAncestorsMakeOlderUploadsKnownAsSuch) {
  value(upload("production", sha('9'), "prod", "select 0 as id"));
  value(upload("production", sha('f'), "prod", "select 0 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = run_of_pull_request();
  EXPECT_EQ(wait_for(id, RunStatus::done).base.step, ResolutionStep::latest);
  value(upload("production", sha('8'), "prod", "select 0 as id", "build",
               {sha('a'), sha('c'), sha('d'), sha('e'), sha('9')}));
  const model::CiRun run = wait_for(id, RunStatus::done, sha('9'));
  EXPECT_EQ(run.base.step, ResolutionStep::ancestor);
  EXPECT_EQ(run.base.behind, 4);
}

TEST_F(LateUploadsTest, PairUpByTheirRunId) {
  const auto send = [&](const char* type, const std::string& commit, const char* schema, const char* run_id) {
    value(service_->accept_upload({ci_, type, commit, run_id, {}, project_.archive(schema, "select 1")}));
  };
  send("production", sha('a'), "prod", "");
  send("pull_request", sha('b'), "pr_7", "nightly-1");
  const std::int64_t id = run_of_pull_request();
  wait_for(id, RunStatus::done, sha('a'));
  send("production", sha('f'), "prod", "nightly-1");
  EXPECT_EQ(wait_for(id, RunStatus::done, sha('f')).base.step, ResolutionStep::exact);
}

TEST_F(LateUploadsTest, DoNotMoveTheBaseThatWasTheNewestWhenTheRunBegan) {
  value(service_->update_ci_config(ci_, {{"base_strategy", "latest"}}));
  value(upload("production", sha('c'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = run_of_pull_request();
  wait_for(id, RunStatus::done, sha('c'));
  const std::string before = finished_at(id);
  value(upload("production", sha('f'), "prod", "select 1 as id"));
  EXPECT_EQ(value(service_->run(ci_, id)).status, RunStatus::done);
  EXPECT_EQ(finished_at(id), before);
}

TEST_F(LateUploadsTest, LeaveClosedPullRequestsAlone) {
  value(upload("production", sha('d'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = run_of_pull_request();
  wait_for(id, RunStatus::done, sha('d'));
  const std::string before = finished_at(id);
  close_pull_request();
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  EXPECT_EQ(value(service_->run(ci_, id)).status, RunStatus::done);
  EXPECT_EQ(finished_at(id), before);
}

TEST_F(LateUploadsTest, ThatAKilledServerTookWakeTheirRunsAtTheNextStart) {
  value(upload("production", sha('d'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = run_of_pull_request();
  wait_for(id, RunStatus::done, sha('d'));
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  wait_for(id, RunStatus::done, sha('a'));
  const std::string report_of_a = value(store_->run(id)).report;
  // As it is where the server is killed between the upload and the waking: the run stands as `d` had it.
  close();
  {
    auto store = store::Store::open(project_.root() / "data").value();
    store::RunRecord run = store->run(id).value();
    Json report = parse_json(run.report).value();
    report["artifacts"]["base"]["step"] = "ancestor";
    report["artifacts"]["base"]["used"] = sha('d');
    report["artifacts"]["base"]["upload_id"] = 1;
    run.report = dump_json(report);
    ASSERT_TRUE(store->update_run(run).ok());
  }
  open();
  EXPECT_EQ(wait_for(id, RunStatus::done, sha('a')).base.step, ResolutionStep::exact);
}

}  // namespace
}  // namespace vernier::ci
