// SPDX-License-Identifier: Apache-2.0
#include "report/sample_runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/result.h"

namespace vernier::report {
namespace {

using model::ArtifactKind;
using model::ChangeKind;
using model::CiRun;
using model::CommitSha;
using model::DiffResult;
using model::ReportedNode;
using model::ResolutionStep;
using model::RunStatus;
using model::TableDiff;

CiRun done_run() {
  CiRun run;
  run.id = 42;
  run.ci_config_id = 3;
  run.ci_config_name = "bakery";
  run.status = RunStatus::done;
  run.pr_num = "7";
  run.pr_branch = "feature/order-tax";
  run.base_branch = "main";
  run.pr_sha = *CommitSha::parse("7c19428f0e2d4b6a8c1e3f5a7b9d0c2e4f6a8b1d");
  run.base_sha = *CommitSha::parse("c220a5a91b3d5f7e9a0c2e4f6b8d1a3c5e7f9b0d");
  run.created_at = "2026-11-24T05:36:27.123Z";
  run.finished_at = "2026-11-24T05:37:05.456Z";
  run.url = "https://vernier.example.com/ci/3/runs/42";
  run.pr = {run.pr_sha, run.pr_sha, ResolutionStep::exact, 0, ArtifactKind::built, 12, {}};
  run.base = {run.base_sha, run.base_sha, ResolutionStep::exact, 0, ArtifactKind::built, 11, {}};
  run.nodes_unchanged = 120;
  return run;
}

ReportedNode node(const std::string& name, ChangeKind kind, std::vector<std::string> reasons) {
  ReportedNode node;
  node.change = {"model.bakery." + name, name, "model", kind, std::move(reasons), 0};
  node.change.distance = kind == ChangeKind::downstream ? 1 : 0;
  if (kind != ChangeKind::added) node.prod = {"warehouse", "prod", name};
  if (kind != ChangeKind::removed) node.pr = {"warehouse", "pr_7", name};
  return node;
}

TableDiff equal_diff(std::int64_t rows) {
  TableDiff diff;
  diff.result = rows == 0 ? DiffResult::empty : DiffResult::identical;
  diff.pk_columns = {"id"};
  diff.pks = {{rows, rows}, {}, {}, {}, {rows, rows}};
  diff.values = {rows, 0, rows * 3, 0, 3, 0, {{"name", 100, 0}, {"amount", 100, 0}, {"status", 100, 0}}};
  diff.schema.column_counts = {4, 4};
  return diff;
}

TableDiff changed_diff(std::int64_t rows, std::int64_t changed) {
  TableDiff diff = equal_diff(rows);
  diff.result = DiffResult::different;
  diff.values.rows_with_differences = changed;
  diff.values.values_with_differences = changed;
  diff.values.columns_with_differences = 1;
  auto& amount = diff.values.columns_diff_stats[1];
  amount.values_different = changed;
  amount.match = 100.0 - 100.0 * static_cast<double>(changed) / static_cast<double>(rows);
  return diff;
}

ReportedNode with_diff(ReportedNode node, TableDiff diff) {
  static std::int64_t next_id = 100;
  node.diff = std::move(diff);
  node.diff_id = ++next_id;
  return node;
}

ReportedNode not_diffed(ReportedNode node, std::string why) {
  node.diff.why = std::move(why);
  return node;
}

ReportedNode other(const std::string& type, const std::string& name, ChangeKind kind, std::string reason) {
  ReportedNode node;
  node.change = {type + ".bakery." + name, name, type, kind, {std::move(reason)}, 0};
  node.change.distance = kind == ChangeKind::downstream ? 2 : 0;
  return node;
}

CiRun all_equal() {
  CiRun run = done_run();
  for (const char* name : {"orders", "customers", "daily_sales"})
    run.models.push_back(with_diff(node(name, ChangeKind::modified, {"body"}), equal_diff(10'000)));
  return run;
}

CiRun sampled() {
  CiRun run = done_run();
  run.models.push_back(with_diff(node("orders", ChangeKind::modified, {"body"}), sampled_diff()));
  run.models.push_back(with_diff(node("customers", ChangeKind::modified, {"body"}), equal_in_sample()));
  return run;
}

model::Timeline some_days() {
  model::Timeline timeline{.column_name = "ordered_at", .unit = "day", .buckets = {}};
  for (int day = 1; day <= 20; ++day)
    timeline.buckets.push_back({.start = fmt::format("2026-09-{:02} 00:00:00", day),
                                .rows = {500, 500 - (day == 1 ? 12 : 0) + (day == 20 ? 24 : 0)},
                                .removed = day == 1 ? 12 : 0,
                                .added = day == 20 ? 24 : 0,
                                .changed = day < 13 ? 0 : 20 + day % 3 * 20});
  return timeline;
}

CiRun one_changed() {
  CiRun run = done_run();
  TableDiff orders = changed_diff(9'988, 340);
  orders.timeline = some_days();
  orders.pks.total_rows = {10'000, 10'012};
  orders.pks.exclusives = {12, 24};
  orders.values.columns_diff_stats[2] = {"status", 99.98, 2};
  orders.schema.exclusive_columns = {{{"legacy_code"}, {"tax"}}};
  orders.schema.columns_mismatched = {1, 1};
  orders.schema.type_differs = {{"amount", {"DECIMAL(10,2)", "DOUBLE"}}};
  run.models.push_back(with_diff(
      node("orders", ChangeKind::modified, {"body", "config.materialized", "macro:macro.bakery.cents"}),
      orders));
  const std::string parent = "model.bakery.orders";
  run.models.push_back(
      with_diff(node("daily_sales", ChangeKind::downstream, {parent}), changed_diff(1'000'000, 12)));
  run.models.push_back(with_diff(node("customers", ChangeKind::downstream, {parent}), equal_diff(935)));
  run.models.push_back(not_diffed(node("stg_payments", ChangeKind::downstream, {parent}),
                                  "It is ephemeral, so it has no table; nothing needs to be done."));
  run.models.push_back(other("exposure", "sales_dashboard", ChangeKind::downstream, parent));
  run.models.push_back(other("test", "unique_orders_id", ChangeKind::modified, "config.severity"));
  return run;
}

CiRun sixty_models() {
  CiRun run = done_run();
  for (int i = 0; i < 60; ++i) {
    const bool changed = i % 3 == 0;
    const std::string name = fmt::format("mart_{:02}_of_the_big_warehouse", i);
    ReportedNode one = i < 20 ? node(name, ChangeKind::modified, {"body"})
                              : node(name, ChangeKind::downstream,
                                     {fmt::format("model.bakery.mart_{:02}_of_the_big_warehouse", i % 20)});
    one.change.distance = i / 20;
    run.models.push_back(with_diff(one, changed ? changed_diff(10'000, 10 * i + 1) : equal_diff(500)));
  }
  for (int i = 0; i < 5; ++i)
    run.models.push_back(with_diff(node(fmt::format("wide_{}", i), ChangeKind::modified, {"body"}), [&] {
      TableDiff diff = changed_diff(10'000, 9'999);
      for (int c = 0; c < 30; ++c)
        diff.values.columns_diff_stats.push_back({fmt::format("measure_{:02}", c), 50.0, 5'000 - 100 * c});
      return diff;
    }()));
  return run;
}

CiRun missing_base() {
  CiRun run = one_changed();
  run.base.used = *CommitSha::parse("b1f00d3" + std::string(33, '1'));
  run.base.step = ResolutionStep::ancestor;
  run.base.behind = 2;
  run.warnings.push_back(
      {"artifacts_missing",
       "The dbt artifacts of the production commit " + run.base_sha.text() +
           " are missing. Those of its ancestor " + run.base.used.text() +
           ", 2 commits earlier, were used instead; models that changed between the two commits may be "
           "counted "
           "wrongly. The report puts itself right when the missing artifacts arrive.",
       "datafold dbt upload --ci-config-id 3 --run-type production --target-folder ./target/ --commit-sha " +
           run.base_sha.text(),
       "production", run.base_sha.text()});
  return run;
}

CiRun stale_base() {
  CiRun run = one_changed();
  run.source = "webhook";
  const CommitSha built = *CommitSha::parse("a1b2c3d" + std::string(33, '4'));
  ReportedNode& orders = run.models.front();
  orders.last_build = model::LastBuild{built, "2026-11-23T02:00:00.000Z", 3};
  orders.others = {"model.bakery.stg_orders", "seed.bakery.prices"};
  run.warnings.push_back(
      {"stale_base",
       "Production's orders was last built from a1b2c3d, 3 commits behind the base c220a5a. In between, "
       "others changed stg_orders, prices: the differences below show that too.",
       "", "production", built.text()});
  return run;
}

CiRun over_threshold() {
  CiRun run = done_run();
  run.source = "webhook";
  run.status = RunStatus::needs_confirmation;
  run.diffs_planned = 3;
  for (const char* name : {"orders", "customers", "daily_sales"})
    run.models.push_back(
        not_diffed(node(name, ChangeKind::modified, {"body"}), "it waits for the run's confirmation"));
  return run;
}

CiRun no_base() {
  CiRun run = done_run();
  run.base.used = {};
  run.base.step = ResolutionStep::none;
  run.base.behind.reset();
  run.base.kind.reset();
  run.warnings.push_back({"artifacts_missing", "There are no production artifacts at all.",
                          "datafold dbt upload --ci-config-id 3 --run-type production", "production", ""});
  return run;
}

CiRun declared_only() {
  CiRun run = done_run();
  run.pr.kind = ArtifactKind::declared;
  run.warnings.push_back(
      {"declared_not_built",
       "The pull request artifacts of `7c19428` only declare a state: no `dbt build` wrote "
       "them, so the tables may have been built from another commit.",
       "", "pull_request", run.pr_sha.text()});
  run.models.push_back(
      not_diffed(node("orders", ChangeKind::modified, {"body"}),
                 "The pull request's table was not built. Run `dbt build` and upload again."));
  return run;
}

CiRun key_problem() {
  CiRun run = done_run();
  TableDiff diff = changed_diff(10'000, 0);
  diff.result = DiffResult::bad_pks;
  diff.why = "The key `id` is null or not unique, so whole rows were compared.";
  diff.pks.dupes = {0, 303};
  diff.pks.nulls = {0, 1};
  diff.pks.exclusives = {5, 308};
  diff.values = {};
  run.models.push_back(with_diff(node("orders", ChangeKind::modified, {"body"}), diff));
  TableDiff keyless = diff;
  keyless.result = DiffResult::missing_pks;
  keyless.pk_columns.clear();
  keyless.pks.dupes = keyless.pks.nulls = {0, 0};
  keyless.why = "No primary key is known. Add a `unique` test or the meta `primary-key` to the model.";
  run.models.push_back(with_diff(node("events", ChangeKind::modified, {"relation"}), keyless));
  return run;
}

CiRun one_error() {
  CiRun run = one_changed();
  TableDiff diff;
  diff.result = DiffResult::error;
  diff.why = "relation \"warehouse.pr_7.invoices\" does not exist: was it built on this pull request?";
  run.models.push_back(with_diff(node("invoices", ChangeKind::modified, {"contract"}), diff));
  return run;
}

CiRun new_and_removed() {
  CiRun run = done_run();
  run.models.push_back(
      not_diffed(node("refunds", ChangeKind::added, {"new"}), "It has no table in production."));
  run.models.push_back(
      not_diffed(node("legacy_orders", ChangeKind::removed, {"removed"}), "It has no table in the head."));
  return run;
}

CiRun unfinished(RunStatus status) {
  CiRun run = done_run();
  run.status = status;
  run.finished_at = "";
  if (status == RunStatus::failed) run.failure = "the data source `warehouse` refused the password";
  if (status != RunStatus::waiting) return run;
  run.pr.used = {};
  run.pr.step = ResolutionStep::none;
  run.pr.kind.reset();
  run.warnings.push_back({"artifacts_missing",
                          "The dbt artifacts of this pull request's head, commit " + run.pr_sha.text() +
                              ", have not arrived. The run goes on by itself when they do.",
                          "datafold dbt upload --ci-config-id 3 --run-type pull_request --target-folder "
                          "./target/ --commit-sha " +
                              run.pr_sha.text(),
                          "pull_request", run.pr_sha.text()});
  return run;
}

CiRun hostile() {
  CiRun run = done_run();
  const std::vector<std::string> names = hostile_names();
  run.ci_config_name = "--> <script>alert(1)</script> --";
  run.pr_branch = names[0];
  run.base_branch = names[1];
  run.url = "javascript:alert(1)";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    TableDiff diff = changed_diff(1'000, 1 + static_cast<std::int64_t>(i));
    diff.why = name;
    diff.values.columns_diff_stats[1].column_name = name;
    diff.schema.exclusive_columns = {{{name}, {name}}};
    diff.schema.type_differs = {{name, {name, name}}};
    diff.findings = {{"note", name, name, "", ""}};
    run.models.push_back(with_diff(node(name, ChangeKind::modified, {name, "macro:" + name}), diff));
    run.models.push_back(
        not_diffed(node("d" + name, ChangeKind::downstream, {"model.bakery." + name}), name));
    run.models.push_back(other(name, name, ChangeKind::modified, name));
    run.warnings.push_back({"note", name, name, name, name});
  }
  return run;
}

}  // namespace

std::vector<std::string> hostile_names() {
  return {"a`b``c",
          "a|b",
          "</td><script>alert(1)</script>",
          "@user #12 !3",
          "line one\n# line two\n/close",
          "\x1b[31mred\x1b]0;title\x07",
          "```\n</details>\n@everyone\n```",
          "--> <img src=x onerror=alert(1)>",
          "\"]; click n0 \"javascript:alert(1)\"",
          "' onmouseover='alert(1)",
          "\xff\xfe not utf-8 \xc3",
          "[link](http://example.com) **bold** \\`",
          "right\u202eto left",
          std::string(300, 'x')};
}

std::vector<SampleRun> sample_runs() {
  return {{"all_equal", all_equal()},
          {"one_changed", one_changed()},
          {"sixty_models", sixty_models()},
          {"missing_base", missing_base()},
          {"stale_base", stale_base()},
          {"over_threshold", over_threshold()},
          {"no_base", no_base()},
          {"declared_only", declared_only()},
          {"key_problem", key_problem()},
          {"one_error", one_error()},
          {"new_and_removed", new_and_removed()},
          {"nothing_changed", done_run()},
          {"waiting", unfinished(RunStatus::waiting)},
          {"processing", unfinished(RunStatus::processing)},
          {"failed", unfinished(RunStatus::failed)},
          {"hostile", hostile()},
          {"sampled", sampled()}};
}

CiRun sample_run(const std::string& name) {
  const std::vector<SampleRun> runs = sample_runs();
  const auto found =
      std::find_if(runs.begin(), runs.end(), [&](auto& sample) { return sample.name == name; });
  CHECK(found != runs.end());
  return found->run;
}

TableDiff sample_diff() {
  TableDiff diff = changed_diff(9'988, 340);
  diff.pks.total_rows = {10'000, 10'012};
  diff.pks.exclusives = {2, 24};
  diff.schema.exclusive_columns = {{{}, {"tax"}}};
  diff.findings = {{"column_left_out",
                    "The column `location` has the type GEOMETRY, which cannot be compared.", "", "", ""}};
  diff.algorithm = "join in the database";
  diff.seconds = 0.1234;
  diff.samples.key_columns = {"id"};
  diff.samples.value_columns = {"name", "amount", "status"};
  diff.samples.changed = {
      {{"17"}, {{{"croissant", "3.10", "paid"}, {"croissant", "3.72", "paid"}}}},
      {{"18"}, {{{"rye bread", std::nullopt, "open"}, {"rye bread", "4.80", ""}}}},
      {{"19"},
       {{{std::string(200, 'n'), "1.00", "NULL"}, {"日本のパン \x1b[31mred", "1.00", "two\nlines"}}}}};
  diff.samples.exclusives[0] = {{{"3"}, {"stollen", "9.00", "paid"}}, {{"4"}, {"baguette", "1.20", "paid"}}};
  for (int i = 0; i < 24; ++i)
    diff.samples.exclusives[1].push_back(
        {{fmt::format("{}", 10'001 + i)}, {"roll", fmt::format("0.{}", 40 + i), std::nullopt}});
  return diff;
}

}  // namespace vernier::report
