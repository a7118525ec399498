// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/file.h"
#include "base/text.h"
#include "ci/check_upload.h"
#include "ci/ci.h"
#include "ci/late_uploads.h"
#include "ci/manifests.h"
#include "ci/production.h"
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
  const std::string fingerprint = dbt::encode(read.manifest);
  upload.fingerprint_blob = TRY(store_.put_blob_bytes(fingerprint, series)).id;
  TRY_DURING("fingerprint", manifests_->keep(upload.fingerprint_blob, fingerprint));

  upload.received_at = now_utc();
  upload.dbt_version = read.manifest.dbt_version;
  upload.invocation_id = read.manifest.invocation_id;
  upload.kind = read.run_results.kind;
  upload.nodes = static_cast<std::int64_t>(read.manifest.nodes.size());
  upload.mixed_invocations =
      files.run_results && read.run_results.invocation_id != read.manifest.invocation_id;
  upload.warnings = TRY_DURING("check the upload", check_upload(store_, *manifests_, upload, read.manifest));
  if (!ancestors.empty()) TRY(store_.add_ancestors(upload.ci_config_id, upload.commit_sha, ancestors));
  const model::Upload added = TRY(store_.add_upload(std::move(upload)));
  if (added.run_type == model::RunType::production && added.kind == model::ArtifactKind::built)
    TRY_DURING("ledger", record_builds(store_, added, read.manifest, read.run_results));
  spdlog::info("upload {}: {} artifacts of {}, {} nodes, {}", added.id, model::to_string(added.run_type),
               added.commit_sha.abbreviated(), added.nodes, model::to_string(added.kind));
  // The upload is safe by now; a run that could not be woken is found at the next start or upload.
  if (const Status woken = late_uploads_->add(added); !woken.ok())
    spdlog::error("upload {}: wake runs: {}", added.id, woken.error().message);
  return added;
}

}  // namespace vernier::ci
