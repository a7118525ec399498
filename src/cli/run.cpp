// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands.h"

namespace vernier::cli {
namespace {

constexpr const char* description =
    "Vernier shows, on the pull request, what a dbt change does to the data, and says how sure it is.";
constexpr const char* examples =
    "examples:\n"
    "  vernier serve --data-dir ./vernier-data --listen 127.0.0.1:8080\n"
    "  vernier dbt compare --base prod/target --head target\n"
    "  vernier diff tables duckdb://shop.duckdb prod.orders duckdb://shop.duckdb pr_7.orders -k id\n"
    "  vernier dbt upload --ci-config-id 1 --run-type production\n";

}  // namespace

int run(int argc, char** argv, const Wiring& wiring) {
  CLI::App app(description, "vernier");
  app.footer(examples);
  app.require_subcommand(1);
  app.set_version_flag("--version", "vernier " VERNIER_VERSION);
  std::string host;
  app.add_option("--host", host, "The server, where DATAFOLD_HOST is not set");

  Action action;
  app.add_subcommand("version", "Print the version")->callback([&action] {
    action = [] {
      fmt::print("{}\n", VERNIER_VERSION);
      return 0;
    };
  });
  add_serve(app, action, wiring);
  CLI::App& dbt = *app.add_subcommand("dbt", "dbt artifacts: compare, upload, check");
  dbt.require_subcommand(1);
  add_dbt_compare(dbt, action);
  add_dbt_client(dbt, action);
  CLI::App& ci = *app.add_subcommand("ci", "Runs of pull requests: trigger, submit, report");
  ci.require_subcommand(1);
  add_ci_client(ci, action);
  add_config(app, action);
  CLI::App& diff = *app.add_subcommand("diff", "Data diffs");
  diff.require_subcommand(1);
  add_diff_tables(diff, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version end well; everything else is a wrong call, and 2 says so whatever CLI11's own code.
    return app.exit(error) == 0 ? 0 : 2;
  }
  return action();
}

}  // namespace vernier::cli
