// SPDX-License-Identifier: Apache-2.0
#include "ci/resolve.h"

#include <fmt/format.h>

#include <algorithm>

namespace vernier::ci {
namespace {

using model::ResolutionStep;
using model::RunType;

// Precondition: `uploads` is newest first and not empty.
const model::Upload& best_of(const std::vector<model::Upload>& uploads) {
  const auto built = std::find_if(uploads.begin(), uploads.end(), [](const model::Upload& upload) {
    return upload.kind == model::ArtifactKind::built;
  });
  return built == uploads.end() ? uploads.front() : *built;
}

model::Resolution taken(const model::Upload& upload, const model::CommitSha& wanted, ResolutionStep step) {
  model::Resolution resolution;
  resolution.wanted = wanted;
  resolution.used = upload.commit_sha;
  resolution.step = step;
  resolution.kind = upload.kind;
  resolution.upload_id = upload.id;
  if (step == ResolutionStep::exact) resolution.behind = 0;
  return resolution;
}

Result<std::optional<model::Upload>> find_exact(store::Store& store, std::int64_t ci_config_id, RunType type,
                                                const model::CommitSha& commit) {
  store::UploadFilter filter;
  filter.run_type = type;
  filter.commit_sha = commit;
  const auto uploads = TRY(store.uploads(ci_config_id, filter));
  if (uploads.empty()) return std::optional<model::Upload>();
  return std::optional(best_of(uploads));
}

// A production upload that carries the pull-request upload's run id belongs with it, whatever its commit.
Result<std::optional<model::Upload>> find_pair(store::Store& store, std::int64_t ci_config_id,
                                               const std::optional<model::Upload>& pr_upload) {
  if (!pr_upload || pr_upload->run_id.empty()) return std::optional<model::Upload>();
  store::UploadFilter filter;
  filter.run_type = RunType::production;
  filter.run_id = pr_upload->run_id;
  const auto uploads = TRY(store.uploads(ci_config_id, filter));
  if (uploads.empty()) return std::optional<model::Upload>();
  return std::optional(best_of(uploads));
}

struct Side {
  model::Resolution resolution;
  std::optional<model::Upload> upload;
};

Result<Side> resolve_base(store::Store& store, const model::CiConfig& config, const store::RunRecord& run,
                          const std::optional<model::Upload>& pr_upload) {
  if (const auto pair = TRY(find_pair(store, config.id, pr_upload)))
    return Side{taken(*pair, pair->commit_sha, ResolutionStep::exact), pair};

  store::UploadFilter newest;
  newest.run_type = RunType::production;
  newest.limit = 1;
  const auto latest = TRY(store.uploads(config.id, newest));
  if (config.base_strategy == "latest") {
    if (latest.empty()) return Side{};
    const model::CommitSha& wanted = latest.front().commit_sha;
    const auto best = TRY(find_exact(store, config.id, RunType::production, wanted));
    return Side{taken(*best, wanted, ResolutionStep::exact), best};
  }
  if (const auto exact = TRY(find_exact(store, config.id, RunType::production, run.base_sha)))
    return Side{taken(*exact, run.base_sha, ResolutionStep::exact), exact};
  const auto ancestors = TRY(store.ancestor_uploads(config.id, run.base_sha));
  if (!ancestors.empty()) {
    Side side{taken(ancestors.front().upload, run.base_sha, ResolutionStep::ancestor),
              ancestors.front().upload};
    side.resolution.behind = ancestors.front().behind;
    return side;
  }
  if (!latest.empty()) {
    const auto best = TRY(find_exact(store, config.id, RunType::production, latest.front().commit_sha));
    return Side{taken(*best, run.base_sha, ResolutionStep::latest), best};
  }
  Side none;
  none.resolution.wanted = run.base_sha;
  return none;
}

std::string used_instead(const model::Resolution& base) {
  switch (base.step) {
    case ResolutionStep::ancestor:
      return fmt::format("Those of its ancestor {}, {} commit{} earlier, were used instead", base.used.text(),
                         base.behind.value_or(0), base.behind == 1 ? "" : "s");
    case ResolutionStep::latest:
      return fmt::format("Those of the newest production upload, {}, were used instead", base.used.text());
    default:
      return "There are no production artifacts at all, so nothing could be compared";
  }
}

// The pull request's artifacts: of its head, or of a test merge of it.
Result<std::optional<model::Upload>> find_head(store::Store& store, std::int64_t ci_config_id,
                                               const model::CommitSha& wanted) {
  if (auto exact = TRY(find_exact(store, ci_config_id, RunType::pull_request, wanted))) return exact;
  const model::CommitSha head = TRY(store.head_of(ci_config_id, wanted)).value_or(wanted);
  if (head != wanted)
    if (auto of_head = TRY(find_exact(store, ci_config_id, RunType::pull_request, head))) return of_head;
  for (const model::CommitSha& merge : TRY(store.test_merges_of(ci_config_id, head)))
    if (auto of_merge = TRY(find_exact(store, ci_config_id, RunType::pull_request, merge))) return of_merge;
  return std::optional<model::Upload>();
}

// The newest artifacts of an earlier head of the same pull request.
Result<std::optional<model::Upload>> find_earlier_head(store::Store& store, const store::RunRecord& run) {
  store::RunFilter same_pull_request;
  same_pull_request.pr_num = run.pr_num;
  for (const store::RunRecord& earlier : TRY(store.runs(run.ci_config_id, same_pull_request)))
    if (earlier.id < run.id && earlier.pr_sha != run.pr_sha)
      if (auto upload = TRY(find_head(store, run.ci_config_id, earlier.pr_sha))) return upload;
  return std::optional<model::Upload>();
}

Finding missing(std::int64_t ci_config_id, RunType type, const model::Resolution& resolution) {
  Finding finding;
  finding.code = "artifacts_missing";
  finding.run_type = model::to_string(type);
  finding.commit_sha = resolution.wanted.text();
  if (type == RunType::pull_request) {
    finding.message = fmt::format(
        "The dbt artifacts of this pull request's head, commit {}, have not arrived. {}The run goes on by "
        "itself when they do.",
        resolution.wanted.text(),
        resolution.used.empty()
            ? ""
            : fmt::format("Those of its earlier head {} were used instead. ", resolution.used.text()));
  } else if (resolution.wanted.empty()) {
    finding.message = "No production artifacts have been uploaded yet, so nothing could be compared.";
    finding.command =
        fmt::format("datafold dbt upload --ci-config-id {} --run-type production --target-folder ./target/",
                    ci_config_id);
    return finding;
  } else {
    finding.message = fmt::format(
        "The dbt artifacts of the production commit {} are missing. {}; models that changed between the two "
        "commits may be counted wrongly. The report puts itself right when the missing artifacts arrive.",
        resolution.wanted.text(), used_instead(resolution));
    if (resolution.step == ResolutionStep::none)
      finding.message = fmt::format(
          "The dbt artifacts of the production commit {} are missing. {}. The report completes itself when "
          "the "
          "artifacts arrive.",
          resolution.wanted.text(), used_instead(resolution));
  }
  finding.command = upload_command(ci_config_id, type, resolution.wanted);
  return finding;
}

void note_upload(const model::Upload& upload, Findings& warnings) {
  const std::string side = upload.run_type == RunType::production ? "production" : "pull request";
  if (upload.kind == model::ArtifactKind::declared)
    warnings.push_back(
        {"declared_not_built",
         fmt::format("The {} artifacts of {} only declare a state: no `dbt build`, `run`, `seed` or "
                     "`snapshot` wrote them, so the tables may have been built from another commit.",
                     side, upload.commit_sha.text()),
         "", std::string(model::to_string(upload.run_type)), upload.commit_sha.text()});
  if (upload.mixed_invocations)
    warnings.push_back(
        {"mixed_invocations",
         fmt::format("In the {} artifacts of {}, manifest.json and run_results.json come from "
                     "different dbt invocations; upload the target folder right after the build.",
                     side, upload.commit_sha.text()),
         "", std::string(model::to_string(upload.run_type)), upload.commit_sha.text()});
  // What compares an upload with the other side is judged anew against the side that the run takes.
  for (const Finding& finding : upload.warnings)
    if (finding.code != "wrong_target" && finding.code != "dbt_versions_differ" &&
        finding.code != "adapters_differ")
      warnings.push_back(finding);
}

}  // namespace

std::string upload_command(std::int64_t ci_config_id, RunType type, const model::CommitSha& commit) {
  return fmt::format(
      "datafold dbt upload --ci-config-id {} --run-type {} --target-folder ./target/ --commit-sha {}",
      ci_config_id, model::to_string(type), commit.text());
}

Result<ResolvedArtifacts> resolve(store::Store& store, const model::CiConfig& config,
                                  const store::RunRecord& run, bool overdue) {
  ResolvedArtifacts resolved;
  resolved.pr.wanted = run.pr_sha;
  resolved.pr_upload = TRY(find_head(store, config.id, run.pr_sha));
  if (resolved.pr_upload) {
    resolved.pr = taken(*resolved.pr_upload, run.pr_sha, ResolutionStep::exact);
  } else {
    if (overdue) resolved.pr_upload = TRY(find_earlier_head(store, run));
    if (resolved.pr_upload) resolved.pr = taken(*resolved.pr_upload, run.pr_sha, ResolutionStep::latest);
    resolved.warnings.push_back(missing(config.id, RunType::pull_request, resolved.pr));
  }
  if (resolved.pr_upload) note_upload(*resolved.pr_upload, resolved.warnings);
  Side base = TRY(resolve_base(store, config, run, resolved.pr_upload));
  resolved.base = base.resolution;
  resolved.base_upload = std::move(base.upload);
  if (resolved.base.step != ResolutionStep::exact)
    resolved.warnings.push_back(missing(config.id, RunType::production, resolved.base));
  if (resolved.base_upload) note_upload(*resolved.base_upload, resolved.warnings);
  return resolved;
}

}  // namespace vernier::ci
