// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/asio.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "server/byte_budget.h"
#include "server/http.h"
#include "server/server.h"
#include "server/spool.h"

namespace vernier::server {

// What all connections of a server share.
struct ConnectionContext {
  const ServerOptions& options;
  const Application& application;
  ByteBudget& open_bodies;
  boost::asio::thread_pool& quick;
  boost::asio::thread_pool& heavy;
};

// One client's connection: reads requests, one after the other, and answers them. Its own strand runs
// everything but the handlers, the key check and the writing of bodies to files, which go to the pools.
class Connection {
 public:
  // A `refused` connection is answered 503, whatever it asks, and closed.
  Connection(boost::asio::ip::tcp::socket socket, const ConnectionContext& context, bool refused);

  // Ends when either side closes the connection or a time limit passes.
  boost::asio::awaitable<void> converse();

  // Asks the conversation to end after the answer in progress; at once where there is none. Runs on the
  // connection's strand.
  void finish();
  boost::asio::any_io_executor executor() { return stream_.get_executor(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  // A request on its way through, and what the access log will say of it.
  struct Exchange {
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    Request request;
    std::string authorization;
    bool head = false;        // answer without the body
    bool keep_alive = false;  // what the client wants
    bool expects_continue = false;
    std::optional<std::uint64_t> content_length;
    std::optional<SpooledFile> file;
    ByteBudget::Share share;  // of what bodies without a key may take in memory
  };
  // Either the route that will answer, or the answer that refuses the request.
  struct Admission {
    const Route* route = nullptr;
    Response refusal;
  };
  // How reading a body ended: cut off by the client, refused, or (neither) whole.
  struct BodyOutcome {
    bool cut = false;
    std::optional<Response> refusal;
  };

  boost::asio::awaitable<bool> wait_for_request(bool first);
  boost::asio::awaitable<bool> exchange();
  boost::asio::awaitable<bool> answer_bad_header(boost::beast::error_code code);
  static Exchange describe(const Parser& parser);
  Admission admit(Exchange& exchange) const;
  boost::asio::awaitable<Admission> admit_on_pool(Exchange& exchange);
  boost::asio::awaitable<BodyOutcome> read_body(Parser& parser, Exchange& exchange, const Route& route);
  boost::asio::awaitable<Status> keep(Exchange& exchange, BodyPlace place, std::string_view piece);
  boost::asio::awaitable<Response> call(const Route& route, Exchange& exchange);
  boost::asio::awaitable<bool> write(const Exchange& exchange, const Response& response, bool keep_alive);
  boost::asio::awaitable<bool> refuse(const Parser& parser, const Exchange& exchange,
                                      const Response& response);
  boost::asio::awaitable<void> linger();
  std::uint64_t body_limit(const Route& route) const;

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  const ConnectionContext& context_;
  bool refused_;
  bool idle_ = false;
  bool finishing_ = false;
};

}  // namespace vernier::server
