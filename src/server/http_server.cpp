// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

namespace vernier::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds stop_time{10};
constexpr std::chrono::milliseconds accept_pause{100};

std::size_t half_of(int threads) {
  return static_cast<std::size_t>(std::max(1, threads / 2));
}

}  // namespace

HttpServer::HttpServer(const ServerOptions& options, Application application)
    : options_(options),
      application_(std::move(application)),
      strand_(asio::make_strand(io_)),
      acceptor_(strand_),
      pause_(strand_),
      deadline_(strand_),
      quick_(half_of(options.request_threads)),
      heavy_(half_of(options.request_threads)),
      open_bodies_(options.open_bodies_bytes_max),
      context_{options_, application_, open_bodies_, quick_, heavy_} {}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const ServerOptions& options, Application application) {
  std::unique_ptr<HttpServer> server(new HttpServer(options, std::move(application)));
  TRY_DURING(fmt::format("listen on {}:{}", options.host, options.port), server->listen());
  return server;
}

Status HttpServer::listen() {
  error_code code;
  const auto failed = [&code] { return unavailable(code.message()); };
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, code);
  if (code || found.empty()) return failed();
  const tcp::endpoint endpoint = found.begin()->endpoint();
  if (acceptor_.open(endpoint.protocol(), code)) return failed();
  if (acceptor_.set_option(tcp::acceptor::reuse_address(true), code)) return failed();
  if (acceptor_.bind(endpoint, code)) return failed();
  if (acceptor_.listen(asio::socket_base::max_listen_connections, code)) return failed();
  port_ = acceptor_.local_endpoint(code).port();
  return {};
}

void HttpServer::run() {
  asio::co_spawn(
      strand_, [this] { return accept(); }, asio::detached);
  std::vector<std::jthread> threads;
  for (int i = 1; i < options_.io_threads; ++i)
    threads.emplace_back([this] { io_.run(); });
  io_.run();
  threads.clear();
  quick_.stop();
  heavy_.stop();
  quick_.join();
  heavy_.join();
}

void HttpServer::stop() {
  asio::post(strand_, [this] { begin_stop(); });
}

asio::awaitable<void> HttpServer::accept() {
  while (acceptor_.is_open()) {
    tcp::socket socket(asio::make_strand(io_));
    error_code code;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, code));
    if (!code) {
      welcome(std::move(socket));
    } else if (acceptor_.is_open()) {
      // Out of file descriptors, most likely: connections that end will mend it.
      spdlog::warn("accept a connection: {}", code.message());
      pause_.expires_after(accept_pause);
      co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, code));
    }
  }
}

// Beyond the limit a connection is told to come back; beyond twice the limit it is closed without a word.
void HttpServer::welcome(tcp::socket socket) {
  const std::lock_guard lock(mutex_);
  const auto connections_max = static_cast<std::size_t>(options_.connections_max);
  if (stopping_ || connections_.size() >= 2 * connections_max) return;
  const bool refused = connections_.size() >= connections_max;
  const auto connection = std::make_shared<Connection>(std::move(socket), context_, refused);
  connections_.insert(connection);
  const auto converse = [this, connection]() -> asio::awaitable<void> {
    try {
      co_await connection->converse();
    } catch (const std::exception& error) {
      spdlog::error("a connection ended: unexpected: {}", error.what());
    }
    forget(connection);
  };
  asio::co_spawn(connection->executor(), converse, asio::detached);
}

void HttpServer::forget(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
  if (stopping_ && connections_.empty()) io_.stop();
}

void HttpServer::begin_stop() {
  error_code ignored;  // Closing an acceptor that is closed already is no failure.
  acceptor_.close(ignored);
  pause_.cancel();
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  if (connections_.empty()) io_.stop();
  for (const auto& connection : connections_)
    asio::post(connection->executor(), [connection] { connection->finish(); });
  deadline_.expires_after(stop_time);
  deadline_.async_wait([this](error_code) { io_.stop(); });
}

}  // namespace vernier::server
