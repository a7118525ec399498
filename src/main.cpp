// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <thread>

#include "base/hash.h"
#include "base/text.h"
#include "ci/ci.h"
#include "cli/cli.h"
#include "server/server.h"
#include "store/store.h"

namespace vernier {
namespace {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

// "HOST:PORT"; an IPv6 host stands in brackets.
Result<Address> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  Address address;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (digits.empty() || code != std::errc() || end != digits.data() + digits.size())
    return invalid_input(fmt::format("--listen {}: give HOST:PORT, for example 127.0.0.1:8080", text));
  address.host = text.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host.empty()) address.host = "0.0.0.0";
  return address;
}

// A new data folder gets its first key: the one of VERNIER_BOOTSTRAP_KEY, or one that is printed once.
Status ensure_api_key(store::Store& store) {
  const char* given = std::getenv("VERNIER_BOOTSTRAP_KEY");
  if (TRY(store.has_api_keys())) return {};
  const std::string key = given && *given ? given : random_hex(24);
  TRY(store.add_api_key(key, "bootstrap"));
  if (!given || !*given) fmt::print("API key (shown once): {}\n", key);
  std::fflush(stdout);
  return {};
}

Status serve(const cli::ServeOptions& options) {
  // One thread will wait for the signals; all others, started after this, have them blocked.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const Address address = TRY(parse_address(options.listen));
  const auto store = TRY_DURING("data folder", store::Store::open(options.data_dir));
  TRY(ensure_api_key(*store));

  server::ServerOptions server_options;
  server_options.host = address.host;
  server_options.port = address.port;
  ci::ServiceOptions service_options;
  service_options.public_url = options.public_url;
  while (service_options.public_url.ends_with('/'))
    service_options.public_url.pop_back();
  if (service_options.public_url.empty())
    service_options.public_url = fmt::format("http://{}", options.listen);
  ci::Service service(*store, service_options);
  const auto server = TRY(server::Server::open(server_options, service, *store));

  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    spdlog::info("stopping");
    server->stop();
  });
  waiter.detach();  // It may wait for ever where the server ends by itself.

  if (!options.config.empty()) {
    const Json config = TRY_DURING("--config", ci::read_config(options.config));
    TRY_DURING("--config", service.apply_config(config));
  }
  TRY(service.start());
  spdlog::info("serving {} on {}:{}", options.data_dir.string(), address.host, server->port());
  server->run();
  service.stop();
  return {};
}

// Large buffers come and go between manifests that stay. The allocator would take them from one heap, whose
// holes it cannot give back: a server grew to twice the memory that it used.
void give_back_large_buffers() {
#ifdef __GLIBC__
  constexpr int bytes = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, bytes);
#endif
}

int serve_command(const cli::ServeOptions& options) {
  give_back_large_buffers();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("vernier"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  const Status served = serve(options);
  if (served.ok()) return 0;
  fmt::print(stderr, "vernier: {}\n", served.error().message);
  return served.error().kind == ErrorKind::invalid_input ? 2 : 1;
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) {
  try {
    return vernier::cli::run(argc, argv, {vernier::serve_command});
  } catch (const std::exception& error) {
    fmt::print(stderr, "vernier: internal error: {}\n", error.what());
    return 70;  // EX_SOFTWARE of sysexits.h
  }
}
