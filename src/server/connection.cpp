// SPDX-License-Identifier: Apache-2.0
#include "server/connection.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/access.h"
#include "server/router.h"
#include "server/status.h"

namespace vernier::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::use_awaitable;
using std::chrono::seconds;

constexpr std::uint32_t header_bytes_max = 16 * 1024;
// Bounds the buffer between socket and parser, hence also chunk headers and trailers.
constexpr std::size_t buffer_bytes_max = 128 * 1024;
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr seconds write_timeout{60};
// A refused client that is still sending is listened to this long and this much, so that it comes to read
// the answer instead of failing on a closed connection.
constexpr seconds linger_time{30};
constexpr std::size_t linger_bytes_max = 64 * 1024 * 1024;

// Runs `work` on a thread of `pool`; the coroutine goes on where it was.
template <typename Work>
asio::awaitable<std::invoke_result_t<Work&>> on(asio::thread_pool& pool, Work work) {
  using Value = std::invoke_result_t<Work&>;
  auto body = [&work]() -> asio::awaitable<Value> { co_return work(); };
  co_return co_await asio::co_spawn(pool.get_executor(), std::move(body), use_awaitable);
}

// One line that a terminal shows as it is, whatever the client sent.
std::string printable(std::string_view text) {
  std::string line(text.substr(0, 200));
  for (char& c : line)
    if (c < 0x20 || c > 0x7e) c = '?';
  return line;
}

Response call_handler(const Route& route, const Request& request) {
  try {
    const auto response = route.handler(request);
    if (response.ok()) return *response;
    if (response.error().kind == ErrorKind::corrupt)
      spdlog::error("{} {}: {}", request.method, printable(request.path), response.error().message);
    return error_response(response.error());
  } catch (const std::exception& error) {
    spdlog::error("{} {}: unexpected: {}", request.method, printable(request.path), error.what());
    return error_response(500, "the server failed on this request; its log says why");
  }
}

Response unauthorized(Access access) {
  if (access == Access::key)
    return error_response(401, "no valid API key: send the header `Authorization: Key KEY`");
  Response response = error_response(401, "no valid API key: give it as the password, with any user name");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Vernier\"");
  return response;
}

Response no_route(const Match& match) {
  if (match.allow.empty()) return error_response(404, "there is nothing at this path");
  Response response = error_response(405, fmt::format("this path takes {}", match.allow));
  response.headers.emplace_back("Allow", match.allow);
  return response;
}

// Whether the body's end is beyond doubt. Any coding but chunked would leave it to guessing, which is how one
// request is smuggled behind another.
template <typename Parser>
bool is_framed_plainly(const Parser& parser) {
  const auto coding = parser.get()[http::field::transfer_encoding];
  return coding.empty() || beast::iequals(coding, "chunked");
}

Response body_too_large(std::uint64_t bytes_max) {
  return error_response(413, fmt::format("the body has more than the {} bytes allowed here", bytes_max));
}

http::response<http::string_body> to_message(const Response& response, bool keep_alive) {
  http::response<http::string_body> message(static_cast<http::status>(response.status), 11, response.body);
  message.set(http::field::content_type, response.content_type);
  message.set(http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers)
    message.set(name, value);
  message.keep_alive(keep_alive);
  message.prepare_payload();
  return message;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, const ConnectionContext& context, bool refused)
    : stream_(std::move(socket)), buffer_(buffer_bytes_max), context_(context), refused_(refused) {}

asio::awaitable<void> Connection::converse() {
  bool going = co_await wait_for_request(true);
  while (going) {
    going = co_await exchange();
    if (going) going = co_await wait_for_request(false);
  }
  stream_.close();
}

void Connection::finish() {
  finishing_ = true;
  if (idle_) stream_.close();
}

// The wait between requests has a limit of its own; a new connection has as long as for its header.
asio::awaitable<bool> Connection::wait_for_request(bool first) {
  if (finishing_) co_return false;
  if (buffer_.size() > 0) co_return true;  // The next request came along with the last one.
  stream_.expires_after(seconds(first ? context_.options.header_timeout_s : context_.options.idle_timeout_s));
  beast::error_code code;
  idle_ = true;
  const std::size_t bytes =
      co_await stream_.async_read_some(buffer_.prepare(4096), asio::redirect_error(use_awaitable, code));
  idle_ = false;
  buffer_.commit(bytes);
  co_return !code;
}

