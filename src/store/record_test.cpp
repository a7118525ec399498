// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <fstream>

#include "store/store_fixture.h"

namespace vernier::store {
namespace {
namespace fs = std::filesystem;
using model::ArtifactKind;
using model::RunStatus;
using model::RunType;

using RecordTest = StoreTest;

model::DataSource warehouse() {
  model::DataSource source;
  source.name = "warehouse";
  source.type = "pg";
  source.temp_schema = "public.tmp";
  source.float_tolerance = 0.1;
  source.options = {{"host", "db"}, {"password", "correct horse battery"}, {"port", 5432}};
  return source;
}

model::CiConfig full_config(std::int64_t data_source_id) {
  model::CiConfig config;
  config.name = "jaffle";
  config.data_source_id = data_source_id;
  config.primary_key_tag = "pk";
  config.base_strategy = "latest";
  config.slim_diff = true;
  config.columns_to_ignore = {"_loaded_at", "*_ts"};
  config.files_to_ignore = {"docs/"};
  config.pull_request_label = "diff";
  config.custom_base_branch = "trunk";
  config.diff_threshold = 7;
  config.fail_on_key_issues = true;
  config.fail_on_errors = false;
  config.repository = {.provider = "github",
                       .url = "https://github.com",
                       .name = "a/b",
                       .token = "token-in-the-clear",
                       .webhook_secret = "hook-in-the-clear",
                       .app_id = "42",
                       .app_private_key = "pem-in-the-clear"};
  config.dbt_cloud = {.url = "https://cloud.example.com",
                      .account_id = 1,
                      .production_job_id = 2,
                      .pull_request_job_id = 3,
                      .token = "cloud-in-the-clear",
                      .webhook_secret = "cloud-hook-in-the-clear"};
  config.fail_on_differences = config.fail_on_stale_base = config.fail_on_missing_artifacts = true;
  config.artifacts_wait_minutes = 5;
  return config;
}

void expect_equal(const model::CiConfig& a, const model::CiConfig& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.data_source_id, b.data_source_id);
  EXPECT_EQ(a.primary_key_tag, b.primary_key_tag);
  EXPECT_EQ(a.base_strategy, b.base_strategy);
  EXPECT_EQ(a.slim_diff, b.slim_diff);
  EXPECT_EQ(a.columns_to_ignore, b.columns_to_ignore);
  EXPECT_EQ(a.files_to_ignore, b.files_to_ignore);
  EXPECT_EQ(a.pull_request_label, b.pull_request_label);
  EXPECT_EQ(a.custom_base_branch, b.custom_base_branch);
  EXPECT_EQ(a.diff_threshold, b.diff_threshold);
  EXPECT_EQ(a.fail_on_key_issues, b.fail_on_key_issues);
  EXPECT_EQ(a.fail_on_errors, b.fail_on_errors);
  EXPECT_EQ(a.fail_on_differences, b.fail_on_differences);
  EXPECT_EQ(a.fail_on_stale_base, b.fail_on_stale_base);
  EXPECT_EQ(a.fail_on_missing_artifacts, b.fail_on_missing_artifacts);
  EXPECT_EQ(a.artifacts_wait_minutes, b.artifacts_wait_minutes);
  EXPECT_EQ(a.repository.app_id, b.repository.app_id);
  EXPECT_EQ(a.repository.app_private_key, b.repository.app_private_key);
  EXPECT_EQ(a.dbt_cloud.url, b.dbt_cloud.url);
  EXPECT_EQ(a.dbt_cloud.account_id, b.dbt_cloud.account_id);
  EXPECT_EQ(a.dbt_cloud.production_job_id, b.dbt_cloud.production_job_id);
  EXPECT_EQ(a.dbt_cloud.pull_request_job_id, b.dbt_cloud.pull_request_job_id);
  EXPECT_EQ(a.dbt_cloud.token, b.dbt_cloud.token);
  EXPECT_EQ(a.dbt_cloud.webhook_secret, b.dbt_cloud.webhook_secret);
  EXPECT_EQ(a.repository.provider, b.repository.provider);
  EXPECT_EQ(a.repository.url, b.repository.url);
  EXPECT_EQ(a.repository.name, b.repository.name);
  EXPECT_EQ(a.repository.token, b.repository.token);
  EXPECT_EQ(a.repository.webhook_secret, b.repository.webhook_secret);
}

TEST_F(RecordTest, KeepsDataSources) {
  model::DataSource source = must(store_->add_data_source(warehouse()));
  source.name = "renamed";
  source.options["password"] = "another";
  must(store_->update_data_source(source));
  reopen();
  const model::DataSource read = must(store_->data_source(source.id));
  EXPECT_EQ(read.name, "renamed");
  EXPECT_EQ(read.type, "pg");
  EXPECT_EQ(read.temp_schema, "public.tmp");
  EXPECT_EQ(read.float_tolerance, 0.1);
  EXPECT_EQ(read.options, source.options);
  EXPECT_EQ(must(store_->data_sources()).size(), 1U);
  must(store_->remove_data_source(source.id));
  EXPECT_EQ(store_->data_source(source.id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->update_data_source(source).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->remove_data_source(source.id).error().kind, ErrorKind::not_found);
}

TEST_F(RecordTest, KeepsCiConfigs) {
  const std::int64_t source = must(store_->add_data_source(warehouse())).id;
  const model::CiConfig full = must(store_->add_ci_config(full_config(source)));
  model::CiConfig changed = must(store_->add_ci_config({}));
  expect_equal(must(store_->ci_config(changed.id)), changed);
  const std::int64_t id = changed.id;
  changed = full_config(source);
  changed.id = id;
  must(store_->update_ci_config(changed));
  reopen();
  expect_equal(must(store_->ci_config(full.id)), full);
  expect_equal(must(store_->ci_config(id)), changed);
  EXPECT_EQ(must(store_->ci_configs()).size(), 2U);
}

TEST_F(RecordTest, HoldsCiConfigsToTheirDataSource) {
  const std::int64_t source = must(store_->add_data_source(warehouse())).id;
  model::CiConfig config = must(store_->add_ci_config(full_config(source)));
  EXPECT_EQ(store_->remove_data_source(source).error().kind, ErrorKind::conflict);
  config.data_source_id = 99;
  EXPECT_EQ(store_->add_ci_config(config).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(store_->update_ci_config(config).error().kind, ErrorKind::invalid_input);
  config.id = 99;
  EXPECT_EQ(store_->update_ci_config(config).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->remove_ci_config(99).error().kind, ErrorKind::not_found);
}

TEST_F(RecordTest, NeverGivesAnIdTwice) {
  const std::int64_t id = new_ci_config();
  must(store_->remove_ci_config(id));
  reopen();
  EXPECT_GT(new_ci_config(), id);
}

TEST_F(RecordTest, HoldsNoSecretInTheClear) {
  must(store_->add_ci_config(full_config(must(store_->add_data_source(warehouse())).id)));
  must(store_->add_api_key("key-in-the-clear", "admin"));
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string content = must(read_file(entry.path(), 1 << 30));
    for (const char* secret : {"correct horse battery", "in-the-clear"})
      EXPECT_EQ(content.find(secret), std::string::npos) << entry.path();
  }
  EXPECT_GE(files, 4U);  // record, its log, key, lock
  EXPECT_EQ(fs::status(folder() / "secret.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder()).permissions(), fs::perms::owner_all);
}

TEST_F(RecordTest, OpensNoSecretWithAnotherKey) {
  const std::int64_t id = must(store_->add_data_source(warehouse())).id;
  store_.reset();
  std::ofstream(folder() / "secret.key", std::ios::trunc) << std::string(32, 'k');
  store_ = must(Store::open(folder()));
  EXPECT_EQ(store_->data_source(id).error().kind, ErrorKind::corrupt);
  store_.reset();
  fs::remove(folder() / "secret.key");
  EXPECT_FALSE(Store::open(folder()).ok());
  EXPECT_FALSE(fs::exists(folder() / "secret.key"));
}

TEST_F(RecordTest, KnowsItsApiKeys) {
  EXPECT_FALSE(must(store_->has_api_keys()));
  EXPECT_FALSE(must(store_->is_api_key("")));
  must(store_->add_api_key("one", "admin"));
  must(store_->add_api_key("two", "ci"));
  EXPECT_EQ(store_->add_api_key("", "empty").error().kind, ErrorKind::invalid_input);
  reopen();
  EXPECT_TRUE(must(store_->has_api_keys()));
  EXPECT_TRUE(must(store_->is_api_key("one")));
  EXPECT_TRUE(must(store_->is_api_key("two")));
  for (const std::string& other : {std::string("on"), std::string("one "), std::string(1 << 20, 'x')})
    EXPECT_FALSE(must(store_->is_api_key(other)));
}

TEST_F(RecordTest, KeepsUploads) {
  model::Upload upload;
  upload.ci_config_id = new_ci_config();
  upload.run_type = RunType::pull_request;
  upload.commit_sha = commit('a');
  upload.run_id = "r1";
  upload.dbt_version = "1.11.16";
  upload.invocation_id = "i1";
  upload.kind = ArtifactKind::built;
  upload.nodes = 12;
  upload.mixed_invocations = true;
  const StoredBlob manifest = must(store_->put_blob_bytes("manifest", "m"));
  const StoredBlob fingerprint = must(store_->put_blob_bytes("fingerprint", "f"));
  upload.manifest_blob = manifest.id;
  upload.fingerprint_blob = fingerprint.id;
  const std::int64_t id = must(store_->add_upload(upload)).id;
  reopen();
  const model::Upload read = must(store_->upload(id));
  EXPECT_EQ(read.ci_config_id, upload.ci_config_id);
  EXPECT_EQ(read.run_type, RunType::pull_request);
  EXPECT_EQ(read.commit_sha, commit('a'));
  EXPECT_EQ(read.run_id, "r1");
  EXPECT_EQ(read.received_at.size(), 24U);
  EXPECT_EQ(read.dbt_version, "1.11.16");
  EXPECT_EQ(read.invocation_id, "i1");
  EXPECT_EQ(read.kind, ArtifactKind::built);
  EXPECT_EQ(read.nodes, 12);
  EXPECT_EQ(read.bytes_stored, static_cast<std::int64_t>(manifest.bytes_stored + fingerprint.bytes_stored));
  EXPECT_EQ(read.manifest_blob, manifest.id);
  EXPECT_EQ(read.run_results_blob, "");
  EXPECT_EQ(read.fingerprint_blob, fingerprint.id);
  EXPECT_TRUE(read.mixed_invocations);

  EXPECT_EQ(store_->upload(99).error().kind, ErrorKind::not_found);
  upload.manifest_blob = std::string(64, 'a');
  EXPECT_EQ(store_->add_upload(upload).error().kind, ErrorKind::not_found);
  upload.manifest_blob.clear();
  upload.ci_config_id = 99;
  EXPECT_EQ(store_->add_upload(upload).error().kind, ErrorKind::not_found);
}

TEST_F(RecordTest, ListsUploadsNewestFirstAndFiltered) {
  const std::int64_t ci = new_ci_config();
  const std::int64_t other_ci = new_ci_config();
  const auto a = new_upload(ci, commit('a')).id;
  const auto b = new_upload(ci, commit('b')).id;
  const auto c = new_upload(ci, commit('a'), ArtifactKind::declared, RunType::pull_request).id;
  new_upload(other_ci, commit('a'));
  const auto ids = [&](const UploadFilter& filter) {
    std::vector<std::int64_t> found;
    for (const model::Upload& upload : must(store_->uploads(ci, filter)))
      found.push_back(upload.id);
    return found;
  };
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(ids({}), (Ids{c, b, a}));
  EXPECT_EQ(ids({.run_type = RunType::production, .commit_sha = {}, .run_id = {}}), (Ids{b, a}));
  EXPECT_EQ(ids({.run_type = {}, .commit_sha = commit('a'), .run_id = {}}), (Ids{c, a}));
  EXPECT_EQ(ids({.run_type = {}, .commit_sha = {}, .run_id = "none"}), (Ids{}));
  EXPECT_EQ(ids({.run_type = {}, .commit_sha = {}, .run_id = {}, .limit = 2}), (Ids{c, b}));
  EXPECT_EQ(ids({.run_type = {}, .commit_sha = {}, .run_id = {}, .limit = -5}), (Ids{c}));
}

TEST_F(RecordTest, FindsUploadsOfAncestorsNearestFirst) {
  const std::int64_t ci = new_ci_config();
  // History: d - c - b - a (oldest), told in two parts.
  must(store_->add_ancestors(ci, commit('d'), {commit('c'), commit('b')}));
  must(store_->add_ancestors(ci, commit('b'), {commit('a')}));
  must(store_->add_ancestors(ci, commit('d'), {commit('c'), commit('b')}));
  const auto far = new_upload(ci, commit('a')).id;
  const auto built = new_upload(ci, commit('c')).id;
  const auto rebuilt = new_upload(ci, commit('c')).id;
  const auto declared = new_upload(ci, commit('c'), ArtifactKind::declared).id;
  new_upload(ci, commit('b'), ArtifactKind::built, RunType::pull_request);
  new_upload(ci, commit('d'));
  new_upload(ci, commit('e'));
  new_upload(new_ci_config(), commit('c'));
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  for (const Store::Ancestor& ancestor : must(store_->ancestor_uploads(ci, commit('d'))))
    found.emplace_back(ancestor.upload.id, ancestor.behind);
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected = {
      {rebuilt, 1}, {built, 1}, {declared, 1}, {far, 3}};
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(must(store_->ancestor_uploads(ci, commit('f'))).empty());
  EXPECT_EQ(store_->add_ancestors(99, commit('d'), {commit('c')}).error().kind, ErrorKind::not_found);
}

TEST_F(RecordTest, WalksAHistoryThatRunsInACircle) {
  const std::int64_t ci = new_ci_config();
  must(store_->add_ancestors(ci, commit('a'), {commit('b'), commit('a')}));
  new_upload(ci, commit('a'));
  new_upload(ci, commit('b'));
  const auto found = must(store_->ancestor_uploads(ci, commit('a')));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].upload.commit_sha, commit('b'));
  EXPECT_EQ(found[0].behind, 1);
}

RunRecord run_of(std::int64_t ci, std::string pr, model::CommitSha wanted_pr, model::CommitSha wanted_base) {
  RunRecord run;
  run.ci_config_id = ci;
  run.pr_num = std::move(pr);
  run.pr_sha = wanted_pr;
  run.wanted_pr = std::move(wanted_pr);
  run.wanted_base = std::move(wanted_base);
  return run;
}

TEST_F(RecordTest, KeepsRuns) {
  RunRecord run = run_of(new_ci_config(), "7", commit('a'), commit('b'));
  run.pr_branch = "feature";
  run.base_branch = "main";
  run.base_sha = commit('b');
  run.source = "trigger";
  run = must(store_->add_run(run));
  EXPECT_FALSE(run.created_at.empty());
  run.status = RunStatus::done;
  run.pr_upload_id = 3;
  run.submitted_diffs = "[]";
  run.report = std::string("{\"models\": \0 []}", 16);
  must(store_->update_run(run));
  reopen();
  const RunRecord read = must(store_->run(run.id));
  EXPECT_EQ(read.status, RunStatus::done);
  EXPECT_EQ(read.pr_num, "7");
  EXPECT_EQ(read.pr_branch, "feature");
  EXPECT_EQ(read.pr_sha, commit('a'));
  EXPECT_EQ(read.base_branch, "main");
  EXPECT_EQ(read.base_sha, commit('b'));
  EXPECT_EQ(read.source, "trigger");
  EXPECT_EQ(read.created_at, run.created_at);
  EXPECT_GE(read.updated_at, run.updated_at);
  EXPECT_EQ(read.wanted_pr, commit('a'));
  EXPECT_EQ(read.wanted_base, commit('b'));
  EXPECT_EQ(read.pr_upload_id, 3);
  EXPECT_EQ(read.base_upload_id, 0);
  EXPECT_EQ(read.submitted_diffs, "[]");
  EXPECT_EQ(read.report, run.report);
  run.id = 99;
  EXPECT_EQ(store_->update_run(run).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->run(99).error().kind, ErrorKind::not_found);
  run.ci_config_id = 99;
  EXPECT_EQ(store_->add_run(run).error().kind, ErrorKind::not_found);
}

std::vector<std::int64_t> ids(const std::vector<RunRecord>& runs) {
  std::vector<std::int64_t> found;
  for (const RunRecord& run : runs)
    found.push_back(run.id);
  return found;
}

TEST_F(RecordTest, ListsRuns) {
  const std::int64_t ci = new_ci_config();
  const auto a = must(store_->add_run(run_of(ci, "7", commit('a'), {}))).id;
  const auto b = must(store_->add_run(run_of(ci, "8", commit('b'), {}))).id;
  const auto c = must(store_->add_run(run_of(ci, "7", commit('c'), {}))).id;
  must(store_->add_run(run_of(new_ci_config(), "7", commit('a'), {})));
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(ids(must(store_->runs(ci, {}))), (Ids{c, b, a}));
  EXPECT_EQ(ids(must(store_->runs(ci, {.pr_num = "7", .pr_sha = {}}))), (Ids{c, a}));
  EXPECT_EQ(ids(must(store_->runs(ci, {.pr_num = {}, .pr_sha = commit('b')}))), (Ids{b}));
  EXPECT_EQ(ids(must(store_->runs(ci, {.pr_num = {}, .pr_sha = {}, .limit = 0, .offset = 1}))), (Ids{b}));
  EXPECT_EQ(must(store_->runs_in(RunStatus::waiting)).front().id, a);
  EXPECT_TRUE(must(store_->runs_in(RunStatus::done)).empty());
}

TEST_F(RecordTest, KeepsDiffs) {
  DiffRecord diff;
  diff.status = "waiting";
  diff.unique_id = "model.p.m";
  diff.order = "{}";
  diff = must(store_->add_diff(diff));
  EXPECT_EQ(must(store_->diffs_in("waiting")).size(), 1U);
  diff.status = "success";
  diff.figures = "[1]";
  diff.samples = "[2]";
  diff.finished_at = "later";
  must(store_->update_diff(diff));
  reopen();
  const DiffRecord read = must(store_->diff(diff.id));
  EXPECT_EQ(read.ci_config_id, 0);
  EXPECT_EQ(read.unique_id, "model.p.m");
  EXPECT_EQ(read.status, "success");
  EXPECT_EQ(read.order, "{}");
  EXPECT_EQ(read.figures, "[1]");
  EXPECT_EQ(read.samples, "[2]");
  EXPECT_EQ(read.created_at, diff.created_at);
  EXPECT_EQ(read.finished_at, "later");
  EXPECT_TRUE(must(store_->diffs_in("waiting")).empty());
  EXPECT_EQ(store_->diff(99).error().kind, ErrorKind::not_found);
}

TEST_F(RecordTest, RemovesWhatBelongsToACiConfig) {
  const std::int64_t ci = new_ci_config();
  const auto upload = new_upload(ci, commit('a')).id;
  must(store_->add_ancestors(ci, commit('a'), {commit('b')}));
  const auto run = must(store_->add_run(run_of(ci, "7", commit('a'), {}))).id;
  DiffRecord diff;
  diff.ci_config_id = ci;
  diff.ci_run_id = run;
  diff = must(store_->add_diff(diff));
  must(store_->remove_ci_config(ci));
  EXPECT_EQ(store_->upload(upload).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->run(run).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->diff(diff.id).error().kind, ErrorKind::not_found);
}

TEST_F(RecordTest, IsServedByOneStoreAtATime) {
  const auto second = Store::open(folder());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_NE(second.error().message.find("another process"), std::string::npos);
  store_.reset();
  EXPECT_TRUE(Store::open(folder()).ok());
}

TEST_F(RecordTest, IsRefusedWhereANewerProgramWroteIt) {
  store_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder() / "record.sqlite").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version = 1000", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const auto opened = Store::open(folder());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
  EXPECT_NE(opened.error().message.find("newer"), std::string::npos);
}

TEST_F(RecordTest, IsRefusedWhereItIsNoDatabase) {
  store_.reset();
  std::ofstream(folder() / "record.sqlite", std::ios::trunc) << std::string(5000, 'x');
  EXPECT_EQ(Store::open(folder()).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace vernier::store
