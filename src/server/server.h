// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "ci/ci.h"
#include "store/store.h"

namespace vernier::server {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;                       // 0: any free one
  std::uint64_t upload_bytes_max = 4'000'000'000;  // an artifacts upload, streamed to disk
  std::uint64_t json_bytes_max = 26'000'000;       // any other body; GitHub sends webhooks of up to 25 MB
  std::uint64_t open_bodies_bytes_max =
      128'000'000;  // of all bodies at once that come without a key: webhooks
  int connections_max = 512;
  int io_threads = 2;
  int request_threads = 8;  // half of them for uploads and what waits for databases
  int header_timeout_s = 30;
  int idle_timeout_s = 75;
  int body_stall_timeout_s = 60;  // for each 64 KiB of a body
};

// The HTTP server: routes to `service`, keys checked against `store`.
class Server {
 public:
  // Binds and listens. Fails with unavailable where the address is taken.
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options, ci::Service& service,
                                              store::Store& store);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  // Serves until stop(); then answers what is in progress, for at most ten seconds, and returns.
  virtual void run() = 0;
  // Safe from any thread.
  virtual void stop() = 0;
};

}  // namespace vernier::server