// One request and its answer; says whether the connection goes on.
asio::awaitable<bool> Connection::exchange() {
  Parser parser;
  parser.header_limit(header_bytes_max);
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // read_body() holds the route's limit
  stream_.expires_after(seconds(context_.options.header_timeout_s));
  beast::error_code code;
  co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(use_awaitable, code));
  if (!code && !is_framed_plainly(parser)) code = http::error::bad_transfer_encoding;
  if (code) co_return co_await answer_bad_header(code);

  Exchange exchange = describe(parser);
  const Admission admission = co_await admit_on_pool(exchange);
  if (!admission.route) co_return co_await refuse(parser, exchange, admission.refusal);

  const BodyOutcome body = co_await read_body(parser, exchange, *admission.route);
  if (body.cut) {
    spdlog::info("{} {} cut off by the client", exchange.request.method, printable(exchange.request.path));
    co_return false;
  }
  if (body.refusal) {
    exchange.request.body = std::string();
    exchange.share = ByteBudget::Share();
    co_return co_await refuse(parser, exchange, *body.refusal);
  }

  const Response response = co_await call(*admission.route, exchange);
  const bool keep_alive = exchange.keep_alive && !finishing_;
  co_return co_await write(exchange, response, keep_alive);
}

// Answers what is not HTTP or too much of it; a connection that merely ended gets no answer.
asio::awaitable<bool> Connection::answer_bad_header(beast::error_code code) {
  if (code.category() != make_error_code(http::error::bad_method).category()) co_return false;
  if (code == http::error::end_of_stream || code == http::error::partial_message) co_return false;
  const bool too_long = code == http::error::header_limit || code == http::error::buffer_overflow;
  const Response response =
      too_long ? error_response(431, fmt::format("the header has more than {} bytes", header_bytes_max))
               : error_response(400, fmt::format("malformed request: {}", code.message()));
  if (co_await write(Exchange(), response, false)) co_await linger();
  co_return false;
}

Connection::Exchange Connection::describe(const Parser& parser) {
  const auto& message = parser.get();
  const auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
  Exchange exchange;
  exchange.head = message.method() == http::verb::head;
  exchange.request.method = exchange.head ? "GET" : text(message.method_string());
  const std::string target = text(message.target());
  const std::size_t mark = std::min(target.find('?'), target.size());
  exchange.request.path = target.substr(0, mark);
  exchange.request.query = mark < target.size() ? target.substr(mark + 1) : "";
  exchange.request.content_type = text(message[http::field::content_type]);
  for (const auto& field : message)
    exchange.request.headers.emplace_back(to_lower(text(field.name_string())), text(field.value()));
  exchange.authorization = text(message[http::field::authorization]);
  exchange.keep_alive = message.keep_alive();
  exchange.expects_continue = beast::iequals(message[http::field::expect], "100-continue");
  if (const auto length = parser.content_length()) exchange.content_length = *length;
  return exchange;
}

// Key before route: a stranger learns nothing of what is there.
Connection::Admission Connection::admit(Exchange& exchange) const {
  const Access access = access_of(exchange.request.path);
  if (access != Access::open) {
    const std::string key = presented_key(access, exchange.authorization);
    if (key.empty()) return {nullptr, unauthorized(access)};
    const auto valid = context_.application.is_api_key(key);
    if (!valid.ok()) return {nullptr, error_response(valid.error().during("check the API key"))};
    if (!*valid) return {nullptr, unauthorized(access)};
  }
  // Who signed a webhook is known once all of it is here.
  if (access == Access::open) exchange.share = ByteBudget::Share(context_.open_bodies);
  Match match = find_route(context_.application.routes, exchange.request.method, exchange.request.path);
  if (!match.route) return {nullptr, no_route(match)};
  exchange.request.ids = std::move(match.ids);
  const std::uint64_t bytes_max = body_limit(*match.route);
  if (exchange.content_length.value_or(0) > bytes_max) return {nullptr, body_too_large(bytes_max)};
  return {match.route, {}};
}

asio::awaitable<Connection::Admission> Connection::admit_on_pool(Exchange& exchange) {
  if (refused_) {
    Admission busy{nullptr, error_response(503, "too many connections; try again in a moment")};
    busy.refusal.headers.emplace_back("Retry-After", "1");
    co_return busy;
  }
  co_return co_await on(context_.quick, [this, &exchange] {
    try {
      return admit(exchange);
    } catch (const std::exception& error) {
      spdlog::error("admit a request: unexpected: {}", error.what());
      return Admission{nullptr, error_response(500, "the server failed on this request")};
    }
  });
}

