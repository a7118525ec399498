// SPDX-License-Identifier: Apache-2.0
#include "store/runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/uploads.h"

namespace vernier::store {
namespace {

// As read_run() takes them.
#define RUN_COLUMNS                                                                     \
  "id, ci_config_id, status, pr_num, pr_branch, pr_sha, base_branch, base_sha, source," \
  " created_at, updated_at, wanted_pr, wanted_base, pr_upload_id, base_upload_id,"      \
  " submitted_diffs, report, wishes, deadline_at"

// As read_diff() takes them.
#define DIFF_COLUMNS                                                                         \
  "id, ci_config_id, ci_run_id, unique_id, status, \"order\", figures, samples, created_at," \
  " finished_at"

Result<RunRecord> read_run(Row& row) {
  RunRecord run;
  run.id = row.integer();
  run.ci_config_id = row.integer();
  run.status = TRY(model::parse_run_status(row.text()));
  run.pr_num = row.text();
  run.pr_branch = row.text();
  run.pr_sha = TRY(read_commit(row));
  run.base_branch = row.text();
  run.base_sha = TRY(read_commit(row));
  run.source = row.text();
  run.created_at = row.text();
  run.updated_at = row.text();
  run.wanted_pr = TRY(read_commit(row));
  run.wanted_base = TRY(read_commit(row));
  run.pr_upload_id = row.integer();
  run.base_upload_id = row.integer();
  run.submitted_diffs = row.text();
  run.report = row.text();
  run.wishes = row.text();
  run.deadline_at = row.text();
  return run;
}

Result<DiffRecord> read_diff(Row& row) {
  return DiffRecord{.id = row.integer(),
                    .ci_config_id = row.integer(),
                    .ci_run_id = row.integer(),
                    .unique_id = row.text(),
                    .status = row.text(),
                    .order = row.text(),
                    .figures = row.text(),
                    .samples = row.text(),
                    .created_at = row.text(),
                    .finished_at = row.text()};
}

}  // namespace

Result<RunRecord> add_run(const Session& session, RunRecord run) {
  if (run.created_at.empty()) run.created_at = now_utc();
  if (run.updated_at.empty()) run.updated_at = run.created_at;
  const Result<std::int64_t> id = session.insert(
      "INSERT INTO runs (ci_config_id, status, pr_num, pr_branch, pr_sha, base_branch, base_sha, source,"
      " created_at, updated_at, wanted_pr, wanted_base, pr_upload_id, base_upload_id, submitted_diffs, "
      "report, wishes, deadline_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {run.ci_config_id, model::to_string(run.status), run.pr_num, run.pr_branch, run.pr_sha.text(),
       run.base_branch, run.base_sha.text(), run.source, run.created_at, run.updated_at, run.wanted_pr.text(),
       run.wanted_base.text(), or_null(run.pr_upload_id), or_null(run.base_upload_id), run.submitted_diffs,
       run.report, run.wishes, run.deadline_at});
  if (!id.ok()) return id.error().during(fmt::format("add a run of CI config {}", run.ci_config_id));
  run.id = *id;
  return run;
}

Status update_run(const Session& session, const RunRecord& run) {
  return session.change(
      "UPDATE runs SET status = ?, pr_num = ?, pr_branch = ?, pr_sha = ?, base_branch = ?, base_sha = ?,"
      " source = ?, updated_at = ?, wanted_pr = ?, wanted_base = ?, pr_upload_id = ?, base_upload_id = ?,"
      " submitted_diffs = ?, report = ?, wishes = ?, deadline_at = ? WHERE id = ?",
      {model::to_string(run.status), run.pr_num, run.pr_branch, run.pr_sha.text(), run.base_branch,
       run.base_sha.text(), run.source, now_utc(), run.wanted_pr.text(), run.wanted_base.text(),
       or_null(run.pr_upload_id), or_null(run.base_upload_id), run.submitted_diffs, run.report, run.wishes,
       run.deadline_at, run.id},
      fmt::format("CI run {}", run.id));
}

