// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

#include "report/report.h"
#include "report/sample_runs.h"

namespace vernier::report {
namespace {

using model::CommitSha;
using model::DiffResult;

// Values that a report may hold. Text is of any bytes that are UTF-8: others become U+FFFD when written.
rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127)),
                      [](const std::string& ascii) { return ascii + "ä\u202e"; });
}

std::int64_t any_count() {
  return *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max());
}

model::Sides<std::int64_t> any_counts() {
  return {any_count(), any_count()};
}

std::vector<std::string> any_texts() {
  return *rc::gen::resize(4, rc::gen::container<std::vector<std::string>>(any_text()));
}

CommitSha any_sha() {
  const std::string digits = *rc::gen::container<std::string>(40, rc::gen::elementOf(std::string("123abc")));
  return *rc::gen::arbitrary<bool>() ? CommitSha() : *CommitSha::parse(digits);
}

Finding any_finding() {
  return {*any_text(), *any_text(), *any_text(), *any_text(), *any_text()};
}

model::Interval any_interval() {
  return {any_count(), any_count()};
}

model::Sides<model::Interval> any_intervals() {
  return {any_interval(), any_interval()};
}

model::Cell any_cell() {
  return *rc::gen::arbitrary<bool>() ? model::Cell(*any_text()) : std::nullopt;
}

model::Sampling any_sampling() {
  return {.ratio = *rc::gen::element(0.5, 1e-9, 0.3333),
          .confidence = *rc::gen::element(0.95, 0.99),
          .rows = any_counts(),
          .dupes = any_intervals(),
          .exclusives = any_intervals(),
          .distincts = any_intervals(),
          .matched_rows = any_interval(),
          .rows_with_differences = any_interval(),
          .values_with_differences = any_interval(),
          .values_different = {any_interval(), any_interval()}};
}

model::ColumnProfile any_profile() {
  return {.column_name = *any_text(),
          .rows = any_counts(),
          .nulls = any_counts(),
          .distincts = any_counts(),
          .min = {any_cell(), any_cell()},
          .max = {any_cell(), any_cell()},
          .mean = {any_cell(), any_cell()},
          .histogram = {{any_cell(), any_cell(), any_counts()}},
          .top_values = {{any_cell(), any_counts()}, {any_cell(), any_counts()}}};
}

model::Timeline any_timeline() {
  return {.column_name = *any_text(),
          .unit = *any_text(),
          .buckets = {{any_cell(), any_counts(), any_count(), any_count(), any_count()}}};
}

model::TableDiff any_diff() {
  model::TableDiff diff;
  diff.result =
      *rc::gen::element(DiffResult::different, DiffResult::identical, DiffResult::missing_pks,
                        DiffResult::bad_pks, DiffResult::error, DiffResult::empty, DiffResult::not_diffed);
  diff.why = *any_text();
  diff.pk_columns = any_texts();
  diff.algorithm = *any_text();
  diff.seconds = *rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [](auto n) { return n / 997.0; });
  diff.findings = {any_finding()};
  if (!diff.has_figures()) return diff;
  diff.pks = {any_counts(), any_counts(), any_counts(), any_counts(), any_counts(), any_counts()};
  diff.values = {any_count(), any_count(), any_count(), any_count(), any_count(), any_count(), {}};
  diff.values.columns_diff_stats = {{*any_text(), static_cast<double>(any_count()) / 3e17, any_count()}};
  diff.schema = {any_counts(),
                 any_count(),
                 any_count(),
                 any_counts(),
                 {{*any_text(), {*any_text(), *any_text()}}},
                 {any_texts(), any_texts()}};
  if (*rc::gen::arbitrary<bool>()) diff.sampling = any_sampling();
  if (*rc::gen::arbitrary<bool>()) diff.profiles = {any_profile(), any_profile()};
  if (*rc::gen::arbitrary<bool>()) diff.timeline = any_timeline();
  return diff;
}

