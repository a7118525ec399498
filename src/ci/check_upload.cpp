// SPDX-License-Identifier: Apache-2.0
#include "ci/check_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "ci/plan.h"

namespace vernier::ci {
namespace {

using model::RunType;

Finding finding_of(const model::Upload& upload, std::string code, std::string message) {
  return {std::move(code), std::move(message), "", std::string(model::to_string(upload.run_type)),
          upload.commit_sha.text()};
}

Result<std::optional<model::Upload>> newest_of(store::Store& store, std::int64_t ci_config_id, RunType type) {
  store::UploadFilter filter;
  filter.run_type = type;
  filter.limit = 1;
  const auto uploads = TRY(store.uploads(ci_config_id, filter));
  if (uploads.empty()) return std::optional<model::Upload>();
  return std::optional(uploads.front());
}

// A production upload of a commit that is the head of an open pull request.
Result<Findings> pull_request_as_production(store::Store& store, const model::Upload& upload) {
  Findings findings;
  for (const model::PullRequest& pull_request : TRY(store.open_pull_requests(upload.ci_config_id)))
    if (pull_request.head_sha == upload.commit_sha)
      findings.push_back(finding_of(
          upload, "production_from_pull_request",
          fmt::format(
              "The production artifacts of {} are of the head of pull request {}, which is still open. If "
              "its build was meant, upload them with the run type pull_request.",
              upload.commit_sha.text(), pull_request.number)));
  return findings;
}

// A forge's test merge stands for the head that it was made of.
Result<model::CommitSha> without_test_merge(store::Store& store, const model::Upload& upload,
                                            const model::CommitSha& commit) {
  return TRY(store.head_of(upload.ci_config_id, commit)).value_or(commit);
}

// What dbt recorded of the environment against what the upload was called.
Status check_recorded_commit(store::Store& store, const model::Upload& upload,
                             const model::Manifest& manifest, Findings& findings) {
  std::vector<model::CommitSha> recorded;
  for (const std::string& text : manifest.env_commits)
    if (const auto sha = model::CommitSha::parse(trim(text)); sha.ok()) recorded.push_back(*sha);
  if (recorded.empty()) return {};
  const model::CommitSha named = TRY(without_test_merge(store, upload, upload.commit_sha));
  for (const model::CommitSha& commit : recorded)
    if (TRY(without_test_merge(store, upload, commit)) == named) return {};
  findings.push_back(finding_of(
      upload, "commit_mismatch",
      fmt::format(
          "These artifacts were uploaded for {}, but dbt recorded the commit {} when it wrote them. Pass the "
          "commit that was built as --commit-sha.",
          upload.commit_sha.text(), recorded.front().text())));
  return {};
}

void check_version(const model::Upload& upload, const model::Manifest& manifest, const model::Upload& other,
                   const model::Manifest& other_manifest, Findings& findings) {
  const bool other_is_production = other.run_type == RunType::production;
  const char* side = other_is_production ? "production" : "the newest pull request";
  if (manifest.dbt_version != other_manifest.dbt_version)
    findings.push_back(
        finding_of(upload, "dbt_versions_differ",
                   fmt::format("dbt {} wrote these artifacts, dbt {} those of {}. Use one version for both.",
                               manifest.dbt_version, other_manifest.dbt_version, side)));
  if (manifest.adapter_type != other_manifest.adapter_type)
    findings.push_back(finding_of(
        upload, "adapters_differ",
        fmt::format("These artifacts are for the adapter {}, those of {} for {}; their tables cannot be "
                    "compared in one database.",
                    manifest.adapter_type, side, other_manifest.adapter_type)));
}

void check_target(const model::Upload& upload, const model::Manifest& production,
                  const model::Manifest& manifest, Findings& findings) {
  const SharedRelations shared = shared_relations(production, manifest);
  if (shared.names.empty()) return;
  findings.push_back(finding_of(upload, "wrong_target",
                                fmt::format("These artifacts name production's own relations for {} of {} "
                                            "models, seeds and snapshots. Build the "
                                            "pull request with its own target and upload again.",
                                            shared.names.size(), shared.tables)));
}

}  // namespace

SharedRelations shared_relations(const model::Manifest& base, const model::Manifest& head) {
  SharedRelations shared;
  for (const model::Node& node : head.nodes) {
    if (!has_table(node.resource_type) || node.materialized == "ephemeral") continue;
    const model::Node* before = base.find(node.unique_id);
    if (!before) continue;
    ++shared.tables;
    if (before->relation() == node.relation()) shared.names.emplace_back(node.name);
  }
  return shared;
}

Result<Findings> check_upload(store::Store& store, Manifests& manifests, const model::Upload& upload,
                              const model::Manifest& manifest) {
  const bool production = upload.run_type == RunType::production;
  Findings findings;
  if (production) findings = TRY(pull_request_as_production(store, upload));
  TRY(check_recorded_commit(store, upload, manifest, findings));
  const auto other =
      TRY(newest_of(store, upload.ci_config_id, production ? RunType::pull_request : RunType::production));
  if (!other) return findings;
  const SharedManifest other_manifest = TRY(manifests.of(*other));
  check_version(upload, manifest, *other, *other_manifest, findings);
  if (!production) check_target(upload, *other_manifest, manifest, findings);
  return findings;
}

}  // namespace vernier::ci
