// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>

#include <system_error>

#include "base/file.h"
#include "store/api_keys.h"
#include "store/blobs.h"
#include "store/folder_lock.h"
#include "store/forges.h"
#include "store/migrations.h"
#include "store/runs.h"
#include "store/secrets.h"
#include "store/settings.h"
#include "store/sqlite.h"
#include "store/uploads.h"

namespace vernier::store {
namespace fs = std::filesystem;
namespace {

// Each method is one session on the record; inside the class the free functions of the same name are
// hidden, hence the namespace in front.
class FolderStore final : public Store {
 public:
  FolderStore(fs::path folder, FolderLock lock, SecretKey key, std::unique_ptr<Database> database)
      : incoming_(folder / "incoming"),
        lock_(std::move(lock)),
        key_(std::move(key)),
        database_(std::move(database)),
        blobs_(folder / "blobs", *database_) {}

  Status start() {
    std::error_code code;
    fs::remove_all(incoming_, code);
    fs::create_directory(incoming_, code);
    if (code) return unavailable(fmt::format("clear {}: {}", incoming_.string(), code.message()));
    TRY(migrate(session()));
    TRY(blobs_.open());
    return keys_.load(session());
  }

  fs::path incoming_dir() const override { return incoming_; }

  Result<bool> has_api_keys() override { return !keys_.empty(); }
  Status add_api_key(std::string_view key, std::string_view name) override {
    return keys_.add(session(), key, name);
  }
  Result<bool> is_api_key(std::string_view key) override { return keys_.contains(key); }

  Result<StoredBlob> put_blob(const fs::path& file, std::string_view series) override {
    return blobs_.put(TRY(read_file(file, blob_bytes_max)), series);
  }
  Result<StoredBlob> put_blob_bytes(std::string_view content, std::string_view series) override {
    return blobs_.put(content, series);
  }
  Result<std::string> get_blob(std::string_view id) override { return blobs_.get(id); }

  Result<model::DataSource> add_data_source(model::DataSource source) override {
    return store::add_data_source(session(), key_, std::move(source));
  }
  Status update_data_source(const model::DataSource& source) override {
    return store::update_data_source(session(), key_, source);
  }
  Result<model::DataSource> data_source(std::int64_t id) override {
    return find_data_source(session(), key_, id);
  }
  Result<std::vector<model::DataSource>> data_sources() override { return all_data_sources(session(), key_); }
  Status remove_data_source(std::int64_t id) override { return store::remove_data_source(session(), id); }

  Result<model::CiConfig> add_ci_config(model::CiConfig config) override {
    return store::add_ci_config(session(), key_, std::move(config));
  }
  Status update_ci_config(const model::CiConfig& config) override {
    return store::update_ci_config(session(), key_, config);
  }
  Result<model::CiConfig> ci_config(std::int64_t id) override { return find_ci_config(session(), key_, id); }
  Result<std::vector<model::CiConfig>> ci_configs() override { return all_ci_configs(session(), key_); }
  Status remove_ci_config(std::int64_t id) override { return store::remove_ci_config(session(), id); }

  Result<model::Upload> add_upload(model::Upload upload) override {
    return store::add_upload(session(), std::move(upload));
  }
  Result<model::Upload> upload(std::int64_t id) override { return find_upload(session(), id); }
  Result<std::vector<model::Upload>> uploads(std::int64_t ci_config_id, const UploadFilter& filter) override {
    return list_uploads(session(), ci_config_id, filter);
  }

  Status add_ancestors(std::int64_t ci_config_id, const model::CommitSha& commit,
                       const std::vector<model::CommitSha>& ancestors) override {
    return store::add_ancestors(session(), ci_config_id, commit, ancestors);
  }
  Result<std::vector<Ancestor>> ancestor_uploads(std::int64_t ci_config_id,
                                                 const model::CommitSha& commit) override {
    return store::ancestor_uploads(session(), ci_config_id, commit);
  }

  Result<RunRecord> add_run(RunRecord run) override { return store::add_run(session(), std::move(run)); }
  Status update_run(const RunRecord& run) override { return store::update_run(session(), run); }
  Result<RunRecord> run(std::int64_t id) override { return find_run(session(), id); }
  Result<std::vector<RunRecord>> runs(std::int64_t ci_config_id, const RunFilter& filter) override {
    return list_runs(session(), ci_config_id, filter);
  }
  Result<std::vector<RunRecord>> runs_in(model::RunStatus status) override {
    return store::runs_in(session(), status);
  }

