// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/progress.h"
#include "base/result.h"
#include "datadiff/datadiff.h"
#include "forge/forge.h"
#include "model/artifacts.h"
#include "model/ci_run.h"
#include "model/settings.h"
#include "store/store.h"

namespace vernier::ci {

// One multipart upload, its archive already on disk.
struct UploadOrder {
  std::int64_t ci_config_id = 0;
  std::string run_type;
  std::string commit_sha;
  std::string run_id;                  // empty if none
  std::vector<std::string> ancestors;  // first-parent SHAs of commit_sha, nearest first; empty if unknown
  std::filesystem::path archive;       // consumed: may be moved or deleted
};

struct TriggerOrder {
  std::int64_t ci_config_id = 0;
  std::int64_t pr_number = 0;
  std::string pr_branch;
  std::string pr_sha;
  std::string base_branch;
  std::string base_sha;
  std::vector<std::string> ancestors;  // of base_sha, as in UploadOrder
};

// One table pair that a client submits itself (`ci submit`).
struct SubmittedDiff {
  std::string prod;  // dotted table name
  std::string pr;
  std::vector<std::string> pk;  // empty: not known
  std::vector<std::string> include_columns;
  std::vector<std::string> exclude_columns;
};

// What the primary-key check says of one model (client-api.md, check_pks_in_dbt_manifest).
struct KeyCheck {
  std::string source;
  std::vector<std::string> sql_table;
  std::vector<std::string> sql_pks;
  std::vector<std::string> dbt_fqn;
  std::vector<std::string> dbt_pks;
  std::string dbt_original_file_path;
  std::optional<std::string> dbt_patch_path;
  std::vector<std::string> warnings;
};

// A file of a data source of files, by its path or its name in the source's folder.
struct OrderedFile {
  std::string path;  // empty: all of the source's files
  std::string type;  // "csv" or "parquet", as the order says; empty: the source's
};

// A data diff that somebody orders by itself (POST /api/v1/datadiffs).
struct DiffOrder {
  std::int64_t data_source1_id = 0;
  std::int64_t data_source2_id = 0;
  datadiff::DiffRequest request = {};    // of it the record keeps what an order can say
  model::Sides<OrderedFile> files = {};  // instead of the tables, of data sources of files
  model::Sides<engine::SessionParameters> session_parameters = {};  // of PostgreSQL
  bool infer_pk = false;  // where no key is given: production's table is searched for one
};

// Out of the client API's members, of which absent ones are none (diff_fields.h). Fail with invalid_input.
Result<datadiff::Tolerances> parse_tolerances(const Json& object);
Result<std::optional<datadiff::SamplingWish>> parse_sampling(const Json& object);
Result<datadiff::TextRules> parse_text_rules(const Json& object);
Result<std::vector<datadiff::EqualityRule>> parse_rules(const Json& object);
Result<std::optional<datadiff::TimeWish>> parse_time(const Json& object);
Result<std::size_t> parse_samples_per_column(const Json& object);
Result<engine::SessionParameters> parse_session_parameters(const Json& object, std::string_view key);

// What a table is made of, columns in the table's order.
struct TableColumn {
  std::string name;
  std::string type;  // as the database spells it
  bool nullable = true;
};
struct TableSchema {
  bool is_view = false;
  std::vector<TableColumn> columns;
};

// A search for the columns that tell a table's rows apart.
struct KeySearch {
  std::vector<std::string> table;
  std::int64_t candidates = 1;                // keys wanted
  std::int64_t sample_size = 5000;            // rows that are looked at to choose what to count
  std::vector<std::string> avoid_types = {};  // beginnings of types' names
  std::vector<std::string> avoid_names = {};
};
struct FoundKeys {
  std::vector<std::vector<std::string>> keys;  // each unique and not null in the whole table
  std::string why;                             // a sentence where there is none
};

// Rows as the database's own text; nullopt is NULL.
struct QueryRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

struct ConnectionTest {
  std::string step;
  bool ok = false;
  std::string message;
};

struct ServiceOptions {
  std::string public_url;  // where people reach the server, without a slash at the end; may be empty
  std::size_t runs_at_once = 2;
  std::size_t diffs_at_once = 4;   // over all runs
  std::size_t events_at_once = 4;  // of forges
};

// The settings that a YAML file holds, checked as far as they can be without a record, "env:NAME" and
// "file:PATH" replaced by what they name. Fails with invalid_input, naming the place.
Result<Json> read_config(const std::filesystem::path& path);
Status check_config(const Json& config);
std::string config_to_yaml(const Json& config);

class DbtCloudPoller;
class Explorer;
class FailedDeliveries;
class Forges;
class History;
class LateUploads;
class Manifests;
class Publisher;
class PullRequests;
class Runner;
class Worker;

// The use case: takes uploads and triggers, carries runs through their life, and alone orders the other
// modules. All methods may be called from any thread; every success is durable when it returns.
class Service {
 public:
  // `store` must outlive the service.
  Service(store::Store& store, const ServiceOptions& options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Goes on with the runs and diffs that the record holds unfinished, and starts the workers.
  Status start();
  // Cancels the database work in progress and returns when the workers have ended; runs go on at the next
  // start.
  void stop();

  // Fails with not_found (CI config), invalid_input or too_large (the artifacts; the message says what and
  // where). Wakes every run that does better with the upload than with what it took.
  Result<model::Upload> accept_upload(const UploadOrder& order);
  Result<bool> has_upload(std::int64_t ci_config_id, std::string_view run_type, std::string_view commit_sha);
  Result<std::vector<model::Upload>> uploads(std::int64_t ci_config_id, const store::UploadFilter& filter);
  Result<std::vector<KeyCheck>> check_primary_keys(std::int64_t ci_config_id,
                                                   const std::filesystem::path& manifest);

  // Takes a forge's webhook delivery; what it asks for is done in the background. Gives "accepted",
  // "repeated" (it was taken before) or "ignored" (nothing to do). Fails with denied where no CI config's
  // secret signed it.
  Result<std::string> accept_webhook(const std::string& provider, const forge::Delivery& delivery);

  // The id of the new run, which supersedes older runs of the pull request.
  Result<std::int64_t> trigger(const TriggerOrder& order);
  // The id of the run that took the diffs; nullopt where the pull request has no active run.
  Result<std::optional<std::int64_t>> submit(std::int64_t ci_config_id, std::int64_t pr_number,
                                             const std::vector<SubmittedDiff>& diffs);
  // What people ask of a run; all fail with not_found where the run is another CI config's. Confirming and
  // cancelling what needs it no more changes nothing. rerun() gives the new run's id.
  Status confirm_run(std::int64_t ci_config_id, std::int64_t run_id);
  Status cancel_run(std::int64_t ci_config_id, std::int64_t run_id);
  Result<std::int64_t> rerun(std::int64_t ci_config_id, std::int64_t run_id);
  // As lists show them: without what they found.
  Result<std::vector<model::CiRun>> runs(std::int64_t ci_config_id, const store::RunFilter& filter);
  // Fails with not_found also where the run is another CI config's.
  Result<model::CiRun> run(std::int64_t ci_config_id, std::int64_t run_id);

  // The id of the diff, which runs in the background.
  Result<std::int64_t> order_diff(const DiffOrder& order);
  Result<store::DiffRecord> diff(std::int64_t id);
  // How far the diff is; nullopt where nobody works on it.
  std::optional<Progress::View> diff_progress(std::int64_t id);
  // Stops a diff that was ordered by itself, and its statement in the database; one that has ended stays.
  Status cancel_diff(std::int64_t id);

  // What people ask of a data source beside diffs; all are bounded in rows and time, and fail with
  // unavailable where too many ask at once.
  Result<TableSchema> table_schema(std::int64_t data_source_id, const std::vector<std::string>& table);
  Result<FoundKeys> find_keys(std::int64_t data_source_id, const KeySearch& search);
  // Runs a statement that reads. Fails with invalid_input, too_large or timed_out.
  Result<QueryRows> query(std::int64_t data_source_id, const std::string& sql);
  // Ends the statements of these in progress, so that nobody has to wait for them to stop.
  void stop_exploring();

  // Settings as JSON objects with the fields of contract.md; unknown fields fail with invalid_input. The
  // results hold no secret.
  Result<Json> add_data_source(const Json& fields);
  Result<Json> data_sources();
  Result<Json> data_source(std::int64_t id);
  Status remove_data_source(std::int64_t id);
  Result<std::vector<ConnectionTest>> test_data_source(std::int64_t id);
  Result<Json> add_ci_config(const Json& fields);
  Result<Json> update_ci_config(std::int64_t id, const Json& fields);
  Result<Json> ci_config(std::int64_t id);
  Result<Json> ci_configs();
  Status remove_ci_config(std::int64_t id);
  // Makes or updates, by name, what is listed under `data_sources` and `ci_configs`; what is not listed
  // stays. Fails with invalid_input naming the place.
  Status apply_config(const Json& config);
  // All of it, in the form that apply_config() takes; "env:NAME" stands where a secret is.
  Result<Json> export_config();

 private:
  Result<store::RunRecord> run_of(std::int64_t ci_config_id, std::int64_t run_id);

  store::Store& store_;
  ServiceOptions options_;
  // Private to this module, each using those before it.
  std::unique_ptr<Explorer> explorer_;
  std::unique_ptr<Forges> forges_;
  std::unique_ptr<History> history_;
  std::unique_ptr<Manifests> manifests_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<LateUploads> late_uploads_;
  std::unique_ptr<PullRequests> pull_requests_;
  std::unique_ptr<FailedDeliveries> failed_deliveries_;
  std::unique_ptr<DbtCloudPoller> dbt_cloud_;
  std::unique_ptr<Worker> clock_;
};

}  // namespace vernier::ci
