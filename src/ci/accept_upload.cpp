// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/file.h"
#include "base/text.h"
#include "ci/check_upload.h"
#include "ci/ci.h"
#include "ci/production.h"
#include "ci/runner.h"
#include "dbt/dbt.h"

namespace vernier::ci {
namespace {

constexpr std::size_t ancestors_max = 1000;

struct ReadArtifacts {
  model::Manifest manifest;
  dbt::RunResults run_results;
};

// Reads what came out of the archive.
Result<ReadArtifacts> read_artifacts(const dbt::ExtractedArtifacts& files) {
  ReadArtifacts read;
  read.manifest = TRY_DURING("manifest.json", dbt::read_manifest(files.manifest));
  if (files.run_results)
    read.run_results = TRY_DURING("run_results.json", dbt::read_run_results(*files.run_results));
  return read;
}

// Stores one file of the artifacts as a further version of its series; an absent file gives an empty id.
Result<std::string> store_file(store::Store& store, const std::optional<std::filesystem::path>& file,
                               std::int64_t ci_config_id, std::string_view name) {
  if (!file) return std::string();
  return TRY(store.put_blob(*file, fmt::format("ci/{}/{}", ci_config_id, name))).id;
}

// Puts the runs in line that want a commit, but those of closed pull requests.
Status wake_wanting(store::Store& store, Runner& runner, const model::Upload& upload,
                    const model::CommitSha& commit) {
  for (const store::RunRecord& run : TRY(store.runs_wanting(upload.ci_config_id, commit))) {
    const auto pull_request = TRY(store.pull_request(upload.ci_config_id, pull_request_number(run.pr_num)));
    if (pull_request && !pull_request->open) continue;
    spdlog::info("upload {}: wakes run {}, which wanted {}", upload.id, run.id, commit.abbreviated());
    TRY(runner.enqueue_run(run.id));
  }
  return {};
}

// Puts the runs in line that can do better with the upload than without it.
Status wake_runs(store::Store& store, Runner& runner, const model::Upload& upload) {
  TRY(wake_wanting(store, runner, upload, upload.commit_sha));
  // Runs of a pull request and of its test merge serve each other.
  if (upload.run_type == model::RunType::pull_request) {
    if (const auto head = TRY(store.head_of(upload.ci_config_id, upload.commit_sha)))
      TRY(wake_wanting(store, runner, upload, *head));
    for (const model::CommitSha& merge : TRY(store.test_merges_of(upload.ci_config_id, upload.commit_sha)))
      TRY(wake_wanting(store, runner, upload, merge));
  }
  if (upload.run_type != model::RunType::production) return {};
  // The first production artifacts of a project serve runs that had found none at all.
  store::RunFilter recent;
  recent.limit = 1000;
  for (const store::RunRecord& run : TRY(store.runs(upload.ci_config_id, recent)))
    if (run.status == model::RunStatus::done && run.base_upload_id == 0 && run.pr_upload_id != 0)
      TRY(runner.enqueue_run(run.id));
  return {};
}

}  // namespace

Result<model::Upload> Service::accept_upload(const UploadOrder& order) {
  model::Upload upload;
  upload.ci_config_id = TRY(store_.ci_config(order.ci_config_id)).id;
  upload.run_type = TRY(model::parse_run_type(order.run_type));
  upload.commit_sha = TRY(model::CommitSha::parse(order.commit_sha));
  upload.run_id = trim(order.run_id);
  if (upload.run_id.size() > 500) return invalid_input("`run_id` is longer than 500 characters");
  if (order.ancestors.size() > ancestors_max)
    return too_large(
        fmt::format("{} ancestors sent, more than the {} allowed", order.ancestors.size(), ancestors_max));
  std::vector<model::CommitSha> ancestors;
  for (const std::string& text : order.ancestors)
    ancestors.push_back(TRY_DURING("`ancestors`", model::CommitSha::parse(text)));

  const TempDir folder = TRY(TempDir::create(store_.incoming_dir()));
  const dbt::ExtractedArtifacts files = TRY(dbt::extract_artifacts(order.archive, folder.path()));
  const ReadArtifacts read = TRY(read_artifacts(files));

  upload.manifest_blob = TRY(store_file(store_, files.manifest, upload.ci_config_id, "manifest"));
  upload.run_results_blob = TRY(store_file(store_, files.run_results, upload.ci_config_id, "run_results"));
  upload.catalog_blob = TRY(store_file(store_, files.catalog, upload.ci_config_id, "catalog"));
  const std::string series = fmt::format("ci/{}/fingerprint", upload.ci_config_id);
  upload.fingerprint_blob = TRY(store_.put_blob_bytes(dbt::encode(read.manifest), series)).id;

  upload.received_at = now_utc();
  upload.dbt_version = read.manifest.dbt_version;
  upload.invocation_id = read.manifest.invocation_id;
  upload.kind = read.run_results.kind;
  upload.nodes = static_cast<std::int64_t>(read.manifest.nodes.size());
  upload.mixed_invocations =
      files.run_results && read.run_results.invocation_id != read.manifest.invocation_id;
  upload.warnings = TRY_DURING("check the upload", check_upload(store_, upload, read.manifest));
  if (!ancestors.empty()) TRY(store_.add_ancestors(upload.ci_config_id, upload.commit_sha, ancestors));
  const model::Upload added = TRY(store_.add_upload(std::move(upload)));
  if (added.run_type == model::RunType::production && added.kind == model::ArtifactKind::built)
    TRY_DURING("ledger", record_builds(store_, added, read.manifest, read.run_results));
  spdlog::info("upload {}: {} artifacts of {}, {} nodes, {}", added.id, model::to_string(added.run_type),
               added.commit_sha.abbreviated(), added.nodes, model::to_string(added.kind));
  // The upload is safe by now; a run that could not be woken is found again at the next start or upload.
  if (const Status woken = wake_runs(store_, *runner_, added); !woken.ok())
    spdlog::error("upload {}: wake runs: {}", added.id, woken.error().message);
  return added;
}

}  // namespace vernier::ci
