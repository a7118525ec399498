R"sql(
-- What a run was told beside its commits, as JSON; and until when it waits for its head's artifacts.
ALTER TABLE runs ADD COLUMN wishes TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN deadline_at TEXT NOT NULL DEFAULT '';

-- What looked wrong when an upload came in: findings as JSON.
ALTER TABLE uploads ADD COLUMN warnings TEXT NOT NULL DEFAULT '';

-- Pull requests as their forge last told of them.
CREATE TABLE pull_requests (
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  open INTEGER NOT NULL,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  url TEXT NOT NULL,
  head_branch TEXT NOT NULL,
  head_sha TEXT NOT NULL,
  base_branch TEXT NOT NULL,
  base_sha TEXT NOT NULL,
  merge_base TEXT NOT NULL,
  from_fork INTEGER NOT NULL,
  head_project_id INTEGER NOT NULL,
  labels TEXT NOT NULL,
  PRIMARY KEY (ci_config_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX pull_requests_by_head ON pull_requests (ci_config_id, head_sha);

-- A forge's test merge of a pull request, and the head that it was made from: artifacts of the one serve
-- the other.
CREATE TABLE test_merges (
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  merge_sha TEXT NOT NULL,
  head_sha TEXT NOT NULL,
  PRIMARY KEY (ci_config_id, merge_sha)
) STRICT, WITHOUT ROWID;
CREATE INDEX test_merges_by_head ON test_merges (ci_config_id, head_sha);

-- What forges told and nobody has worked on yet. `deliveries` remembers their ids, so that a repeat is known.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  due_at TEXT NOT NULL,
  attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_due ON events (due_at);
CREATE INDEX events_by_ci_config ON events (ci_config_id);
CREATE TABLE deliveries (
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  delivery_id TEXT NOT NULL,
  received_at TEXT NOT NULL,
  PRIMARY KEY (ci_config_id, delivery_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON deliveries (received_at);

-- What a pull request shows of its newest run: the comment and the check as last written, by hash, and when
-- the next try is due (empty: nothing to do).
CREATE TABLE publications (
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  pr_number INTEGER NOT NULL,
  due_at TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT NOT NULL,
  comment_id TEXT NOT NULL,
  comment_hash TEXT NOT NULL,
  check_sha TEXT NOT NULL,
  check_id TEXT NOT NULL,
  check_hash TEXT NOT NULL,
  PRIMARY KEY (ci_config_id, pr_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX publications_due ON publications (due_at) WHERE due_at <> '';

-- The ledger: the production upload whose dbt run last built a relation.
CREATE TABLE builds (
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  relation TEXT NOT NULL,
  commit_sha TEXT NOT NULL,
  upload_id INTEGER NOT NULL,
  built_at TEXT NOT NULL,
  PRIMARY KEY (ci_config_id, relation)
) STRICT, WITHOUT ROWID;
)sql"
