// SPDX-License-Identifier: Apache-2.0
#include "ci/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "base/text.h"

namespace vernier::ci {
namespace {

Status only_known_fields(const Json& object, std::string_view what,
                         std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return invalid_input(fmt::format("{} must be a JSON object", what));
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      return invalid_input(fmt::format("unknown field `{}` of {}; known are {}", key.substr(0, 80), what,
                                       fmt::join(known, ", ")));
  return {};
}

// A list of patterns, given as a JSON list or as the lines of a gitignore text.
Result<std::vector<std::string>> pattern_list(const Json& fields, std::string_view key) {
  const auto found = fields.find(std::string(key));
  if (!found->is_string()) return string_list(fields, key);
  std::vector<std::string> patterns;
  for (const std::string& line : split(found->get<std::string>(), '\n'))
    if (!trim(line).empty()) patterns.emplace_back(line);
  return patterns;
}

Status one_of(std::string_view field, std::string_view value,
              std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return {};
  return invalid_input(fmt::format("`{}` is `{}`; it must be one of {}", field, value.substr(0, 80),
                                   fmt::join(allowed, ", ")));
}

Result<model::Repository> parse_repository(const Json& fields, model::Repository repository) {
  TRY(only_known_fields(fields, "repository",
                        {"provider", "url", "name", "token", "webhook_secret", "app_id", "app_private_key"}));
  const std::pair<const char*, std::string*> members[] = {{"provider", &repository.provider},
                                                          {"url", &repository.url},
                                                          {"name", &repository.name},
                                                          {"token", &repository.token},
                                                          {"webhook_secret", &repository.webhook_secret},
                                                          {"app_private_key", &repository.app_private_key}};
  for (const auto& [key, member] : members)
    if (fields.contains(key)) *member = TRY(optional_string(fields, key)).value_or("");
  // An App's id is a number that people write with and without quotes.
  if (const auto id = fields.find("app_id"); id != fields.end())
    repository.app_id = id->is_number_integer() ? fmt::format("{}", id->get<std::int64_t>())
                                                : TRY(optional_string(fields, "app_id")).value_or("");
  if (!repository.provider.empty())
    TRY(one_of("repository.provider", repository.provider, {"github", "gitlab", "gitea", "forgejo"}));
  return repository;
}

Result<model::DbtCloud> parse_dbt_cloud(const Json& fields, model::DbtCloud cloud) {
  TRY(only_known_fields(
      fields, "dbt_cloud",
      {"url", "account_id", "production_job_id", "pull_request_job_id", "token", "webhook_secret"}));
  const std::pair<const char*, std::string*> texts[] = {
      {"url", &cloud.url}, {"token", &cloud.token}, {"webhook_secret", &cloud.webhook_secret}};
  for (const auto& [key, member] : texts)
    if (fields.contains(key)) *member = TRY(optional_string(fields, key)).value_or("");
  const std::pair<const char*, std::int64_t*> numbers[] = {
      {"account_id", &cloud.account_id},
      {"production_job_id", &cloud.production_job_id},
      {"pull_request_job_id", &cloud.pull_request_job_id}};
  for (const auto& [key, member] : numbers)
    if (fields.contains(key)) *member = TRY(optional_integer(fields, key)).value_or(0);
  if (!cloud.url.empty() && cloud.account_id <= 0) return invalid_input("`dbt_cloud.account_id` is missing");
  return cloud;
}

Result<bool> flag(const Json& fields, const char* key, bool before) {
  return TRY(optional_bool(fields, key)).value_or(before);
}

}  // namespace

Result<model::DataSource> parse_data_source(const Json& fields) {
  // The client sends more than is used here; what it documents is accepted.
  TRY(only_known_fields(fields, "a data source",
                        {"name", "type", "temp_schema", "float_tolerance", "options",
                         "disable_schema_indexing", "disable_profiling", "is_paused", "hidden", "groups"}));
  model::DataSource source;
  source.name = TRY(require_string(fields, "name"));
  if (trim(source.name).empty()) return invalid_input("`name` is empty");
  source.type = TRY(require_string(fields, "type"));
  TRY(one_of("type", source.type, {"duckdb", "pg", "mysql", "sqlite", "parquet", "csv"}));
  source.temp_schema = TRY(optional_string(fields, "temp_schema")).value_or("");
  source.float_tolerance = TRY(optional_number(fields, "float_tolerance")).value_or(0.0);
  if (source.float_tolerance < 0) return invalid_input("`float_tolerance` must not be negative");
  const auto options = fields.find("options");
  if (options == fields.end() || !options->is_object()) return invalid_input("`options` must be an object");
  source.options = *options;
  return source;
}

Result<model::CiConfig> parse_ci_config(const Json& fields, model::CiConfig config) {
  TRY(only_known_fields(
      fields, "a CI config",
      {"name", "data_source_id", "primary_key_tag", "base_strategy", "slim_diff", "columns_to_ignore",
       "files_to_ignore", "pull_request_label", "custom_base_branch", "diff_threshold", "fail_on_key_issues",
       "fail_on_errors", "fail_on_differences", "fail_on_stale_base", "fail_on_missing_artifacts",
       "artifacts_wait_minutes", "repository", "dbt_cloud"}));
  if (fields.contains("name") || config.name.empty()) config.name = TRY(require_string(fields, "name"));
  if (trim(config.name).empty()) return invalid_input("`name` is empty");
  if (fields.contains("data_source_id") || config.data_source_id == 0)
    config.data_source_id = TRY(require_integer(fields, "data_source_id"));
  if (const auto tag = TRY(optional_string(fields, "primary_key_tag"))) config.primary_key_tag = *tag;
  if (config.primary_key_tag.empty()) return invalid_input("`primary_key_tag` is empty");
  if (const auto strategy = TRY(optional_string(fields, "base_strategy"))) config.base_strategy = *strategy;
  TRY(one_of("base_strategy", config.base_strategy, {"merge_base", "latest"}));
  config.slim_diff = TRY(flag(fields, "slim_diff", config.slim_diff));
  config.fail_on_key_issues = TRY(flag(fields, "fail_on_key_issues", config.fail_on_key_issues));
  config.fail_on_errors = TRY(flag(fields, "fail_on_errors", config.fail_on_errors));
  config.fail_on_differences = TRY(flag(fields, "fail_on_differences", config.fail_on_differences));
  config.fail_on_stale_base = TRY(flag(fields, "fail_on_stale_base", config.fail_on_stale_base));
  config.fail_on_missing_artifacts =
      TRY(flag(fields, "fail_on_missing_artifacts", config.fail_on_missing_artifacts));
  if (const auto minutes = TRY(optional_integer(fields, "artifacts_wait_minutes"))) {
    constexpr std::int64_t week_minutes = 7 * 24 * 60;
    if (*minutes < 0 || *minutes > week_minutes)
      return invalid_input("`artifacts_wait_minutes` must be between 0 and 10080, a week");
    config.artifacts_wait_minutes = *minutes;
  }
  if (fields.contains("columns_to_ignore"))
    config.columns_to_ignore = TRY(pattern_list(fields, "columns_to_ignore"));
  if (fields.contains("files_to_ignore"))
    config.files_to_ignore = TRY(pattern_list(fields, "files_to_ignore"));
  if (fields.contains("pull_request_label"))
    config.pull_request_label = TRY(optional_string(fields, "pull_request_label")).value_or("");
  if (fields.contains("custom_base_branch"))
    config.custom_base_branch = TRY(optional_string(fields, "custom_base_branch")).value_or("");
  if (fields.contains("diff_threshold")) {
    config.diff_threshold = TRY(optional_integer(fields, "diff_threshold"));
    if (config.diff_threshold.value_or(0) < 0) return invalid_input("`diff_threshold` must not be negative");
  }
  const auto repository = fields.find("repository");
  if (repository != fields.end() && !repository->is_null())
    config.repository = TRY(parse_repository(*repository, config.repository));
  const auto dbt_cloud = fields.find("dbt_cloud");
  if (dbt_cloud != fields.end() && !dbt_cloud->is_null())
    config.dbt_cloud = TRY(parse_dbt_cloud(*dbt_cloud, config.dbt_cloud));
  return config;
}

Json to_json(const model::DataSource& source) {
  return {{"id", source.id},
          {"name", source.name},
          {"type", source.type},
          {"temp_schema", source.temp_schema},
          {"float_tolerance", source.float_tolerance},
          {"options", model::public_options(source)}};
}

Json to_json(const model::CiConfig& config) {
  const model::Repository& repository = config.repository;
  Json json = {{"id", config.id},
               {"name", config.name},
               {"data_source_id", config.data_source_id},
               {"primary_key_tag", config.primary_key_tag},
               {"base_strategy", config.base_strategy},
               {"slim_diff", config.slim_diff},
               {"columns_to_ignore", config.columns_to_ignore},
               {"files_to_ignore", join(config.files_to_ignore, "\n")},
               {"pull_request_label", config.pull_request_label},
               {"custom_base_branch", config.custom_base_branch},
               {"diff_threshold", nullptr},
               {"fail_on_key_issues", config.fail_on_key_issues},
               {"fail_on_errors", config.fail_on_errors},
               {"fail_on_differences", config.fail_on_differences},
               {"fail_on_stale_base", config.fail_on_stale_base},
               {"fail_on_missing_artifacts", config.fail_on_missing_artifacts},
               {"artifacts_wait_minutes", config.artifacts_wait_minutes},
               {"repository",
                {{"provider", repository.provider},
                 {"url", repository.url},
                 {"name", repository.name},
                 {"app_id", repository.app_id}}},
               {"dbt_cloud",
                {{"url", config.dbt_cloud.url},
                 {"account_id", config.dbt_cloud.account_id},
                 {"production_job_id", config.dbt_cloud.production_job_id},
                 {"pull_request_job_id", config.dbt_cloud.pull_request_job_id}}}};
  if (config.diff_threshold) json["diff_threshold"] = *config.diff_threshold;
  return json;
}

}  // namespace vernier::ci
