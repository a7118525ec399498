// SPDX-License-Identifier: Apache-2.0
#include "store/uploads.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/finding_json.h"
#include "base/text.h"

namespace vernier::store {
namespace {

constexpr std::size_t ancestors_max = 1000;
// How far back the known history is followed, in commits.
constexpr std::int64_t history_max = 10'000;

// As read_upload() takes them.
#define UPLOAD_COLUMNS                                                          \
  "id, ci_config_id, run_type, commit_sha, run_id, received_at, dbt_version,"   \
  " invocation_id, kind, nodes, bytes_stored, manifest_blob, run_results_blob," \
  " catalog_blob, fingerprint_blob, mixed_invocations, warnings"

std::string findings_to_text(const Findings& findings) {
  return findings.empty() ? std::string() : dump_json(findings_to_json(findings));
}

Result<Findings> findings_from_text(const std::string& text) {
  Findings findings;
  if (text.empty()) return findings;
  const Json list = TRY(parse_json(text));
  for (const Json& item : list)
    findings.push_back(TRY(finding_from_json(item)));
  return findings;
}

Result<model::Upload> read_upload(Row& row) {
  model::Upload upload;
  upload.id = row.integer();
  upload.ci_config_id = row.integer();
  upload.run_type = TRY(model::parse_run_type(row.text()));
  upload.commit_sha = TRY(read_commit(row));
  upload.run_id = row.text();
  upload.received_at = row.text();
  upload.dbt_version = row.text();
  upload.invocation_id = row.text();
  upload.kind = TRY(model::parse_artifact_kind(row.text()));
  upload.nodes = row.integer();
  upload.bytes_stored = row.integer();
  upload.manifest_blob = row.text();
  upload.run_results_blob = row.text();
  upload.catalog_blob = row.text();
  upload.fingerprint_blob = row.text();
  upload.mixed_invocations = row.integer() != 0;
  upload.warnings = TRY(findings_from_text(row.text()));
  return upload;
}

Result<Store::Ancestor> read_ancestor(Row& row) {
  model::Upload upload = TRY(read_upload(row));
  return Store::Ancestor{std::move(upload), row.integer()};
}

}  // namespace

Result<model::CommitSha> read_commit(Row& row) {
  const std::string text = row.text();
  if (text.empty()) return model::CommitSha();
  return model::CommitSha::parse(text);
}

Result<model::Upload> add_upload(const Session& session, model::Upload upload) {
  if (upload.received_at.empty()) upload.received_at = now_utc();
  const Result<std::int64_t> id = session.insert(
      "INSERT INTO uploads (ci_config_id, run_type, commit_sha, run_id, received_at, dbt_version,"
      " invocation_id, kind, nodes, manifest_blob, run_results_blob, catalog_blob, fingerprint_blob,"
      " mixed_invocations, warnings, bytes_stored) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
      " ?13, ?14, ?15,"
      " (SELECT coalesce(sum(bytes_stored), 0) FROM blobs WHERE id IN (?10, ?11, ?12, ?13)))",
      {upload.ci_config_id, model::to_string(upload.run_type), upload.commit_sha.text(), upload.run_id,
       upload.received_at, upload.dbt_version, upload.invocation_id, model::to_string(upload.kind),
       upload.nodes, or_null(upload.manifest_blob), or_null(upload.run_results_blob),
       or_null(upload.catalog_blob), or_null(upload.fingerprint_blob), std::int64_t{upload.mixed_invocations},
       findings_to_text(upload.warnings)});
  if (!id.ok()) return id.error().during(fmt::format("add an upload of CI config {}", upload.ci_config_id));
  return find_upload(session, *id);
}

Result<model::Upload> find_upload(const Session& session, std::int64_t id) {
  return session.select_one<model::Upload>("SELECT " UPLOAD_COLUMNS " FROM uploads WHERE id = ?", {id},
                                           read_upload, fmt::format("upload {}", id));
}

Result<std::vector<model::Upload>> list_uploads(const Session& session, std::int64_t ci_config_id,
                                                const UploadFilter& filter) {
  Value run_type;
  Value commit;
  Value run_id;
  if (filter.run_type) run_type = model::to_string(*filter.run_type);
  if (filter.commit_sha) commit = std::string_view(filter.commit_sha->text());
  if (filter.run_id) run_id = std::string_view(*filter.run_id);
  return session.select<model::Upload>(
      "SELECT " UPLOAD_COLUMNS
      " FROM uploads WHERE ci_config_id = ?1 AND (?2 IS NULL OR run_type = ?2)"
      " AND (?3 IS NULL OR commit_sha = ?3) AND (?4 IS NULL OR run_id = ?4) ORDER BY id DESC LIMIT ?5",
      {ci_config_id, run_type, commit, run_id, std::clamp<std::int64_t>(filter.limit, 1, 1000)}, read_upload);
}

Status add_ancestors(const Session& session, std::int64_t ci_config_id, const model::CommitSha& commit,
                     const std::vector<model::CommitSha>& ancestors) {
  Transaction transaction = TRY(Transaction::begin(session));
  const model::CommitSha* child = &commit;
  const std::size_t known = std::min(ancestors.size(), ancestors_max);
  for (std::size_t i = 0; i < known; child = &ancestors[i++]) {
    const Status added = session.execute(
        "INSERT INTO first_parents (ci_config_id, commit_sha, parent_sha) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        {ci_config_id, child->text(), ancestors[i].text()});
    if (!added.ok() && added.error().kind == ErrorKind::conflict)
      return not_found(fmt::format("CI config {} does not exist", ci_config_id));
    TRY(added);
  }
  return transaction.commit();
}

Result<std::vector<Store::Ancestor>> ancestor_uploads(const Session& session, std::int64_t ci_config_id,
                                                      const model::CommitSha& commit) {
  // Clients tell the history, so it may be wrong and run in a circle: the walk is bounded, each commit
  // counts where it is nearest, and the commit itself is not its own ancestor.
  return session.select<Store::Ancestor>(
      "WITH RECURSIVE line (sha, behind) AS (SELECT ?2, 0"
      " UNION ALL SELECT parent_sha, behind + 1 FROM line JOIN first_parents"
      " ON ci_config_id = ?1 AND commit_sha = sha WHERE behind < ?3),"
      " nearest (sha, behind) AS (SELECT sha, min(behind) FROM line GROUP BY sha)"
      " SELECT " UPLOAD_COLUMNS
      ", behind FROM nearest JOIN uploads ON ci_config_id = ?1 AND commit_sha = sha"
      " WHERE behind > 0 AND run_type = 'production' ORDER BY behind, kind <> 'built', id DESC LIMIT 1000",
      {ci_config_id, commit.text(), history_max}, read_ancestor);
}

Result<std::optional<std::int64_t>> distance(const Session& session, std::int64_t ci_config_id,
                                             const model::CommitSha& ancestor,
                                             const model::CommitSha& commit) {
  const auto found = TRY(session.select<std::int64_t>(
      "WITH RECURSIVE line (sha, behind) AS (SELECT ?2, 0"
      " UNION ALL SELECT parent_sha, behind + 1 FROM line JOIN first_parents"
      " ON ci_config_id = ?1 AND commit_sha = sha WHERE behind < ?4 AND sha <> ?3)"
      " SELECT behind FROM line WHERE sha = ?3 LIMIT 1",
      {ci_config_id, commit.text(), ancestor.text(), history_max},
      [](Row& row) -> Result<std::int64_t> { return row.integer(); }));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

Status add_builds(const Session& session, std::int64_t ci_config_id, const std::vector<Build>& builds) {
  Transaction transaction = TRY(Transaction::begin(session));
  for (const Build& build : builds)
    TRY(session.execute(
        "INSERT INTO builds (ci_config_id, relation, commit_sha, upload_id, built_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET commit_sha = excluded.commit_sha,"
        " upload_id = excluded.upload_id, built_at = excluded.built_at"
        " WHERE excluded.built_at >= builds.built_at",
        {ci_config_id, build.relation, build.commit_sha.text(), build.upload_id, build.built_at}));
  return transaction.commit();
}

Result<std::vector<Build>> all_builds(const Session& session, std::int64_t ci_config_id) {
  return session.select<Build>(
      "SELECT relation, commit_sha, upload_id, built_at FROM builds WHERE ci_config_id = ?", {ci_config_id},
      [](Row& row) -> Result<Build> {
        Build build;
        build.relation = row.text();
        build.commit_sha = TRY(read_commit(row));
        build.upload_id = row.integer();
        build.built_at = row.text();
        return build;
      });
}

}  // namespace vernier::store
