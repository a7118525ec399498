// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ci/ci_fixture.h"

namespace vernier::ci {
namespace {

TEST_F(CiTest, ReportsChangedAndDownstreamModelsWithTheirFigures) {
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);

  EXPECT_EQ(run.base.step, ResolutionStep::exact);
  EXPECT_TRUE(run.warnings.empty()) << run.warnings.front().message;
  ASSERT_EQ(run.models.size(), 2u);
  const model::ReportedNode* orders = find(run, "orders");
  ASSERT_TRUE(orders);
  EXPECT_EQ(orders->change.kind, model::ChangeKind::modified);
  EXPECT_EQ(orders->change.reasons, std::vector<std::string>{"body"});
  EXPECT_EQ(orders->diff.result, DiffResult::different) << orders->diff.why;
  EXPECT_EQ(orders->diff.pks.exclusives, (model::Sides<std::int64_t>{1, 1}));
  EXPECT_EQ(orders->diff.values.rows_with_differences, 5);
  EXPECT_EQ(orders->diff.pk_columns, std::vector<std::string>{"id"});
  const model::ReportedNode* totals = find(run, "totals");
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->change.kind, model::ChangeKind::downstream);
  EXPECT_EQ(totals->diff.result, DiffResult::identical) << totals->diff.why;
  EXPECT_EQ(run.models.front().change.name, "orders") << "worst first";
}

TEST_F(CiTest, SpreadsDifferencesOverTheTimeColumnOfAModel) {
  project_.datadiff_of_orders = {{"time_column", "made"}, {"prod_time_travel", -3600}};
  for (const char* schema : {"prod", "pr_7"})
    project_.sql(fmt::format(
        "alter table {0}.orders add column made date; update {0}.orders set made = date '2026-01-01' + "
        "(id % 4)::int",
        schema));
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  const model::ReportedNode* orders = find(run, "orders");
  ASSERT_TRUE(orders && orders->diff.timeline) << orders->diff.why;
  std::vector<std::int64_t> changed;
  for (const model::Timeline::Bucket& day : orders->diff.timeline->buckets)
    changed.push_back(day.changed);
  EXPECT_EQ(changed, (std::vector<std::int64_t>{2, 1, 1, 1}));
  ASSERT_EQ(orders->diff.findings.size(), 1u);
  EXPECT_NE(orders->diff.findings[0].message.find("`prod_time_travel` was not followed"), std::string::npos);
}

TEST_F(CiTest, ComparesAModelWhoseTimeColumnIsNotThere) {
  project_.datadiff_of_orders = {{"time_column", "made"}};
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  const model::ReportedNode* orders = find(run, "orders");
  ASSERT_TRUE(orders);
  EXPECT_EQ(orders->diff.values.rows_with_differences, 5) << orders->diff.why;
  ASSERT_EQ(orders->diff.findings.size(), 1u);
  EXPECT_EQ(orders->diff.findings[0].message,
            "There is no timeline: the time column made is not in the table of production.");
}

TEST_F(CiTest, DiffsAModelWhoseCompiledSqlAloneDiffers) {
  const std::string sql = "select {{ var('start') }} as id";
  const auto send = [&](const std::string& run_type, const std::string& commit, const std::string& schema,
                        const std::string& compiled) {
    value(service_->accept_upload(
        {ci_, run_type, commit, "", {}, project_.archive(schema, sql, "build", compiled)}));
  };
  send("production", sha('a'), "prod", "select 1 as id");
  send("pull_request", sha('b'), "pr_7", "select 2 as id");
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  ASSERT_EQ(run.models.size(), 2u);
  EXPECT_EQ(run.models[0].change.reasons, std::vector<std::string>{"compiled"});
  EXPECT_EQ(run.models[0].diff.result, DiffResult::different) << run.models[0].diff.why;
  EXPECT_EQ(find(run, "totals")->change.kind, model::ChangeKind::downstream)
      << "what is below it is listed too";
  EXPECT_EQ(run.nodes_unchanged, 1);
}