  Status put_pull_request(std::int64_t ci_config_id, const model::PullRequest& pull_request) override {
    return store::put_pull_request(session(), ci_config_id, pull_request);
  }
  Result<std::optional<model::PullRequest>> pull_request(std::int64_t ci_config_id,
                                                         std::int64_t number) override {
    return find_pull_request(session(), ci_config_id, number);
  }
  Result<std::vector<model::PullRequest>> open_pull_requests(std::int64_t ci_config_id) override {
    return store::open_pull_requests(session(), ci_config_id);
  }
  Result<std::optional<model::CommitSha>> head_of(std::int64_t ci_config_id,
                                                  const model::CommitSha& merge) override {
    return store::head_of(session(), ci_config_id, merge);
  }
  Result<std::vector<model::CommitSha>> test_merges_of(std::int64_t ci_config_id,
                                                       const model::CommitSha& head) override {
    return store::test_merges_of(session(), ci_config_id, head);
  }

  Result<bool> add_event(const EventRecord& event, std::string_view delivery_id) override {
    return store::add_event(session(), event, delivery_id);
  }
  Result<std::vector<EventRecord>> due_events(std::string_view now, std::int64_t limit) override {
    return store::due_events(session(), now, limit);
  }
  Status postpone_event(const EventRecord& event) override { return store::postpone_event(session(), event); }
  Result<std::int64_t> newest_like(const EventRecord& event, std::string_view now) override {
    return store::newest_like(session(), event, now);
  }
  Status remove_events(const EventRecord& event, std::int64_t up_to_id) override {
    return store::remove_events(session(), event, up_to_id);
  }

  Status put_publication(const Publication& publication) override {
    return store::put_publication(session(), publication);
  }
  Status touch_publication(std::int64_t ci_config_id, std::int64_t pr_number) override {
    return store::touch_publication(session(), ci_config_id, pr_number);
  }
  Result<std::optional<Publication>> publication(std::int64_t ci_config_id, std::int64_t pr_number) override {
    return find_publication(session(), ci_config_id, pr_number);
  }
  Result<std::vector<Publication>> due_publications(std::string_view now) override {
    return store::due_publications(session(), now);
  }

  Status add_builds(std::int64_t ci_config_id, const std::vector<Build>& builds) override {
    return store::add_builds(session(), ci_config_id, builds);
  }
  Result<std::vector<Build>> builds(std::int64_t ci_config_id) override {
    return all_builds(session(), ci_config_id);
  }
  Result<std::optional<std::int64_t>> distance(std::int64_t ci_config_id, const model::CommitSha& ancestor,
                                               const model::CommitSha& commit) override {
    return store::distance(session(), ci_config_id, ancestor, commit);
  }

  Result<DiffRecord> add_diff(DiffRecord diff) override {
    return store::add_diff(session(), std::move(diff));
  }
  Status update_diff(const DiffRecord& diff) override { return store::update_diff(session(), diff); }
  Result<DiffRecord> diff(std::int64_t id) override { return find_diff(session(), id); }
  Result<std::vector<DiffRecord>> diffs_in(std::string_view status) override {
    return store::diffs_in(session(), status);
  }
  Result<std::vector<DiffRecord>> diffs(const DiffFilter& filter) override {
    return list_diffs(session(), filter);
  }
  Result<std::int64_t> diff_count() override { return count_diffs(session()); }

 private:
  Session session() { return database_->session(); }

  fs::path incoming_;
  FolderLock lock_;
  SecretKey key_;
  std::unique_ptr<Database> database_;
  Blobs blobs_;
  ApiKeys keys_;
};

// The folder holds secrets and people's artifacts, so only its owner enters it.
Status create_folder(const fs::path& folder) {
  std::error_code code;
  if (fs::create_directories(folder, code)) fs::permissions(folder, fs::perms::owner_all, code);
  if (code) return unavailable(fmt::format("create {}: {}", folder.string(), code.message()));
  return sync_path(fs::absolute(folder, code).parent_path());
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const fs::path& data_dir) {
  TRY(create_folder(data_dir));
  FolderLock lock = TRY(FolderLock::take(data_dir / "lock"));
  const fs::path record = data_dir / "record.sqlite";
  std::error_code code;
  const bool is_new = !fs::exists(record, code);
  SecretKey key = TRY(SecretKey::load(data_dir / "secret.key", is_new));
  std::unique_ptr<Database> database = TRY(Database::open(record));
  auto store = std::make_unique<FolderStore>(data_dir, std::move(lock), std::move(key), std::move(database));
  TRY_DURING(fmt::format("data folder {}", data_dir.string()), store->start());
  TRY(sync_path(data_dir));
  return Result<std::unique_ptr<Store>>(std::move(store));
}

}  // namespace vernier::store