Result<RunRecord> find_run(const Session& session, std::int64_t id) {
  return session.select_one<RunRecord>("SELECT " RUN_COLUMNS " FROM runs WHERE id = ?", {id}, read_run,
                                       fmt::format("CI run {}", id));
}

Result<std::vector<RunRecord>> list_runs(const Session& session, std::int64_t ci_config_id,
                                         const RunFilter& filter) {
  Value pr_num;
  Value pr_sha;
  if (filter.pr_num) pr_num = std::string_view(*filter.pr_num);
  if (filter.pr_sha) pr_sha = std::string_view(filter.pr_sha->text());
  return session.select<RunRecord>(
      "SELECT " RUN_COLUMNS
      " FROM runs WHERE ci_config_id = ?1 AND (?2 IS NULL OR pr_num = ?2)"
      " AND (?3 IS NULL OR pr_sha = ?3) ORDER BY id DESC LIMIT ?4 OFFSET ?5",
      {ci_config_id, pr_num, pr_sha, std::clamp<std::int64_t>(filter.limit, 1, 1000),
       std::max<std::int64_t>(filter.offset, 0)},
      read_run);
}

Result<std::vector<RunRecord>> runs_in(const Session& session, model::RunStatus status) {
  return session.select<RunRecord>("SELECT " RUN_COLUMNS " FROM runs WHERE status = ? ORDER BY id",
                                   {model::to_string(status)}, read_run);
}

Result<DiffRecord> add_diff(const Session& session, DiffRecord diff) {
  if (diff.created_at.empty()) diff.created_at = now_utc();
  const Result<std::int64_t> id = session.insert(
      "INSERT INTO diffs (ci_config_id, ci_run_id, unique_id, status, \"order\", figures, samples, "
      "created_at,"
      " finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {or_null(diff.ci_config_id), or_null(diff.ci_run_id), diff.unique_id, diff.status, diff.order,
       diff.figures, diff.samples, diff.created_at, diff.finished_at});
  if (!id.ok()) return id.error().during(fmt::format("add a diff of CI config {}", diff.ci_config_id));
  diff.id = *id;
  return diff;
}

Status update_diff(const Session& session, const DiffRecord& diff) {
  return session.change(
      "UPDATE diffs SET unique_id = ?, status = ?, \"order\" = ?, figures = ?, samples = ?, finished_at = ?"
      " WHERE id = ?",
      {diff.unique_id, diff.status, diff.order, diff.figures, diff.samples, diff.finished_at, diff.id},
      fmt::format("data diff {}", diff.id));
}

Result<DiffRecord> find_diff(const Session& session, std::int64_t id) {
  return session.select_one<DiffRecord>("SELECT " DIFF_COLUMNS " FROM diffs WHERE id = ?", {id}, read_diff,
                                        fmt::format("data diff {}", id));
}

Result<std::vector<DiffRecord>> diffs_in(const Session& session, std::string_view status) {
  return session.select<DiffRecord>("SELECT " DIFF_COLUMNS " FROM diffs WHERE status = ? ORDER BY id",
                                    {status}, read_diff);
}

Result<std::vector<DiffRecord>> list_diffs(const Session& session, const DiffFilter& filter) {
  return session.select<DiffRecord>(
      fmt::format("SELECT id, ci_config_id, ci_run_id, unique_id, status, \"order\", figures, '', created_at,"
                  " finished_at FROM diffs ORDER BY id {} LIMIT ? OFFSET ?",
                  filter.oldest_first ? "ASC" : "DESC"),
      {std::clamp<std::int64_t>(filter.limit, 1, 1000), std::max<std::int64_t>(filter.offset, 0)}, read_diff);
}

Result<std::int64_t> count_diffs(const Session& session) {
  return session.select_one<std::int64_t>(
      "SELECT count(*) FROM diffs", {}, [](Row& row) { return Result<std::int64_t>(row.integer()); },
      "the number of diffs");
}

}  // namespace vernier::store