model::Resolution any_resolution() {
  using model::ResolutionStep;
  model::Resolution resolution;
  resolution.wanted = any_sha();
  resolution.used = any_sha();
  resolution.upload_id = any_count();
  resolution.step = *rc::gen::element(ResolutionStep::exact, ResolutionStep::ancestor, ResolutionStep::latest,
                                      ResolutionStep::none);
  if (*rc::gen::arbitrary<bool>()) resolution.behind = any_count();
  if (*rc::gen::arbitrary<bool>()) resolution.kind = model::ArtifactKind::built;
  if (*rc::gen::arbitrary<bool>()) resolution.nodes_between = any_texts();
  return resolution;
}

model::ReportedNode any_node() {
  using model::ChangeKind;
  model::ReportedNode node;
  node.change = {*any_text(),          *any_text(), *any_text(),
                 ChangeKind::modified, any_texts(), *rc::gen::inRange(0, 1000)};
  node.change.kind =
      *rc::gen::element(ChangeKind::modified, ChangeKind::added, ChangeKind::removed, ChangeKind::downstream);
  node.change.same_compiled = *rc::gen::arbitrary<bool>();
  node.prod = any_texts();
  node.pr = any_texts();
  node.diff_id = any_count();
  node.diff = any_diff();
  node.others = any_texts();
  if (*rc::gen::arbitrary<bool>()) {
    node.last_build.emplace();
    node.last_build->commit_sha = any_sha();
    node.last_build->built_at = *any_text();
    if (*rc::gen::arbitrary<bool>()) node.last_build->behind = any_count();
  }
  return node;
}

model::CiRun any_run() {
  using model::RunStatus;
  model::CiRun run;
  run.id = any_count();
  run.ci_config_id = any_count();
  run.status =
      *rc::gen::element(RunStatus::waiting, RunStatus::needs_confirmation, RunStatus::queued,
                        RunStatus::processing, RunStatus::done, RunStatus::failed, RunStatus::cancelled);
  for (std::string* text : {&run.ci_config_name, &run.failure, &run.pr_num, &run.pr_branch, &run.base_branch,
                            &run.source, &run.created_at, &run.finished_at, &run.url})
    *text = *any_text();
  run.pr_sha = any_sha();
  run.base_sha = any_sha();
  run.pr = any_resolution();
  run.base = any_resolution();
  run.warnings = {any_finding()};
  run.models = {any_node(), any_node()};
  run.nodes_unchanged = any_count();
  run.diffs_planned = any_count();
  return run;
}

TEST(ReportJson, SurvivesBeingStored) {
  EXPECT_TRUE(rc::check([] {
    const Json written = to_json(any_run());
    const auto stored = parse_json(dump_json(written));
    RC_ASSERT(stored.ok());
    const auto read_back = from_json(*stored);
    RC_ASSERT(read_back.ok());
    RC_ASSERT(dump_json(to_json(*read_back)) == dump_json(written));
  }));
}

TEST(ReportJson, DiffsSurviveBeingStored) {
  EXPECT_TRUE(rc::check([] {
    const Json written = diff_to_json(any_diff());
    const auto read_back = diff_from_json(written);
    RC_ASSERT(read_back.ok());
    RC_ASSERT(dump_json(diff_to_json(*read_back)) == dump_json(written));
  }));
}

// Removing or replacing any member must be noticed, or be harmless; never a crash.
TEST(ReportJson, RefusesWhatItDidNotWrite) {
  model::CiRun run;
  run.models.resize(1);
  run.models[0].diff.result = DiffResult::different;
  const Json whole = to_json(run);
  for (const auto& [key, value] : whole.items()) {
    Json damaged = whole;
    damaged.erase(key);
    const auto without = from_json(damaged);
    if (key != "diffs_planned") {  // reports of older versions lack it
      ASSERT_FALSE(without.ok()) << key;
      EXPECT_EQ(without.error().kind, ErrorKind::corrupt) << key;
    }
    damaged[key] = Json::array({1, Json::object()});
    EXPECT_FALSE(from_json(damaged).ok()) << key;
  }
  for (const char* text : {"[]", "1", "null", "{}", R"({"id": "1"})"})
    EXPECT_FALSE(from_json(*parse_json(text)).ok()) << text;
  Json half_figures = whole;
  half_figures["models"][0]["diff"]["summary"]["pks"]["nulls"] = Json::array({1});
  EXPECT_FALSE(from_json(half_figures).ok());
}

