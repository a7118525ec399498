// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ci/ci_fixture.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

const Finding* warning(const model::CiRun& run, const std::string& code) {
  for (const Finding& finding : run.warnings)
    if (finding.code == code) return &finding;
  return nullptr;
}

TEST_F(CiTest, AsksBeforeItDiffsMoreThanTheThreshold) {
  value(service_->update_ci_config(ci_, {{"diff_threshold", 1}}));
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  const model::CiRun asked = wait_for(id, RunStatus::needs_confirmation);
  EXPECT_EQ(asked.diffs_planned, 2);
  for (const model::ReportedNode& node : asked.models)
    EXPECT_EQ(node.diff.result, DiffResult::not_diffed) << node.change.name;
  ASSERT_TRUE(service_->confirm_run(ci_, id).ok());
  EXPECT_EQ(find(wait_for(id, RunStatus::done), "orders")->diff.result, DiffResult::different);
  // Confirmed once is confirmed for good.
  ASSERT_TRUE(service_->confirm_run(ci_, id).ok());
  EXPECT_EQ(value(service_->run(ci_, id)).status, RunStatus::done);
}

TEST_F(CiTest, ARerunIsANewRunOfTheSameCommits) {
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t first = trigger(7, sha('b'), sha('a'));
  wait_for(first, RunStatus::done);
  const std::int64_t second = value(service_->rerun(ci_, first));
  EXPECT_GT(second, first);
  EXPECT_EQ(wait_for(second, RunStatus::done).models.size(), 2u);
  EXPECT_EQ(value(service_->run(ci_, first)).status, RunStatus::done) << "what has ended stays as it ended";
}

TEST_F(CiTest, ACancelledRunStaysCancelled) {
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  wait_for(id, RunStatus::waiting);
  ASSERT_TRUE(service_->cancel_run(ci_, id).ok());
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  EXPECT_EQ(value(service_->run(ci_, id)).status, RunStatus::cancelled);
  const auto other = service_->cancel_run(ci_ + 1, id);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind, ErrorKind::not_found);
}

TEST_F(CiTest, AfterItsDeadlineARunTakesAnEarlierHeadsArtifactsAndMendsItselfLater) {
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  value(service_->update_ci_config(ci_, {{"artifacts_wait_minutes", 0}}));
  const std::int64_t id = trigger(7, sha('c'), sha('a'));
  const model::CiRun overdue = wait_for(id, RunStatus::done);
  EXPECT_EQ(overdue.pr.step, ResolutionStep::latest);
  EXPECT_EQ(overdue.pr.used.text(), sha('b'));
  EXPECT_EQ(overdue.pr.wanted.text(), sha('c'));
  ASSERT_TRUE(warning(overdue, "artifacts_missing"));
  EXPECT_NE(warning(overdue, "artifacts_missing")->message.find(sha('b')), std::string::npos);
  EXPECT_EQ(overdue.models.size(), 2u);
  EXPECT_NE(report::verdict(overdue).find("of an earlier head"), std::string::npos);

  value(upload("pull_request", sha('c'), "pr_7", "select 1 as id"));
  for (int i = 0; i < 200 && value(service_->run(ci_, id)).pr.step != ResolutionStep::exact; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const model::CiRun mended = wait_for(id, RunStatus::done);
  EXPECT_EQ(mended.pr.step, ResolutionStep::exact);
  EXPECT_TRUE(mended.warnings.empty());
}

TEST_F(CiTest, AfterItsDeadlineARunWithoutAnyHeadArtifactsSaysSo) {
  value(service_->update_ci_config(ci_, {{"artifacts_wait_minutes", 0}}));
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  EXPECT_EQ(run.pr.step, ResolutionStep::none);
  ASSERT_TRUE(warning(run, "artifacts_missing"));
  EXPECT_TRUE(run.models.empty());
  EXPECT_EQ(report::verdict(run), "Data diff: nothing compared, the head's artifacts are missing");
}

TEST_F(CiTest, SaysFromWhichCommitProductionWasReallyBuilt) {
  // `d` built the tables; `a`, two commits later, only declares another state of `orders`.
  value(upload("production", sha('d'), "prod", "select 0 as id"));
  value(upload("production", sha('a'), "prod", "select 1 as id", "compile"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id =
      value(service_->trigger({ci_, 7, "feature", sha('b'), "main", sha('a'), {sha('e'), sha('d')}}));
  const model::CiRun run = wait_for(id, RunStatus::done);
  EXPECT_EQ(run.base.step, ResolutionStep::exact);
  const Finding* stale = warning(run, "stale_base");
  ASSERT_TRUE(stale);
  EXPECT_NE(stale->message.find("2 commits behind"), std::string::npos) << stale->message;
  EXPECT_NE(stale->message.find(std::string(7, 'd')), std::string::npos) << stale->message;
  EXPECT_NE(stale->message.find("others changed orders"), std::string::npos) << stale->message;
  const model::ReportedNode* orders = find(run, "orders");
  ASSERT_TRUE(orders->last_build);
  EXPECT_EQ(orders->last_build->commit_sha.text(), sha('d'));
  EXPECT_EQ(orders->last_build->behind, 2);
  EXPECT_EQ(orders->others, std::vector<std::string>{"model.shop.orders"});
  EXPECT_FALSE(find(run, "totals")->last_build) << "no dbt run has told of it";
}

TEST_F(CiTest, KnowsProductionThatIsAheadOfTheBase) {
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("production", sha('c'), "prod", "select 1 as id", "build", {sha('a')}));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  const Finding* stale = warning(run, "stale_base");
  ASSERT_TRUE(stale);
  EXPECT_NE(stale->message.find("1 commit ahead"), std::string::npos) << stale->message;
  EXPECT_NE(stale->message.find("exact in effect"), std::string::npos) << stale->message;
  EXPECT_EQ(find(run, "orders")->last_build->behind, -1);
}

TEST_F(CiTest, ArtifactsOfATestMergeAreThoseOfItsHead) {
  model::PullRequest pull_request;
  pull_request.number = 7;
  pull_request.head_sha = *model::CommitSha::parse(sha('b'));
  pull_request.merge_commit_sha = *model::CommitSha::parse(sha('e'));
  ASSERT_TRUE(store_->put_pull_request(ci_, pull_request).ok());
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  wait_for(id, RunStatus::waiting);
  value(upload("pull_request", sha('e'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(id, RunStatus::done);
  EXPECT_EQ(run.pr.step, ResolutionStep::exact);
  EXPECT_EQ(run.pr.used.text(), sha('e'));
  EXPECT_FALSE(warning(run, "artifacts_missing"));
}

TEST_F(CiTest, LateArtifactsDoNotWakeTheRunOfAClosedPullRequest) {
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  wait_for(id, RunStatus::waiting);
  model::PullRequest pull_request;
  pull_request.number = 7;
  pull_request.open = false;
  pull_request.head_sha = *model::CommitSha::parse(sha('b'));
  ASSERT_TRUE(store_->put_pull_request(ci_, pull_request).ok());
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  EXPECT_EQ(value(service_->run(ci_, id)).status, RunStatus::waiting);
}

}  // namespace
}  // namespace vernier::ci
