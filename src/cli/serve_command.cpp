// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/commands.h"

namespace vernier::cli {

void add_serve(CLI::App& parent, Action& action, const Wiring& wiring) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App& command = *parent.add_subcommand("serve", "Run the server");
  command.add_option("--data-dir", options->data_dir, "Folder for artifacts and records; made if absent")
      ->required();
  command.add_option("--listen", options->listen, "HOST:PORT to listen on")->capture_default_str();
  command.add_option("--public-url", options->public_url,
                     "Where people reach the server, for links in reports; http://HOST:PORT where not given");
  command
      .add_option("--config", options->config, "YAML file of data sources and CI configs to make or update")
      ->check(CLI::ExistingFile);
  command.footer(
      "The first start prints an API key once, unless VERNIER_BOOTSTRAP_KEY gives one. SIGTERM ends the "
      "server.\n"
      "example:\n  vernier serve --data-dir /var/lib/vernier --listen 0.0.0.0:8080 "
      "--public-url https://vernier.example.com\n");
  command.callback(
      [&action, &wiring, options] { action = [&wiring, options] { return wiring.serve(*options); }; });
}

}  // namespace vernier::cli
