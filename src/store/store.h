// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/artifacts.h"
#include "model/ci_run.h"
#include "model/settings.h"

namespace vernier::store {

// A CI run as the record has it. `report` is report::to_json() of the run as text, opaque here.
struct RunRecord {
  std::int64_t id = 0;
  std::int64_t ci_config_id = 0;
  model::RunStatus status = model::RunStatus::waiting;
  std::string pr_num;
  std::string pr_branch;
  model::CommitSha pr_sha;
  std::string base_branch;
  model::CommitSha base_sha;
  std::string source;
  std::string created_at;
  std::string updated_at;
  // What the run wants, so that a late upload finds it; and the uploads it took (0: none yet).
  model::CommitSha wanted_pr;
  model::CommitSha wanted_base;
  std::int64_t pr_upload_id = 0;
  std::int64_t base_upload_id = 0;
  std::string submitted_diffs;  // JSON of what `ci submit` sent; empty where artifacts decide
  std::string report;
};

// Narrows runs(); unset members do not. Newest first. Limits are clamped to 1..1000.
struct RunFilter {
  std::optional<std::string> pr_num;
  std::optional<model::CommitSha> pr_sha;
  std::int64_t limit = 100;
  std::int64_t offset = 0;
};

// Narrows uploads(); unset members do not. Newest first.
struct UploadFilter {
  std::optional<model::RunType> run_type;
  std::optional<model::CommitSha> commit_sha;
  std::optional<std::string> run_id;
  std::int64_t limit = 100;
};

// A data diff as the record has it. `order`, `figures` and `samples` are JSON texts, opaque here.
struct DiffRecord {
  std::int64_t id = 0;
  std::int64_t ci_config_id = 0;  // 0 where no CI run asked for it
  std::int64_t ci_run_id = 0;
  std::string unique_id;  // the dbt node; empty where none
  std::string status;     // "waiting", "running", "success", "failed"
  std::string order;
  std::string figures;
  std::string samples;
  std::string created_at;
  std::string finished_at;
};

struct StoredBlob {
  std::string id;                  // SHA-256 of the content, hexadecimal
  std::uint64_t bytes = 0;         // of the content
  std::uint64_t bytes_stored = 0;  // on disk
};

// The record and the blobs of one data folder. Every write is durable when it returns: blob first, then
// record (design.md, decision 2). Safe for concurrent use. Layout: docs/formats/store.md.
class Store {
 public:
  // Creates the folder and brings its record to this program's version; a newer record is refused with
  // conflict, a folder that another process serves with conflict as well. Leftovers of a crash are swept.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& data_dir);
  virtual ~Store() = default;

  // A folder on the data folder's own file system for files on their way in.
  virtual std::filesystem::path incoming_dir() const = 0;

  // Keys of the API, kept as salted hashes.
  virtual Result<bool> has_api_keys() = 0;
  virtual Status add_api_key(std::string_view key, std::string_view name) = 0;
  virtual Result<bool> is_api_key(std::string_view key) = 0;

  // Puts a file's content by its hash; content that is there already costs a hash, and is written anew where
  // its file is damaged. `series` names what the content is a further version of ("ci/3/manifest"): an
  // earlier version is its compression dictionary. What no upload names is dropped at the next open().
  // Fails with too_large above 1 GiB.
  virtual Result<StoredBlob> put_blob(const std::filesystem::path& file, std::string_view series) = 0;
  virtual Result<StoredBlob> put_blob_bytes(std::string_view content, std::string_view series) = 0;
  // The content, checked against its hash. Fails with not_found or corrupt.
  virtual Result<std::string> get_blob(std::string_view id) = 0;

  // Settings. Secrets (of data sources' options and repositories) are encrypted at rest.
  virtual Result<model::DataSource> add_data_source(model::DataSource source) = 0;
  virtual Status update_data_source(const model::DataSource& source) = 0;
  virtual Result<model::DataSource> data_source(std::int64_t id) = 0;
  virtual Result<std::vector<model::DataSource>> data_sources() = 0;
  // Fails with conflict where a CI config uses it.
  virtual Status remove_data_source(std::int64_t id) = 0;
  // Both fail with invalid_input where the data source does not exist; data_source_id 0 is none.
  virtual Result<model::CiConfig> add_ci_config(model::CiConfig config) = 0;
  virtual Status update_ci_config(const model::CiConfig& config) = 0;
  virtual Result<model::CiConfig> ci_config(std::int64_t id) = 0;
  virtual Result<std::vector<model::CiConfig>> ci_configs() = 0;
  // Its uploads, runs and diffs go with it.
  virtual Status remove_ci_config(std::int64_t id) = 0;

  // Uploads. `add_upload` sets id, bytes_stored (of the blobs it names) and received_at if it is empty.
  // Fails with not_found where the CI config or a blob does not exist.
  virtual Result<model::Upload> add_upload(model::Upload upload) = 0;
  virtual Result<model::Upload> upload(std::int64_t id) = 0;
  virtual Result<std::vector<model::Upload>> uploads(std::int64_t ci_config_id,
                                                     const UploadFilter& filter) = 0;

  // First-parent history: `ancestors[i]` is i+1 commits before `commit`. The nearest 1000 are kept. Later
  // calls add to what is known, and what two calls told apart is joined.
  virtual Status add_ancestors(std::int64_t ci_config_id, const model::CommitSha& commit,
                               const std::vector<model::CommitSha>& ancestors) = 0;
  struct Ancestor {
    model::Upload upload;
    std::int64_t behind;  // commits from the upload's commit to the one asked for
  };
  // Production uploads of known ancestors of `commit`, nearest first, of one commit built before declared and
  // newest first. `commit` itself is none of them.
  virtual Result<std::vector<Ancestor>> ancestor_uploads(std::int64_t ci_config_id,
                                                         const model::CommitSha& commit) = 0;

  // Runs. `add_run` sets id, and created_at and updated_at if they are empty; `update_run` sets updated_at in
  // the record, and leaves CI config and created_at as they were.
  virtual Result<RunRecord> add_run(RunRecord run) = 0;
  virtual Status update_run(const RunRecord& run) = 0;
  virtual Result<RunRecord> run(std::int64_t id) = 0;
  virtual Result<std::vector<RunRecord>> runs(std::int64_t ci_config_id, const RunFilter& filter) = 0;
  // All runs in a status, oldest first: what a restarted server goes on with.
  virtual Result<std::vector<RunRecord>> runs_in(model::RunStatus status) = 0;
  // Runs, newest per pull request, not cancelled, that want this commit on either side. Where the newest run
  // of a pull request is cancelled or wants another commit, older ones do not count.
  virtual Result<std::vector<RunRecord>> runs_wanting(std::int64_t ci_config_id,
                                                      const model::CommitSha& commit) = 0;

  // Diffs. `add_diff` sets id, and created_at if it is empty.
  virtual Result<DiffRecord> add_diff(DiffRecord diff) = 0;
  virtual Status update_diff(const DiffRecord& diff) = 0;
  virtual Result<DiffRecord> diff(std::int64_t id) = 0;
  virtual Result<std::vector<DiffRecord>> diffs_in(std::string_view status) = 0;
};

}  // namespace vernier::store
