// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <re2/re2.h>

#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include "base/file.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "report/report.h"

namespace vernier::cli {
namespace {

struct CiArguments {
  std::int64_t ci_config_id = 0;
  std::int64_t pr_num = 0;
  std::int64_t run_id = 0;
  std::string base_branch, base_sha, pr_branch, pr_sha;
  std::string diffs_file;
  std::string pr_params, reference_params;
  std::string root_path = "./";
  std::string format = "text";
};

Result<Json> submit_diffs(const ServerConnection& server, const CiArguments& arguments, const Json& diffs) {
  const std::string body =
      TRY(server.post(fmt::format("/api/v1/ci/{}/{}", arguments.ci_config_id, arguments.pr_num), diffs));
  const Json answer = TRY(parse_json(body));
  const auto run_id = TRY(optional_integer(answer, "run_id"));
  if (run_id)
    fmt::print(stderr, "The diffs run as part of run {}\n", *run_id);
  else
    fmt::print(stderr, "Could not find an active job for the pull request, is the CI set up correctly?\n");
  return answer;
}

Result<std::int64_t> trigger_run(const ServerConnection& server, const CiArguments& arguments) {
  Json order = {{"pr_number", arguments.pr_num},
                {"base_branch", arguments.base_branch},
                {"base_sha", arguments.base_sha},
                {"pr_sha", arguments.pr_sha},
                {"pr_branch", arguments.pr_branch}};
  const auto ancestors = ancestors_of(arguments.base_sha, ".");
  if (!ancestors.empty()) order["ancestors"] = ancestors;
  const std::string body =
      TRY(server.post(fmt::format("/api/v1/ci/{}/trigger", arguments.ci_config_id), order));
  const Json answer = TRY(parse_json(body));
  const std::int64_t run_id = TRY(require_integer(answer, "ci_run_id"));
  fmt::print(stderr, "Triggered run {}\n", run_id);
  return run_id;
}

std::string read_whole(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<Json> submit_from(const ServerConnection& server, const CiArguments& arguments) {
  const std::string text = arguments.diffs_file.empty() || arguments.diffs_file == "-"
                               ? read_whole(std::cin)
                               : TRY(read_file(arguments.diffs_file, 64'000'000));
  const Json diffs = TRY_DURING("the diffs", parse_json(text));
  return submit_diffs(server, arguments, diffs);
}

// `${name}` in a table's name becomes the parameter's value.
std::string with_parameters(std::string table, const Json& parameters) {
  for (const auto& [key, value] : parameters.items()) {
    const std::string placeholder = "${" + key + "}";
    const std::string text = value.is_string() ? value.get<std::string>() : dump_json(value);
    for (std::size_t at = 0; (at = table.find(placeholder, at)) != std::string::npos; at += text.size())
      table.replace(at, placeholder.size(), text);
  }
  return table;
}

// The table that one SQL file creates, and the key its comment names, as the existing client reads them.
void add_table_of(const std::string& sql, const Json& reference, const Json& pull_request,
                  std::map<std::string, Json>& tables) {
  static const RE2 create(R"((?i)create (?:or replace )?table\s+([^\s]+)\s)");
  static const RE2 key(R"((?i)datafold:\spk=([^\s]+))");
  std::string table;
  if (!RE2::PartialMatch(sql, create, &table)) return;
  Json diff = {{"prod", with_parameters(table, reference)}, {"pr", with_parameters(table, pull_request)}};
  std::string columns;
  diff["pk"] = RE2::PartialMatch(sql, key, &columns) ? Json(split(columns, ',')) : Json::array();
  tables[table] = std::move(diff);
}

Result<Json> discover_diffs(const CiArguments& arguments) {
  const Json pull_request = TRY_DURING("--pr-params", parse_json(arguments.pr_params));
  const Json reference = TRY_DURING("--reference-params", parse_json(arguments.reference_params));
  if (!pull_request.is_object() || !reference.is_object())
    return invalid_input("--pr-params and --reference-params must be JSON objects");
  const std::string listed = TRY(run_program(
      {"git", "diff", "--name-only", arguments.base_sha, arguments.pr_sha, "--"}, arguments.root_path));
  std::map<std::string, Json> tables;
  for (const std::string& name : split(listed, '\n')) {
    if (name.empty()) continue;
    // A file that is gone in the pull request has no table to compare.
    const auto sql = read_file(std::filesystem::path(arguments.root_path) / name, 1'000'000);
    if (sql.ok()) add_table_of(*sql, reference, pull_request, tables);
  }
  Json diffs = Json::array();
  for (auto& [table, diff] : tables)
    diffs.push_back(std::move(diff));
  return diffs;
}

Result<int> auto_trigger(const ServerConnection& server, const CiArguments& arguments) {
  const Json diffs = TRY(discover_diffs(arguments));
  if (diffs.empty()) {
    fmt::print(stderr, "No changed file creates a table; nothing to do\n");
    return 0;
  }
  TRY(trigger_run(server, arguments));
  TRY(submit_diffs(server, arguments, diffs));
  return 0;
}

Result<int> print_report(const ServerConnection& server, const CiArguments& arguments) {
  const std::string path = fmt::format("/api/v1/ci/{}/runs/{}", arguments.ci_config_id, arguments.run_id);
  if (arguments.format == "markdown") {
    fmt::print("{}\n", TRY(server.get(path + "/report.md")));
    return 0;
  }
  const std::string body = TRY(server.get(path));
  const Json report = TRY(parse_json(body));
  if (arguments.format == "json") {
    fmt::print("{}\n", dump_json(report, 2));
    return 0;
  }
  const model::CiRun run = TRY(report::from_json(report));
  fmt::print("{}", report::to_terminal(run, {wants_colour(), terminal_columns()}));
  return 0;
}

// Connects, works, and turns what came of it into an exit code.
template <typename Work>
int with_server(const CLI::App& command, Work work) {
  const auto server = ServerConnection::from_environment(host_option(command));
  if (!server.ok()) return fail(server.error());
  const auto done = work(*server);
  return done.ok() ? 0 : fail(done.error());
}

void add_pull_request_options(CLI::App& command, CiArguments& arguments) {
  command.add_option("--pr-num", arguments.pr_num, "The number of the pull request")->required();
  command.add_option("--base-branch", arguments.base_branch, "The branch merged into")->required();
  command.add_option("--base-sha", arguments.base_sha, "The commit the branch came from")->required();
  command.add_option("--pr-branch", arguments.pr_branch, "The pull request's branch")->required();
  command.add_option("--pr-sha", arguments.pr_sha, "The head commit of that branch")->required();
}

CLI::App& add_command(CLI::App& parent, const char* name, const char* help, CiArguments& arguments) {
  CLI::App& command = *parent.add_subcommand(name, help);
  command.add_option("--ci-config-id", arguments.ci_config_id, "The id of the CI config")->required();
  return command;
}

}  // namespace

void add_ci_client(CLI::App& parent, Action& action) {
  const auto arguments = std::make_shared<CiArguments>();
  CLI::App& submit =
      add_command(parent, "submit", "Add table pairs of your own to a pull request's run", *arguments);
  submit.add_option("--pr-num", arguments->pr_num, "The number of the pull request")->required();
  submit.add_option("--diffs", arguments->diffs_file,
                    "JSON file of the pairs; standard input where not given");
  submit.footer(
      "example:\n  echo '[{\"prod\": \"prod.orders\", \"pr\": \"pr_7.orders\", \"pk\": [\"id\"]}]' |\n"
      "    vernier ci submit --ci-config-id 1 --pr-num 7\n");
  submit.callback([&submit, &action, arguments] {
    action = [&submit, arguments] {
      return with_server(submit,
                         [&](const ServerConnection& server) { return submit_from(server, *arguments); });
    };
  });

  CLI::App& trigger = add_command(parent, "trigger", "Start the run of a pull request", *arguments);
  add_pull_request_options(trigger, *arguments);
  trigger.callback([&trigger, &action, arguments] {
    action = [&trigger, arguments] {
      return with_server(trigger,
                         [&](const ServerConnection& server) { return trigger_run(server, *arguments); });
    };
  });

  CLI::App& automatic = *parent.add_subcommand("auto", "Find the changed tables by git");
  automatic.require_subcommand(1);
  CLI::App& auto_run = add_command(automatic, "trigger",
                                   "Start a run for the tables that changed SQL files create", *arguments);
  add_pull_request_options(auto_run, *arguments);
  auto_run.add_option("--pr-params", arguments->pr_params, "JSON object of the pull request's parameters")
      ->required();
  auto_run.add_option("--reference-params", arguments->reference_params, "JSON object of production's")
      ->required();
  auto_run.add_option("--root-path", arguments->root_path, "Root of the checkout")->capture_default_str();
  auto_run.callback([&auto_run, &action, arguments] {
    action = [&auto_run, arguments] {
      return with_server(auto_run,
                         [&](const ServerConnection& server) { return auto_trigger(server, *arguments); });
    };
  });

  CLI::App& show = add_command(parent, "report", "Print what a run found", *arguments);
  show.add_option("--run-id", arguments->run_id, "The id of the run")->required();
  show.add_option("--format", arguments->format, "text, markdown or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "markdown", "json"}));
  show.footer("example:\n  vernier ci report --ci-config-id 1 --run-id 12 --format markdown\n");
  show.callback([&show, &action, arguments] {
    action = [&show, arguments] {
      return with_server(show,
                         [&](const ServerConnection& server) { return print_report(server, *arguments); });
    };
  });
}

}  // namespace vernier::cli
