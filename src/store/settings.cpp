// SPDX-License-Identifier: Apache-2.0
#include "store/settings.h"

#include <fmt/format.h>

#include <string>

#include "base/json.h"

namespace vernier::store {
namespace {

// Both kinds of settings are split alike: what may be read by whoever has the file, and what may not.
struct Split {
  std::string settings;
  std::string secrets;
};

Split split_data_source(const model::DataSource& source, const SecretKey& key) {
  const Json settings = {{"type", source.type},
                         {"temp_schema", source.temp_schema},
                         {"float_tolerance", source.float_tolerance}};
  return {dump_json(settings), key.seal(dump_json(source.options))};
}

Result<model::DataSource> join_data_source(model::DataSource source, const Split& split,
                                           const SecretKey& key) {
  const Json settings = TRY(parse_json(split.settings));
  source.type = TRY(require_string(settings, "type"));
  source.temp_schema = TRY(optional_string(settings, "temp_schema")).value_or("");
  source.float_tolerance = TRY(optional_number(settings, "float_tolerance")).value_or(0.0);
  const std::string options = TRY(key.open(split.secrets));
  source.options = TRY(parse_json(options));
  return source;
}

Split split_ci_config(const model::CiConfig& config, const SecretKey& key) {
  Json settings = {{"primary_key_tag", config.primary_key_tag},
                   {"base_strategy", config.base_strategy},
                   {"slim_diff", config.slim_diff},
                   {"columns_to_ignore", config.columns_to_ignore},
                   {"files_to_ignore", config.files_to_ignore},
                   {"pull_request_label", config.pull_request_label},
                   {"custom_base_branch", config.custom_base_branch},
                   {"fail_on_key_issues", config.fail_on_key_issues},
                   {"fail_on_errors", config.fail_on_errors},
                   {"fail_on_differences", config.fail_on_differences},
                   {"fail_on_stale_base", config.fail_on_stale_base},
                   {"fail_on_missing_artifacts", config.fail_on_missing_artifacts},
                   {"artifacts_wait_minutes", config.artifacts_wait_minutes},
                   {"repository",
                    {{"provider", config.repository.provider},
                     {"url", config.repository.url},
                     {"name", config.repository.name},
                     {"app_id", config.repository.app_id}}},
                   {"dbt_cloud",
                    {{"url", config.dbt_cloud.url},
                     {"account_id", config.dbt_cloud.account_id},
                     {"production_job_id", config.dbt_cloud.production_job_id},
                     {"pull_request_job_id", config.dbt_cloud.pull_request_job_id}}}};
  if (config.diff_threshold) settings["diff_threshold"] = *config.diff_threshold;
  const Json secrets = {{"token", config.repository.token},
                        {"webhook_secret", config.repository.webhook_secret},
                        {"app_private_key", config.repository.app_private_key},
                        {"dbt_cloud_token", config.dbt_cloud.token},
                        {"dbt_cloud_webhook_secret", config.dbt_cloud.webhook_secret}};
  return {dump_json(settings), key.seal(dump_json(secrets))};
}

Result<model::Repository> join_repository(const Json& settings, const Json& secrets) {
  model::Repository repository;
  if (const auto found = settings.find("repository"); found != settings.end()) {
    repository.provider = TRY(optional_string(*found, "provider")).value_or("");
    repository.url = TRY(optional_string(*found, "url")).value_or("");
    repository.name = TRY(optional_string(*found, "name")).value_or("");
    repository.app_id = TRY(optional_string(*found, "app_id")).value_or("");
  }
  repository.app_private_key = TRY(optional_string(secrets, "app_private_key")).value_or("");
  repository.token = TRY(optional_string(secrets, "token")).value_or("");
  repository.webhook_secret = TRY(optional_string(secrets, "webhook_secret")).value_or("");
  return repository;
}

Result<model::DbtCloud> join_dbt_cloud(const Json& settings, const Json& secrets) {
  model::DbtCloud cloud;
  if (const auto found = settings.find("dbt_cloud"); found != settings.end()) {
    cloud.url = TRY(optional_string(*found, "url")).value_or("");
    cloud.account_id = TRY(optional_integer(*found, "account_id")).value_or(0);
    cloud.production_job_id = TRY(optional_integer(*found, "production_job_id")).value_or(0);
    cloud.pull_request_job_id = TRY(optional_integer(*found, "pull_request_job_id")).value_or(0);
  }
  cloud.token = TRY(optional_string(secrets, "dbt_cloud_token")).value_or("");
  cloud.webhook_secret = TRY(optional_string(secrets, "dbt_cloud_webhook_secret")).value_or("");
  return cloud;
}

Result<model::CiConfig> join_ci_config(model::CiConfig config, const Split& split, const SecretKey& key) {
  const Json settings = TRY(parse_json(split.settings));
  const std::string opened = TRY(key.open(split.secrets));
  const Json secrets = TRY(parse_json(opened));
  config.primary_key_tag = TRY(optional_string(settings, "primary_key_tag")).value_or(config.primary_key_tag);
  config.base_strategy = TRY(optional_string(settings, "base_strategy")).value_or(config.base_strategy);
  config.slim_diff = TRY(optional_bool(settings, "slim_diff")).value_or(config.slim_diff);
  config.columns_to_ignore = TRY(string_list(settings, "columns_to_ignore"));
  config.files_to_ignore = TRY(string_list(settings, "files_to_ignore"));
  config.pull_request_label = TRY(optional_string(settings, "pull_request_label")).value_or("");
  config.custom_base_branch = TRY(optional_string(settings, "custom_base_branch")).value_or("");
  config.diff_threshold = TRY(optional_integer(settings, "diff_threshold"));
  config.fail_on_key_issues =
      TRY(optional_bool(settings, "fail_on_key_issues")).value_or(config.fail_on_key_issues);
  config.fail_on_errors = TRY(optional_bool(settings, "fail_on_errors")).value_or(config.fail_on_errors);
  config.fail_on_differences =
      TRY(optional_bool(settings, "fail_on_differences")).value_or(config.fail_on_differences);
  config.fail_on_stale_base =
      TRY(optional_bool(settings, "fail_on_stale_base")).value_or(config.fail_on_stale_base);
  config.fail_on_missing_artifacts =
      TRY(optional_bool(settings, "fail_on_missing_artifacts")).value_or(config.fail_on_missing_artifacts);
  config.artifacts_wait_minutes =
      TRY(optional_integer(settings, "artifacts_wait_minutes")).value_or(config.artifacts_wait_minutes);
  config.repository = TRY(join_repository(settings, secrets));
  config.dbt_cloud = TRY(join_dbt_cloud(settings, secrets));
  return config;
}

std::string name_of_data_source(std::int64_t id) {
  return fmt::format("data source {}", id);
}

std::string name_of_ci_config(std::int64_t id) {
  return fmt::format("CI config {}", id);
}

// What the record holds was written by this program: what does not read back is damage, not bad input.
template <typename T>
Result<T> or_corrupt(Result<T> read, const std::string& what) {
  if (read.ok()) return read;
  return corrupt(read.error().during(what).message);
}

auto data_source_reader(const SecretKey& key) {
  return [&key](Row& row) -> Result<model::DataSource> {
    model::DataSource source;
    source.id = row.integer();
    source.name = row.text();
    const Split split{.settings = row.text(), .secrets = row.text()};
    const std::int64_t id = source.id;
    return or_corrupt(join_data_source(std::move(source), split, key), name_of_data_source(id));
  };
}

auto ci_config_reader(const SecretKey& key) {
  return [&key](Row& row) -> Result<model::CiConfig> {
    model::CiConfig config;
    config.id = row.integer();
    config.name = row.text();
    config.data_source_id = row.integer();
    const Split split{.settings = row.text(), .secrets = row.text()};
    const std::int64_t id = config.id;
    return or_corrupt(join_ci_config(std::move(config), split, key), name_of_ci_config(id));
  };
}

// A CI config's only foreign key is its data source.
Error naming_data_source(const Error& error, std::int64_t id) {
  const bool missing = error.kind == ErrorKind::not_found || error.kind == ErrorKind::conflict;
  return missing ? invalid_input(name_of_data_source(id) + " does not exist") : error;
}

}  // namespace

Result<model::DataSource> add_data_source(const Session& session, const SecretKey& key,
                                          model::DataSource source) {
  const Split split = split_data_source(source, key);
  source.id = TRY(session.insert("INSERT INTO data_sources (name, settings, secrets) VALUES (?, ?, ?)",
                                 {source.name, split.settings, Bytes{split.secrets}}));
  return source;
}

Status update_data_source(const Session& session, const SecretKey& key, const model::DataSource& source) {
  const Split split = split_data_source(source, key);
  return session.change("UPDATE data_sources SET name = ?, settings = ?, secrets = ? WHERE id = ?",
                        {source.name, split.settings, Bytes{split.secrets}, source.id},
                        name_of_data_source(source.id));
}

Result<model::DataSource> find_data_source(const Session& session, const SecretKey& key, std::int64_t id) {
  return session.select_one<model::DataSource>(
      "SELECT id, name, settings, secrets FROM data_sources WHERE id = ?", {id}, data_source_reader(key),
      name_of_data_source(id));
}

Result<std::vector<model::DataSource>> all_data_sources(const Session& session, const SecretKey& key) {
  return session.select<model::DataSource>("SELECT id, name, settings, secrets FROM data_sources ORDER BY id",
                                           {}, data_source_reader(key));
}

Status remove_data_source(const Session& session, std::int64_t id) {
  const Status removed =
      session.change("DELETE FROM data_sources WHERE id = ?", {id}, name_of_data_source(id));
  if (!removed.ok() && removed.error().kind == ErrorKind::conflict)
    return conflict(name_of_data_source(id) + " is used by a CI config: remove that first");
  return removed;
}

Result<model::CiConfig> add_ci_config(const Session& session, const SecretKey& key, model::CiConfig config) {
  const Split split = split_ci_config(config, key);
  const Result<std::int64_t> id =
      session.insert("INSERT INTO ci_configs (name, data_source_id, settings, secrets) VALUES (?, ?, ?, ?)",
                     {config.name, or_null(config.data_source_id), split.settings, Bytes{split.secrets}});
  if (!id.ok()) return naming_data_source(id.error(), config.data_source_id);
  config.id = *id;
  return config;
}

Status update_ci_config(const Session& session, const SecretKey& key, const model::CiConfig& config) {
  const Split split = split_ci_config(config, key);
  const Status updated = session.change(
      "UPDATE ci_configs SET name = ?, data_source_id = ?, settings = ?, secrets = ? WHERE id = ?",
      {config.name, or_null(config.data_source_id), split.settings, Bytes{split.secrets}, config.id},
      name_of_ci_config(config.id));
  if (!updated.ok() && updated.error().kind == ErrorKind::conflict)
    return naming_data_source(updated.error(), config.data_source_id);
  return updated;
}

Result<model::CiConfig> find_ci_config(const Session& session, const SecretKey& key, std::int64_t id) {
  return session.select_one<model::CiConfig>(
      "SELECT id, name, data_source_id, settings, secrets FROM ci_configs WHERE id = ?", {id},
      ci_config_reader(key), name_of_ci_config(id));
}

Result<std::vector<model::CiConfig>> all_ci_configs(const Session& session, const SecretKey& key) {
  return session.select<model::CiConfig>(
      "SELECT id, name, data_source_id, settings, secrets FROM ci_configs ORDER BY id", {},
      ci_config_reader(key));
}

Status remove_ci_config(const Session& session, std::int64_t id) {
  return session.change("DELETE FROM ci_configs WHERE id = ?", {id}, name_of_ci_config(id));
}

}  // namespace vernier::store
