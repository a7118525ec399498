// SPDX-License-Identifier: Apache-2.0
#include "store/forges.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "store/uploads.h"

namespace vernier::store {
namespace {

constexpr std::chrono::hours deliveries_kept{24 * 31};

// As read_pull_request() takes them.
#define PULL_REQUEST_COLUMNS                                                        \
  "number, open, title, author, url, head_branch, head_sha, base_branch, base_sha," \
  " merge_base, from_fork, head_project_id, labels"

// As read_publication() takes them.
#define PUBLICATION_COLUMNS                                                     \
  "ci_config_id, pr_number, due_at, attempts, error, comment_id, comment_hash," \
  " check_sha, check_id, check_hash"

Result<model::PullRequest> read_pull_request(Row& row) {
  model::PullRequest pull_request;
  pull_request.number = row.integer();
  pull_request.open = row.integer() != 0;
  pull_request.title = row.text();
  pull_request.author = row.text();
  pull_request.url = row.text();
  pull_request.head_branch = row.text();
  pull_request.head_sha = TRY(read_commit(row));
  pull_request.base_branch = row.text();
  pull_request.base_sha = TRY(read_commit(row));
  pull_request.merge_base = TRY(read_commit(row));
  pull_request.from_fork = row.integer() != 0;
  pull_request.head_project_id = row.integer();
  const Json labels = TRY(parse_json(row.text()));
  for (const Json& label : labels)
    if (label.is_string()) pull_request.labels.push_back(label.get<std::string>());
  return pull_request;
}

Result<Publication> read_publication(Row& row) {
  Publication publication;
  publication.ci_config_id = row.integer();
  publication.pr_number = row.integer();
  publication.due_at = row.text();
  publication.attempts = row.integer();
  publication.error = row.text();
  publication.comment_id = row.text();
  publication.comment_hash = row.text();
  publication.check_sha = TRY(read_commit(row));
  publication.check_id = row.text();
  publication.check_hash = row.text();
  return publication;
}

template <typename T>
std::optional<T> first_of(std::vector<T> rows) {
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

}  // namespace

Status put_pull_request(const Session& session, std::int64_t ci_config_id,
                        const model::PullRequest& pull_request) {
  const std::string labels = dump_json(Json(pull_request.labels));
  Transaction transaction = TRY(Transaction::begin(session));
  TRY(session.execute(
      "INSERT OR REPLACE INTO pull_requests (ci_config_id, " PULL_REQUEST_COLUMNS
      ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {ci_config_id, pull_request.number, std::int64_t{pull_request.open}, pull_request.title,
       pull_request.author, pull_request.url, pull_request.head_branch, pull_request.head_sha.text(),
       pull_request.base_branch, pull_request.base_sha.text(), pull_request.merge_base.text(),
       std::int64_t{pull_request.from_fork}, pull_request.head_project_id, labels}));
  // Only an open pull request's merge is a test: afterwards it is the merge into the base branch itself.
  if (pull_request.open && !pull_request.merge_commit_sha.empty())
    TRY(session.execute(
        "INSERT OR REPLACE INTO test_merges (ci_config_id, merge_sha, head_sha) VALUES (?, ?, ?)",
        {ci_config_id, pull_request.merge_commit_sha.text(), pull_request.head_sha.text()}));
  return transaction.commit();
}

Result<std::optional<model::PullRequest>> find_pull_request(const Session& session, std::int64_t ci_config_id,
                                                            std::int64_t number) {
  return first_of(TRY(session.select<model::PullRequest>(
      "SELECT " PULL_REQUEST_COLUMNS " FROM pull_requests WHERE ci_config_id = ? AND number = ?",
      {ci_config_id, number}, read_pull_request)));
}

Result<std::vector<model::PullRequest>> open_pull_requests(const Session& session,
                                                           std::int64_t ci_config_id) {
  return session.select<model::PullRequest>(
      "SELECT " PULL_REQUEST_COLUMNS " FROM pull_requests WHERE ci_config_id = ? AND open ORDER BY number",
      {ci_config_id}, read_pull_request);
}

Result<std::optional<model::CommitSha>> head_of(const Session& session, std::int64_t ci_config_id,
                                                const model::CommitSha& merge) {
  return first_of(TRY(session.select<model::CommitSha>(
      "SELECT head_sha FROM test_merges WHERE ci_config_id = ? AND merge_sha = ?",
      {ci_config_id, merge.text()}, read_commit)));
}

Result<std::vector<model::CommitSha>> test_merges_of(const Session& session, std::int64_t ci_config_id,
                                                     const model::CommitSha& head) {
  return session.select<model::CommitSha>(
      "SELECT merge_sha FROM test_merges WHERE ci_config_id = ? AND head_sha = ? LIMIT 100",
      {ci_config_id, head.text()}, read_commit);
}

Result<bool> add_event(const Session& session, const EventRecord& event, std::string_view delivery_id) {
  Transaction transaction = TRY(Transaction::begin(session));
  if (!delivery_id.empty()) {
    TRY(session.execute("DELETE FROM deliveries WHERE received_at < ?", {utc_in(-deliveries_kept)}));
    const auto seen = TRY(session.select<std::int64_t>(
        "SELECT 1 FROM deliveries WHERE ci_config_id = ? AND delivery_id = ?",
        {event.ci_config_id, delivery_id}, [](Row& row) -> Result<std::int64_t> { return row.integer(); }));
    if (!seen.empty()) return false;
    TRY(session.execute("INSERT INTO deliveries (ci_config_id, delivery_id, received_at) VALUES (?, ?, ?)",
                        {event.ci_config_id, delivery_id, now_utc()}));
  }
  TRY(session.insert(
      "INSERT INTO events (ci_config_id, subject, body, due_at, attempts) VALUES (?, ?, ?, ?, ?)",
      {event.ci_config_id, event.subject, event.body, event.due_at, event.attempts}));
  TRY(transaction.commit());
  return true;
}

Result<std::vector<EventRecord>> due_events(const Session& session, std::string_view now,
                                            std::int64_t limit) {
  return session.select<EventRecord>(
      "SELECT id, ci_config_id, subject, body, due_at, attempts FROM events WHERE due_at <= ?"
      " ORDER BY id LIMIT ?",
      {now, limit}, [](Row& row) -> Result<EventRecord> {
        return EventRecord{.id = row.integer(),
                           .ci_config_id = row.integer(),
                           .subject = row.text(),
                           .body = row.text(),
                           .due_at = row.text(),
                           .attempts = row.integer()};
      });
}

Status postpone_event(const Session& session, const EventRecord& event) {
  return session.execute("UPDATE events SET due_at = ?, attempts = ? WHERE id = ?",
                         {event.due_at, event.attempts, event.id});
}

Result<std::int64_t> newest_like(const Session& session, const EventRecord& event, std::string_view now) {
  return session.select_one<std::int64_t>(
      "SELECT coalesce(max(id), 0) FROM events WHERE ci_config_id = ?1 AND subject = ?2 AND body = ?3"
      " AND EXISTS (SELECT 1 FROM events WHERE id = ?4 AND due_at <= ?5)",
      {event.ci_config_id, event.subject, event.body, event.id, now},
      [](Row& row) -> Result<std::int64_t> { return row.integer(); }, "event");
}

Status remove_events(const Session& session, const EventRecord& event, std::int64_t up_to_id) {
  return session.execute("DELETE FROM events WHERE ci_config_id = ? AND subject = ? AND body = ? AND id <= ?",
                         {event.ci_config_id, event.subject, event.body, up_to_id});
}

Status put_publication(const Session& session, const Publication& publication) {
  return session.execute(
      "INSERT OR REPLACE INTO publications (" PUBLICATION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {publication.ci_config_id, publication.pr_number, publication.due_at, publication.attempts,
       publication.error, publication.comment_id, publication.comment_hash, publication.check_sha.text(),
       publication.check_id, publication.check_hash});
}

Status touch_publication(const Session& session, std::int64_t ci_config_id, std::int64_t pr_number) {
  return session.execute("INSERT INTO publications (" PUBLICATION_COLUMNS
                         ") VALUES (?, ?, ?, 0, '', '', '', '', '', '')"
                         " ON CONFLICT DO UPDATE SET due_at = excluded.due_at, attempts = 0",
                         {ci_config_id, pr_number, now_utc()});
}

Result<std::optional<Publication>> find_publication(const Session& session, std::int64_t ci_config_id,
                                                    std::int64_t pr_number) {
  return first_of(TRY(session.select<Publication>(
      "SELECT " PUBLICATION_COLUMNS " FROM publications WHERE ci_config_id = ? AND pr_number = ?",
      {ci_config_id, pr_number}, read_publication)));
}

Result<std::vector<Publication>> due_publications(const Session& session, std::string_view now) {
  return session.select<Publication>("SELECT " PUBLICATION_COLUMNS
                                     " FROM publications WHERE due_at <> '' AND due_at <= ? ORDER BY due_at"
                                     " LIMIT 1000",
                                     {now}, read_publication);
}

}  // namespace vernier::store
