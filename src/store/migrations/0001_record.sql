R"sql(
-- Ids are never given twice (AUTOINCREMENT): clients keep the ids of CI configs in their own settings.

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

-- `settings` is a JSON object whose absent members take their default; `secrets` is the encrypted rest.
CREATE TABLE data_sources (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  secrets BLOB NOT NULL
) STRICT;

CREATE TABLE ci_configs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  data_source_id INTEGER REFERENCES data_sources (id),
  settings TEXT NOT NULL,
  secrets BLOB NOT NULL
) STRICT;
CREATE INDEX ci_configs_by_data_source ON ci_configs (data_source_id);

-- One row per file below blobs/. `dictionary` is the blob that a delta was compressed against.
CREATE TABLE blobs (
  id TEXT PRIMARY KEY,
  series TEXT NOT NULL,
  dictionary TEXT REFERENCES blobs (id),
  bytes INTEGER NOT NULL,
  bytes_stored INTEGER NOT NULL
) STRICT;
CREATE INDEX blobs_by_dictionary ON blobs (dictionary);
CREATE INDEX blobs_key_frames ON blobs (series) WHERE dictionary IS NULL;

CREATE TABLE uploads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  run_type TEXT NOT NULL,
  commit_sha TEXT NOT NULL,
  run_id TEXT NOT NULL,
  received_at TEXT NOT NULL,
  dbt_version TEXT NOT NULL,
  invocation_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  nodes INTEGER NOT NULL,
  bytes_stored INTEGER NOT NULL,
  manifest_blob TEXT REFERENCES blobs (id),
  run_results_blob TEXT REFERENCES blobs (id),
  catalog_blob TEXT REFERENCES blobs (id),
  fingerprint_blob TEXT REFERENCES blobs (id),
  mixed_invocations INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_by_commit ON uploads (ci_config_id, commit_sha);
CREATE INDEX uploads_by_run_type ON uploads (ci_config_id, run_type);
CREATE INDEX uploads_by_manifest ON uploads (manifest_blob);
CREATE INDEX uploads_by_run_results ON uploads (run_results_blob);
CREATE INDEX uploads_by_catalog ON uploads (catalog_blob);
CREATE INDEX uploads_by_fingerprint ON uploads (fingerprint_blob);

-- First-parent history: a commit has one first parent, whoever tells of it.
CREATE TABLE first_parents (
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  commit_sha TEXT NOT NULL,
  parent_sha TEXT NOT NULL,
  PRIMARY KEY (ci_config_id, commit_sha)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ci_config_id INTEGER NOT NULL REFERENCES ci_configs (id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  pr_num TEXT NOT NULL,
  pr_branch TEXT NOT NULL,
  pr_sha TEXT NOT NULL,
  base_branch TEXT NOT NULL,
  base_sha TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  wanted_pr TEXT NOT NULL,
  wanted_base TEXT NOT NULL,
  pr_upload_id INTEGER,
  base_upload_id INTEGER,
  submitted_diffs TEXT NOT NULL,
  report TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_pull_request ON runs (ci_config_id, pr_num);
CREATE INDEX runs_by_status ON runs (status);
CREATE INDEX runs_by_wanted_pr ON runs (ci_config_id, wanted_pr);
CREATE INDEX runs_by_wanted_base ON runs (ci_config_id, wanted_base);

CREATE TABLE diffs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ci_config_id INTEGER REFERENCES ci_configs (id) ON DELETE CASCADE,
  ci_run_id INTEGER,
  unique_id TEXT NOT NULL,
  status TEXT NOT NULL,
  "order" TEXT NOT NULL,
  figures TEXT NOT NULL,
  samples TEXT NOT NULL,
  created_at TEXT NOT NULL,
  finished_at TEXT NOT NULL
) STRICT;
CREATE INDEX diffs_by_ci_config ON diffs (ci_config_id);
CREATE INDEX diffs_by_status ON diffs (status);
)sql"
