// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "dbt/dbt.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds poll_interval{5};
constexpr std::chrono::seconds start_wait_max{60};

struct UploadArguments {
  std::int64_t ci_config_id = 0;
  std::string run_type;
  std::string target_folder = "./target/";
  std::string commit_sha;
  std::string run_id;
  std::string branch;
  std::string manifest;
  int timeout_minutes = 60;
};

CLI::Option* add_ci_config_id(CLI::App& command, std::int64_t& id) {
  return command
      .add_option("--ci-config-id", id, "The id of the CI config (`GET /api/v1/ci_configs` lists them)")
      ->required();
}

void add_run_type(CLI::App& command, std::string& run_type) {
  command.add_option("--run-type", run_type, "Whether production or a pull request was built")
      ->required()
      ->check(CLI::IsMember({"production", "pull_request"}));
}

// What the server noticed about an upload that it accepted. Another server may answer nothing.
void print_warnings(const std::string& answer) {
  const auto json = parse_json(answer);
  if (!json.ok() || !json->is_object() || !json->contains("warnings")) return;
  for (const Json& warning : (*json)["warnings"])
    if (const auto message = optional_string(warning, "message"); message.ok() && *message)
      fmt::print(stderr, "warning: {}\n", **message);
}

// Uploads the folder and gives the commit's SHA.
Result<std::string> upload(const ServerConnection& server, const UploadArguments& arguments) {
  const std::string commit =
      arguments.commit_sha.empty() ? TRY(commit_of(arguments.target_folder)) : arguments.commit_sha;
  const TempDir temporary = TRY(TempDir::create(fs::temp_directory_path()));
  const fs::path archive = temporary.path() / "artifacts.zip";
  TRY(dbt::pack_artifacts(arguments.target_folder, archive));
  HttpRequest request;
  request.method = "POST";
  request.form_fields = {{"commit_sha", commit}, {"run_type", arguments.run_type}};
  if (!arguments.run_id.empty()) request.form_fields.emplace_back("run_id", arguments.run_id);
  const auto ancestors = ancestors_of(commit, arguments.target_folder);
  if (!ancestors.empty()) request.form_fields.emplace_back("ancestors", join(ancestors, ","));
  request.form_files = {{"artifacts", archive}};
  const std::string body = TRY(server.send(
      std::move(request), fmt::format("/api/v1/dbt/submit_artifacts/{}", arguments.ci_config_id)));
  fmt::print(stderr, "Uploaded the artifacts of {}\n", commit);
  print_warnings(body);
  return commit;
}

// Waits for the newest run of a commit. The exit code is 0 when it is done.
Result<int> wait_for_run(const ServerConnection& server, std::int64_t ci_config_id, const std::string& commit,
                         std::chrono::minutes wait_max) {
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    const std::string body = TRY(
        server.get(fmt::format("/api/v1/ci/{}/runs?limit=1&pr_sha={}", ci_config_id, url_encode(commit))));
    const Json runs = TRY_DURING("the server's list of runs", parse_json(body));
    const auto waited =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
    if (runs.empty()) {
      fmt::print(stderr, "Waiting for the run to start, {} s\n", waited.count());
      if (waited > start_wait_max)
        return timed_out(
            fmt::format("no run for {} has started: trigger one with `vernier ci trigger`", commit));
    } else {
      const std::string status = TRY(require_string(runs.front(), "status"));
      const std::int64_t id = TRY(require_integer(runs.front(), "id"));
      fmt::print(stderr, "Run {}: {}, {} s\n", id, status, waited.count());
      if (status == "done") return 0;
      if (status == "failed" || status == "cancelled") {
        fmt::print(stderr, "The run {}; see `vernier ci report --ci-config-id {} --run-id {}`\n",
                   status == "failed" ? "failed" : "was cancelled by a newer one", ci_config_id, id);
        return 1;
      }
    }
    if (waited > wait_max)
      return timed_out(fmt::format("the run is not done after {} min", wait_max.count()));
    std::this_thread::sleep_for(poll_interval);
  }
}

int upload_command(const CLI::App& command, const UploadArguments& arguments, bool wait) {
  const auto server = ServerConnection::from_environment(host_option(command));
  if (!server.ok()) return fail(server.error());
  const auto commit = upload(*server, arguments);
  if (!commit.ok()) return fail(commit.error());
  if (!wait || arguments.run_type != "pull_request") return 0;
  const auto code =
      wait_for_run(*server, arguments.ci_config_id, *commit, std::chrono::minutes(arguments.timeout_minutes));
  return code.ok() ? *code : fail(code.error());
}