TEST_F(CiTest, UsesTheNewestProductionArtifactsAndMendsItselfWhenTheMissingOnesArrive) {
  value(upload("production", sha('c'), "prod", "select 0 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  const model::CiRun before = wait_for(id, RunStatus::done);
  EXPECT_EQ(before.base.step, ResolutionStep::latest);
  EXPECT_EQ(before.base.used.text(), sha('c'));
  ASSERT_EQ(before.warnings.size(), 1u);
  EXPECT_EQ(before.warnings[0].code, "artifacts_missing");
  EXPECT_NE(before.warnings[0].message.find(sha('a')), std::string::npos);
  EXPECT_EQ(
      before.warnings[0].command,
      fmt::format("datafold dbt upload --ci-config-id {} --run-type production --target-folder ./target/ "
                  "--commit-sha {}",
                  ci_, sha('a')));

  // The code of the wanted commit is the pull request's own: nothing differs any more.
  value(upload("production", sha('a'), "prod", "select 2 as id"));
  const model::CiRun after = wait_for(id, RunStatus::done, sha('a'));
  EXPECT_EQ(after.id, id);
  EXPECT_EQ(after.base.step, ResolutionStep::exact);
  EXPECT_TRUE(after.warnings.empty());
  EXPECT_TRUE(after.models.empty());
}

TEST_F(CiTest, PrefersTheNearestAncestorToTheNewestUpload) {
  value(upload("production", sha('d'), "prod", "select 0 as id"));
  value(upload("production", sha('c'), "prod", "select 9 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const std::int64_t id = value(
      service_->trigger({ci_, 7, "feature", sha('b'), "main", sha('a'), {sha('e'), sha('d'), sha('f')}}));
  const model::CiRun run = wait_for(id, RunStatus::done);
  EXPECT_EQ(run.base.step, ResolutionStep::ancestor);
  EXPECT_EQ(run.base.used.text(), sha('d'));
  EXPECT_EQ(run.base.behind, 2);
}

TEST_F(CiTest, WaitsForThePullRequestsArtifacts) {
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  const model::CiRun waiting = wait_for(id, RunStatus::waiting);
  ASSERT_FALSE(waiting.warnings.empty());
  EXPECT_EQ(waiting.warnings[0].run_type, "pull_request");
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  EXPECT_EQ(wait_for(id, RunStatus::done).models.size(), 2u);
}

TEST_F(CiTest, ANewerCommitCancelsTheOlderRun) {
  const std::int64_t older = trigger(7, sha('b'), sha('a'));
  wait_for(older, RunStatus::waiting);
  const std::int64_t newer = trigger(7, sha('c'), sha('a'));
  EXPECT_EQ(wait_for(older, RunStatus::cancelled).id, older);
  wait_for(newer, RunStatus::waiting);
  store::RunFilter filter;
  filter.pr_num = "7";
  EXPECT_EQ(value(service_->runs(ci_, filter)).front().id, newer);
}

TEST_F(CiTest, SaysThatDeclaredArtifactsBuiltNothing) {
  value(upload("production", sha('a'), "prod", "select 1 as id", "compile"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  ASSERT_EQ(run.warnings.size(), 1u);
  EXPECT_EQ(run.warnings[0].code, "declared_not_built");
  EXPECT_EQ(run.base.kind, model::ArtifactKind::declared);
}

TEST_F(CiTest, TakesBuiltArtifactsOfACommitBeforeLaterDeclaredOnes) {
  value(upload("production", sha('a'), "prod", "select 1 as id", "build"));
  value(upload("production", sha('a'), "prod", "select 1 as id", "compile"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  EXPECT_EQ(wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done).base.kind, model::ArtifactKind::built);
}

TEST_F(CiTest, NeverDiffsProductionWithItself) {
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "prod", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  ASSERT_EQ(run.warnings.size(), 1u);
  EXPECT_EQ(run.warnings[0].code, "wrong_target");
  EXPECT_EQ(find(run, "orders")->diff.result, DiffResult::not_diffed);
}

TEST_F(CiTest, ATableThatIsNotThereIsSaidSo) {
  project_.sql("drop table pr_7.orders");
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  const model::ReportedNode* orders = find(run, "orders");
  EXPECT_TRUE(orders->diff.result == DiffResult::not_diffed || orders->diff.result == DiffResult::error);
  EXPECT_NE(orders->diff.why.find("pr_7"), std::string::npos) << orders->diff.why;
  EXPECT_EQ(find(run, "totals")->diff.result, DiffResult::identical) << "the others go on";
}

TEST_F(CiTest, SlimDiffLeavesDownstreamModelsOut) {
  value(service_->update_ci_config(ci_, {{"slim_diff", true}}));
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  EXPECT_EQ(find(run, "orders")->diff.result, DiffResult::different);
  EXPECT_EQ(find(run, "totals")->diff.result, DiffResult::not_diffed);
}

TEST_F(CiTest, RunsGoOnAfterARestart) {
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  wait_for(id, RunStatus::waiting);
  close();
  {
    // As a killed server leaves it: in the middle of the work.
    auto store = store::Store::open(project_.root() / "data").value();
    store::RunRecord record = store->run(id).value();
    record.status = RunStatus::processing;
    ASSERT_TRUE(store->update_run(record).ok());
  }
  open();
  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  EXPECT_EQ(wait_for(id, RunStatus::done).models.size(), 2u);
}

TEST_F(CiTest, RunsTheDiffsThatAClientSubmits) {
  EXPECT_EQ(value(service_->submit(ci_, 7, {})), std::nullopt) << "no run yet";
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  wait_for(id, RunStatus::waiting);
  EXPECT_EQ(value(service_->submit(ci_, 7, {{"prod.orders", "pr_7.orders", {"id"}, {}, {}}})), id);
  const model::CiRun run = wait_for(id, RunStatus::done);
  ASSERT_EQ(run.models.size(), 1u);
  EXPECT_EQ(run.models[0].diff.values.rows_with_differences, 5) << run.models[0].diff.why;
}

TEST_F(CiTest, RefusesWhatIsWrongWithASentence) {
  const auto archive = project_.archive("prod", "select 1");
  const struct {
    UploadOrder order;
    ErrorKind kind;
    std::string words;
  } cases[] = {
      {{ci_, "staging", sha('a'), "", {}, archive}, ErrorKind::invalid_input, "staging"},
      {{ci_, "production", "", "", {}, archive}, ErrorKind::invalid_input, "missing"},
      {{ci_, "production", "abc123", "", {}, archive}, ErrorKind::invalid_input, "abc123"},
      {{ci_ + 1, "production", sha('a'), "", {}, archive}, ErrorKind::not_found, ""},
      {{ci_, "production", sha('a'), "", {"x"}, archive}, ErrorKind::invalid_input, "ancestors"},
  };
  for (const auto& c : cases) {
    const auto refused = service_->accept_upload(c.order);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, c.kind) << refused.error().message;
    EXPECT_NE(refused.error().message.find(c.words), std::string::npos) << refused.error().message;
  }
  EXPECT_TRUE(value(service_->uploads(ci_, {})).empty());
}

TEST_F(CiTest, SettingsNeverShowSecretsAndRefuseUnknownFields) {
  const Json source = value(
      service_->add_data_source({{"name", "pg"},
                                 {"type", "pg"},
                                 {"options", {{"host", "h"}, {"password", "hunter2"}, {"dbname", "d"}}}}));
  EXPECT_EQ(dump_json(source).find("hunter2"), std::string::npos);
  EXPECT_EQ(source["options"]["host"], "h");
  const Json config = value(service_->update_ci_config(
      ci_, {{"repository", {{"provider", "github"}, {"token", "ghp_1"}, {"webhook_secret", "ws"}}}}));
  EXPECT_EQ(dump_json(config).find("ghp_1"), std::string::npos);
  EXPECT_EQ(store_->ci_config(ci_).value().repository.token, "ghp_1");
  const auto unknown = service_->update_ci_config(ci_, {{"slim_dif", true}});
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("slim_dif"), std::string::npos);
}

}  // namespace
}  // namespace vernier::ci
