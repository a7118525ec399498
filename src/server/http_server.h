// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>

#include "base/result.h"
#include "server/asio.h"
#include "server/connection.h"
#include "server/http.h"
#include "server/server.h"

namespace vernier::server {

// Accepts connections and serves an Application on them; knows nothing of what the application is.
class HttpServer {
 public:
  // Binds and listens. Fails with unavailable.
  static Result<std::unique_ptr<HttpServer>> open(const ServerOptions& options, Application application);

  std::uint16_t port() const { return port_; }
  // Serves until stop(), and then for at most ten seconds more.
  void run();
  // Safe from any thread, and before run().
  void stop();

 private:
  HttpServer(const ServerOptions& options, Application application);
  Status listen();
  boost::asio::awaitable<void> accept();
  void welcome(boost::asio::ip::tcp::socket socket);
  void forget(const std::shared_ptr<Connection>& connection);
  void begin_stop();

  const ServerOptions options_;
  const Application application_;
  // The io_context outlives the pools: what they finish last goes back to it.
  boost::asio::io_context io_;
  boost::asio::strand<boost::asio::io_context::executor_type> strand_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;     // after an accept that failed
  boost::asio::steady_timer deadline_;  // of a stop
  boost::asio::thread_pool quick_;
  boost::asio::thread_pool heavy_;
  ByteBudget open_bodies_;
  const ConnectionContext context_;
  std::uint16_t port_ = 0;

  std::mutex mutex_;
  // Shared by the coroutine that converses and by stop(), which may come at any moment of it.
  std::set<std::shared_ptr<Connection>> connections_;
  bool stopping_ = false;
};

}  // namespace vernier::server