asio::awaitable<Connection::BodyOutcome> Connection::read_body(Parser& parser, Exchange& exchange,
                                                               const Route& route) {
  beast::error_code code;
  if (exchange.expects_continue && !parser.is_done()) {
    const http::response<http::string_body> go_on(http::status::continue_, 11);
    stream_.expires_after(write_timeout);
    co_await http::async_write(stream_, go_on, asio::redirect_error(use_awaitable, code));
    if (code) co_return BodyOutcome{true, {}};
  }
  std::vector<char> piece(parser.is_done() ? 0 : piece_bytes);
  std::uint64_t bytes_read = 0;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    stream_.expires_after(seconds(context_.options.body_stall_timeout_s));
    co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(use_awaitable, code));
    if (code && code != http::error::need_buffer) co_return BodyOutcome{true, {}};
    const std::size_t filled = piece.size() - parser.get().body().size;
    bytes_read += filled;
    if (bytes_read > body_limit(route)) co_return BodyOutcome{false, body_too_large(body_limit(route))};
    const Status kept = co_await keep(exchange, route.body, std::string_view(piece.data(), filled));
    if (!kept.ok()) {
      BodyOutcome refused{false, error_response(kept.error())};
      refused.refusal->headers.emplace_back("Retry-After", "5");
      co_return refused;
    }
  }
  if (route.body == BodyPlace::file && !exchange.file) {  // An empty body is an empty file.
    const Status kept = co_await keep(exchange, route.body, {});
    if (!kept.ok()) co_return BodyOutcome{false, error_response(kept.error())};
  }
  co_return BodyOutcome{};
}

asio::awaitable<Status> Connection::keep(Exchange& exchange, BodyPlace place, std::string_view piece) {
  if (place == BodyPlace::memory) {
    if (!exchange.share.grow(piece.size()))
      co_return unavailable("too many large requests at once; try again in a moment");
    exchange.request.body.append(piece);
    co_return Status();
  }
  co_return co_await on(context_.quick, [this, &exchange, piece]() -> Status {
    if (!exchange.file) {
      exchange.file.emplace(TRY(SpooledFile::create(context_.application.incoming_dir)));
      exchange.request.body_file = exchange.file->path();
    }
    return exchange.file->append(piece);
  });
}

asio::awaitable<Response> Connection::call(const Route& route, Exchange& exchange) {
  auto& pool = route.effort == Effort::heavy ? context_.heavy : context_.quick;
  co_return co_await on(pool, [&route, &exchange] {
    Response response = call_handler(route, exchange.request);
    exchange.file.reset();  // here, because deleting a large file takes its time
    return response;
  });
}

// Says whether the connection goes on: the client wanted it and took the whole answer.
asio::awaitable<bool> Connection::write(const Exchange& exchange, const Response& response, bool keep_alive) {
  const auto message = to_message(response, keep_alive);
  http::response_serializer<http::string_body> serializer(message);
  stream_.expires_after(write_timeout);
  beast::error_code code;
  if (exchange.head)
    co_await http::async_write_header(stream_, serializer, asio::redirect_error(use_awaitable, code));
  else
    co_await http::async_write(stream_, serializer, asio::redirect_error(use_awaitable, code));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - exchange.started;
  spdlog::info("{} {} {} {} {:.1f}ms", exchange.head ? "HEAD" : printable(exchange.request.method),
               printable(exchange.request.path), response.status, exchange.head ? 0 : response.body.size(),
               took.count());
  co_return !code && keep_alive;
}

// Answers before the body is read. The body that is still to come would be taken for the next request, so
// the connection ends then.
asio::awaitable<bool> Connection::refuse(const Parser& parser, const Exchange& exchange,
                                         const Response& response) {
  const bool keep_alive = parser.is_done() && exchange.keep_alive && !finishing_ && !refused_;
  const bool going = co_await write(exchange, response, keep_alive);
  if (!parser.is_done()) co_await linger();
  co_return going;
}

asio::awaitable<void> Connection::linger() {
  beast::error_code code;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, code);
  stream_.expires_after(linger_time);
  std::vector<char> scratch(piece_bytes);
  std::size_t drained = 0;
  while (!code && drained < linger_bytes_max)
    drained +=
        co_await stream_.async_read_some(asio::buffer(scratch), asio::redirect_error(use_awaitable, code));
}

std::uint64_t Connection::body_limit(const Route& route) const {
  if (route.method == "GET") return 0;
  return route.body == BodyPlace::file ? context_.options.upload_bytes_max : context_.options.json_bytes_max;
}

}  // namespace vernier::server
