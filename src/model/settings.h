// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace vernier::model {

// A database that diffs run in. `options` holds what its type needs to connect, secrets included; only
// the store and the engine see it whole, and public_options() is what may leave the server.
struct DataSource {
  std::int64_t id = 0;
  std::string name;
  std::string type;  // "duckdb" or "pg"
  std::string temp_schema;
  double float_tolerance = 0.0;
  Json options = Json::object();
};

// The options without those that hold a secret (password, token, key, ...).
Json public_options(const DataSource& source);

struct Repository {
  std::string provider;         // "github", "gitlab", "gitea", "forgejo"; empty where there is none
  std::string url;              // of the forge: "https://github.com"
  std::string name;             // "owner/repository"
  std::string token;            // secret
  std::string webhook_secret;   // secret
  std::string app_id;           // a GitHub App, instead of a token
  std::string app_private_key;  // secret, PEM
};

// Where dbt Cloud builds the project: artifacts are taken from its jobs' runs.
struct DbtCloud {
  std::string url;  // "https://cloud.getdbt.com"; empty where dbt Cloud is not used
  std::int64_t account_id = 0;
  std::int64_t production_job_id = 0;
  std::int64_t pull_request_job_id = 0;
  std::string token;           // secret
  std::string webhook_secret;  // secret
};

// Repository, data source and rules of one CI integration; its id is what the client is given.
struct CiConfig {
  std::int64_t id = 0;
  std::string name;
  std::int64_t data_source_id = 0;
  std::string primary_key_tag = "primary-key";
  std::string base_strategy = "merge_base";  // or "latest"
  bool slim_diff = false;
  std::vector<std::string> columns_to_ignore;  // gitignore patterns over column names
  std::vector<std::string> files_to_ignore;    // gitignore patterns over paths
  std::string pull_request_label;
  std::string custom_base_branch;
  std::optional<std::int64_t> diff_threshold;
  // Which outcomes fail the check on the pull request.
  bool fail_on_key_issues = false;
  bool fail_on_errors = true;
  bool fail_on_differences = false;
  bool fail_on_stale_base = false;
  bool fail_on_missing_artifacts = false;
  std::int64_t artifacts_wait_minutes = 60;  // how long a run waits for its head's artifacts
  Repository repository;
  DbtCloud dbt_cloud;
};

}  // namespace vernier::model