TEST(ReportJson, HasTheFieldsOfTheContract) {
  model::CiRun run;
  run.pr_num = "7";
  run.warnings = {{"artifacts_missing", "no artifacts", "datafold dbt upload", "production", "c0ffee"}};
  run.models.resize(1);
  run.models[0].change = {"model.p.m", "m", "model", model::ChangeKind::added, {"body"}, 0};
  const Json json = to_json(run);
  EXPECT_EQ(json["pr_num"], "7");
  EXPECT_EQ(json["status"], "waiting");
  EXPECT_EQ(json["artifacts"]["base"]["step"], "none");
  EXPECT_TRUE(json["artifacts"]["base"]["behind"].is_null());
  EXPECT_EQ(json["warnings"][0]["run_type"], "production");
  EXPECT_EQ(json["models"][0]["change"], "new");
  EXPECT_EQ(json["models"][0]["diff"]["result"], "not_diffed");
  EXPECT_EQ(json["models"][0]["diff"]["summary"], Json::object());
}

TEST(ReportJson, SummaryTellsTypeChangesAsNamesForTheClient) {
  model::TableDiff diff;
  diff.result = DiffResult::different;
  diff.pks.exclusives = {3, 5};
  diff.schema.type_differs = {{"amount", {"INTEGER", "DOUBLE"}}};
  diff.values.columns_diff_stats = {{"amount", std::numeric_limits<double>::quiet_NaN(), 0}};
  const Json summary = summary_json(diff);
  EXPECT_EQ(summary["pks"]["exclusives"], Json::array({3, 5}));
  EXPECT_EQ(summary["schema"]["column_type_differs"], Json::array({"amount"}));
  EXPECT_TRUE(summary["values"]["columns_diff_stats"][0]["match"].is_number());
  EXPECT_TRUE(summary["dependencies"].is_array());
}

TEST(ReportJson, SummaryOfASampleHasEstimatesWithTheirIntervals) {
  const Json summary = summary_json(sampled_diff());
  EXPECT_EQ(summary["sampling"]["confidence"], 99.0);
  EXPECT_EQ(summary["sampling"]["exclusives"][1], Json::array({10'000, 10'597}));
  EXPECT_EQ(summary["values"]["columns_diff_stats"][1]["values_different_estimate"], 34'000);
  EXPECT_EQ(summary["profiles"][1]["top_values"][0]["value"], "paid");
  const Json exact = summary_json(sample_diff());
  EXPECT_TRUE(exact["values"]["columns_diff_stats"][1]["values_different_estimate"].is_null());
  EXPECT_FALSE(exact.contains("sampling") || exact.contains("profiles"));
}

TEST(ReportJson, NeverCarriesRows) {
  model::TableDiff diff;
  diff.result = DiffResult::different;
  diff.samples = {{"id"}, {"email"}, {{{"1"}, {{{"a@example.com"}, {std::nullopt}}}}}, {}};
  model::CiRun run;
  run.models.resize(1);
  run.models[0].diff = diff;
  EXPECT_EQ(dump_json(to_json(run)).find("a@example.com"), std::string::npos);
  EXPECT_EQ(dump_json(diff_to_json(diff)).find("a@example.com"), std::string::npos);
  const Json changed = samples_json(diff)["changed"][0];
  EXPECT_EQ(changed["prod"][0], "a@example.com");
  EXPECT_TRUE(changed["pr"][0].is_null());
}

}  // namespace
}  // namespace vernier::report
