// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "ci/ci.h"
#include "cli/client.h"
#include "cli/commands.h"

namespace vernier::cli {
namespace {

std::size_t count(const Json& config, const char* key) {
  const auto list = config.find(key);
  return list == config.end() ? 0 : list->size();
}

int check(const std::filesystem::path& file) {
  const auto config = ci::read_config(file);
  if (!config.ok()) return fail(config.error());
  fmt::print("{}: {} data sources and {} CI configs, all well formed\n", file.string(),
             count(*config, "data_sources"), count(*config, "ci_configs"));
  return 0;
}

Status apply_to(const std::string& host, const std::filesystem::path& file) {
  const Json config = TRY(ci::read_config(file));
  const ServerConnection server = TRY(ServerConnection::from_environment(host));
  TRY(server.post("/api/v1/config", config));
  fmt::print(stderr, "{} data sources and {} CI configs are as {} has them\n", count(config, "data_sources"),
             count(config, "ci_configs"), file.string());
  return {};
}

Status export_from(const std::string& host) {
  const ServerConnection server = TRY(ServerConnection::from_environment(host));
  const std::string body = TRY(server.get("/api/v1/config"));
  const Json config = TRY(parse_json(body));
  fmt::print("{}", ci::config_to_yaml(config));
  return {};
}

int ended(const Status& status) {
  return status.ok() ? 0 : fail(status.error());
}

}  // namespace

void add_config(CLI::App& parent, Action& action) {
  CLI::App& config = *parent.add_subcommand("config", "Data sources and CI configs as a YAML file");
  config.require_subcommand(1);
  const auto file = std::make_shared<std::filesystem::path>();

  CLI::App& checking = *config.add_subcommand("check", "Check a file without a server");
  checking.add_option("FILE", *file, "The YAML file")->required()->check(CLI::ExistingFile);
  checking.callback([&action, file] { action = [file] { return check(*file); }; });

  CLI::App& applying = *config.add_subcommand("apply", "Make or update on the server what a file lists");
  applying.add_option("FILE", *file, "The YAML file")->required()->check(CLI::ExistingFile);
  applying.footer(
      "Things are known by their names; what the file does not list stays as it is. `env:NAME` and\n"
      "`file:PATH` are replaced here, before they are sent.\n"
      "example:\n  vernier config apply vernier.yml\n");
  applying.callback([&action, &applying, file] {
    action = [host = host_option(applying), file] { return ended(apply_to(host, *file)); };
  });

  CLI::App& exporting = *config.add_subcommand("export", "Print the server's settings, without secrets");
  exporting.footer("example:\n  vernier config export > vernier.yml\n");
  exporting.callback([&action, &exporting] {
    action = [host = host_option(exporting)] { return ended(export_from(host)); };
  });
}

}  // namespace vernier::cli
