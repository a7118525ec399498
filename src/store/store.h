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
#include "model/pull_request.h"
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
  std::string wishes;       // JSON of what the run was told beside its commits, opaque here; may be empty
  std::string deadline_at;  // until then it waits for its head's artifacts; empty: for ever
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

// Narrows diffs(). The limit is clamped to 1..1000.
struct DiffFilter {
  std::int64_t limit = 100;
  std::int64_t offset = 0;
  bool oldest_first = false;
};

// A data diff as the record has it. `order`, `figures` and `samples` are JSON texts, opaque here.
struct DiffRecord {
  std::int64_t id = 0;
  std::int64_t ci_config_id = 0;  // 0 where no CI run asked for it
  std::int64_t ci_run_id = 0;
  std::string unique_id;  // the dbt node; empty where none
  std::string status;     // "waiting", "running", "success", "failed", "cancelled"
  std::string order;
  std::string figures;
  std::string samples;
  std::string created_at;
  std::string finished_at;
};

// Something that a forge told, or that is to be asked of it, until somebody has worked on it.
struct EventRecord {
  std::int64_t id = 0;
  std::int64_t ci_config_id = 0;
  std::string subject;  // events of one subject are worked on one after the other: "pr/7"
  std::string body;     // JSON, opaque here
  std::string due_at;   // UTC
  std::int64_t attempts = 0;
};

// What a pull request shows: the comment and the check as last written.
struct Publication {
  std::int64_t ci_config_id = 0;
  std::int64_t pr_number = 0;
  std::string due_at;  // UTC; empty: nothing to do
  std::int64_t attempts = 0;
  std::string error;  // of the last try
  std::string comment_id;
  std::string comment_hash;
  model::CommitSha check_sha;
  std::string check_id;
  std::string check_hash;
};

// The production upload whose dbt run last built a relation.
struct Build {
  std::string relation;  // as the ledger's keeper spells it
  model::CommitSha commit_sha;
  std::int64_t upload_id = 0;
  std::string built_at;  // UTC
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

  // Pull requests. A test merge that the pull request names is remembered beside it.
  virtual Status put_pull_request(std::int64_t ci_config_id, const model::PullRequest& pull_request) = 0;
  virtual Result<std::optional<model::PullRequest>> pull_request(std::int64_t ci_config_id,
                                                                 std::int64_t number) = 0;
  virtual Result<std::vector<model::PullRequest>> open_pull_requests(std::int64_t ci_config_id) = 0;
  // Of which head a test merge was made; and all test merges that were made of a head.
  virtual Result<std::optional<model::CommitSha>> head_of(std::int64_t ci_config_id,
                                                          const model::CommitSha& merge) = 0;
  virtual Result<std::vector<model::CommitSha>> test_merges_of(std::int64_t ci_config_id,
                                                               const model::CommitSha& head) = 0;

  // Events. `add_event` gives false and does nothing where the CI config has had a delivery of that id
  // (empty: not looked at) within the last month. Due ones come oldest first.
  virtual Result<bool> add_event(const EventRecord& event, std::string_view delivery_id) = 0;
  virtual Result<std::vector<EventRecord>> due_events(std::string_view now, std::int64_t limit) = 0;
  virtual Status postpone_event(const EventRecord& event) = 0;
  // The newest event that asks for the same (CI config, subject, body); 0 where `event` itself is gone or not
  // due. What is done for one of them is done for all up to that one, which remove_events() then drops.
  virtual Result<std::int64_t> newest_like(const EventRecord& event, std::string_view now) = 0;
  virtual Status remove_events(const EventRecord& event, std::int64_t up_to_id) = 0;

  // Publications. `put_publication` adds or replaces; `touch_publication` makes one due at once.
  virtual Status put_publication(const Publication& publication) = 0;
  virtual Status touch_publication(std::int64_t ci_config_id, std::int64_t pr_number) = 0;
  virtual Result<std::optional<Publication>> publication(std::int64_t ci_config_id,
                                                         std::int64_t pr_number) = 0;
  virtual Result<std::vector<Publication>> due_publications(std::string_view now) = 0;

  // The ledger. A build older than the one on record is left out.
  virtual Status add_builds(std::int64_t ci_config_id, const std::vector<Build>& builds) = 0;
  virtual Result<std::vector<Build>> builds(std::int64_t ci_config_id) = 0;
  // Commits from `ancestor` to `commit` along first parents; nullopt where the known history does not tell.
  virtual Result<std::optional<std::int64_t>> distance(std::int64_t ci_config_id,
                                                       const model::CommitSha& ancestor,
                                                       const model::CommitSha& commit) = 0;

  // Diffs. `add_diff` sets id, and created_at if it is empty.
  virtual Result<DiffRecord> add_diff(DiffRecord diff) = 0;
  virtual Status update_diff(const DiffRecord& diff) = 0;
  virtual Result<DiffRecord> diff(std::int64_t id) = 0;
  virtual Result<std::vector<DiffRecord>> diffs_in(std::string_view status) = 0;
  // As lists show them, without their samples; and how many there are in all.
  virtual Result<std::vector<DiffRecord>> diffs(const DiffFilter& filter) = 0;
  virtual Result<std::int64_t> diff_count() = 0;
};

}  // namespace vernier::store