Result<bool> artifacts_exist(const ServerConnection& server, const UploadArguments& arguments) {
  HttpRequest request;
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = fmt::format("commit_sha={}&run_type={}&branch={}", url_encode(arguments.commit_sha),
                             url_encode(arguments.run_type), url_encode(arguments.branch));
  const std::string body = TRY(server.send(
      std::move(request), fmt::format("/api/v1/dbt/post_upload_check_artifacts/{}", arguments.ci_config_id)));
  const Json answer = TRY(parse_json(body));
  return TRY(require_string(answer, "status")) == "ok";
}

int check_upload_command(const CLI::App& command, const UploadArguments& arguments) {
  const auto server = ServerConnection::from_environment(host_option(command));
  if (!server.ok()) return fail(server.error());
  const auto exist = artifacts_exist(*server, arguments);
  if (!exist.ok()) return fail(exist.error());
  fmt::print(stderr, "{}\n", *exist ? "Dbt artifacts exist" : "Cannot find dbt artifacts");
  return 0;  // as the existing client
}

Result<std::string> primary_key_table(const ServerConnection& server, const UploadArguments& arguments) {
  HttpRequest request;
  request.method = "POST";
  request.body = TRY(read_file(arguments.manifest, 4'000'000'000));
  request.headers.emplace_back("Content-Type", "application/json");
  const std::string body =
      TRY(server.send(std::move(request),
                      fmt::format("/api/internal/ci/{}/check_pks_in_dbt_manifest", arguments.ci_config_id)));
  const Json checks = TRY(parse_json(body));
  std::string table;
  for (const Json& check : checks) {
    const auto fqn = TRY(string_list(check, "dbt_fqn"));
    const auto keys = TRY(string_list(check, "sql_pks"));
    const auto warnings = TRY(string_list(check, "warnings"));
    const std::string source = TRY(require_string(check, "source"));
    const std::string path = TRY(require_string(check, "dbt_original_file_path"));
    table += fmt::format("{:<30} {:<50} {:<30} {} {}\n", source, join(fqn, "."), join(keys, ", "), path,
                         join(warnings, ", "));
  }
  return table;
}

int check_keys_command(const CLI::App& command, const UploadArguments& arguments) {
  const auto server = ServerConnection::from_environment(host_option(command));
  if (!server.ok()) return fail(server.error());
  const auto table = primary_key_table(*server, arguments);
  if (!table.ok()) return fail(table.error());
  fmt::print("{}", *table);
  return 0;
}

CLI::App& add_upload(CLI::App& parent, const char* name, const char* help, UploadArguments& arguments) {
  CLI::App& command = *parent.add_subcommand(name, help);
  add_ci_config_id(command, arguments.ci_config_id);
  add_run_type(command, arguments.run_type);
  command.add_option("--target-folder", arguments.target_folder, "dbt's target folder")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  command.add_option("--commit-sha", arguments.commit_sha, "The commit, where git or the CI do not tell");
  command.footer(
      fmt::format("example:\n  vernier dbt {} --ci-config-id 1 --run-type production "
                  "--target-folder ./target/ --commit-sha $(git rev-parse HEAD)\n",
                  name));
  return command;
}

}  // namespace

void add_dbt_client(CLI::App& parent, Action& action) {
  // The arguments live as long as the action that reads them; CLI11 keeps pointers to their members.
  const auto arguments = std::make_shared<UploadArguments>();
  CLI::App& plain = add_upload(parent, "upload", "Send the artifacts of a dbt run to the server", *arguments);
  plain.add_option("--run-id", arguments->run_id, "Links a pull request's upload with production's");
  plain.callback([&plain, &action, arguments] {
    action = [&plain, arguments] { return upload_command(plain, *arguments, false); };
  });

  CLI::App& waiting =
      add_upload(parent, "upload-and-wait", "Send the artifacts, then wait for the run", *arguments);
  waiting.add_option("--timeout", arguments->timeout_minutes, "The longest wait, in minutes")
      ->capture_default_str();
  waiting.callback([&waiting, &action, arguments] {
    action = [&waiting, arguments] { return upload_command(waiting, *arguments, true); };
  });

  CLI::App& check =
      *parent.add_subcommand("check-post-upload-dbt-artifacts", "Whether a commit's artifacts arrived");
  add_ci_config_id(check, arguments->ci_config_id);
  add_run_type(check, arguments->run_type);
  check.add_option("--branch", arguments->branch, "The branch")->required();
  check.add_option("--commit-sha", arguments->commit_sha, "The commit")->required();
  check.callback([&check, &action, arguments] {
    action = [&check, arguments] { return check_upload_command(check, *arguments); };
  });

  CLI::App& keys =
      *parent.add_subcommand("check-primary-keys", "Which key each model of a manifest will be diffed by");
  add_ci_config_id(keys, arguments->ci_config_id);
  keys.add_option("manifest", arguments->manifest, "Path of manifest.json")
      ->required()
      ->check(CLI::ExistingFile);
  keys.callback([&keys, &action, arguments] {
    action = [&keys, arguments] { return check_keys_command(keys, *arguments); };
  });
}

}  // namespace vernier::cli
