// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "server/client_for_tests.h"

namespace vernier::server {
namespace {

using namespace std::chrono_literals;

const std::string auth = "Authorization: Key good\r\n";

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override { start({}); }
  void TearDown() override { end(); }

  void start(ServerOptions options) {
    end();
    options.port = 0;
    server_ = HttpServer::open(options, application()).value();
    thread_ = std::jthread([this] { server_->run(); });
  }
  void end() {
    if (!server_) return;
    server_->stop();
    thread_.join();
    server_.reset();
  }

  Application application() {
    const auto echo = [](const Request& request) -> Result<Response> {
      return Response{200, "text/plain", request.body, {}};
    };
    const auto size = [](const Request& request) -> Result<Response> {
      return Response{200, "text/plain", std::to_string(std::filesystem::file_size(request.body_file)), {}};
    };
    const auto wait = [this](const Request&) -> Result<Response> {
      entered_.set_value();
      std::this_thread::sleep_for(500ms);
      return Response{200, "text/plain", "waited", {}};
    };
    const auto fail = [](const Request& request) -> Result<Response> {
      return Error{static_cast<ErrorKind>(request.ids[0] - 1), "said why"};
    };
    const auto raise = [](const Request&) -> Result<Response> { throw std::runtime_error("internals"); };
    return {{{"GET", "/healthz", echo},
             {"POST", "/api/echo", echo},
             {"GET", "/api/echo", echo},
             {"POST", "/api/size", size, BodyPlace::file, Effort::heavy},
             {"POST", "/webhooks/echo", echo},
             {"GET", "/wait", wait},
             {"GET", "/fail/{id}", fail},
             {"GET", "/raise", raise},
             {"GET", "/ci/{id}", echo}},
            [](std::string_view key) { return Result<bool>(key == "good"); },
            folder_.path()};
  }

  std::string ask(std::string_view bytes) { return Client(server_->port()).ask(bytes); }
  std::size_t files_left() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }

  TempDir folder_ = TempDir::create(testing::TempDir()).value();
  std::promise<void> entered_;
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};

std::string post(std::string_view path, std::string_view body, std::string_view headers = auth) {
  return fmt::format("POST {} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{}", path, headers, body.size(), body);
}

// Whoever sends them: a key is not asked for, and who signed them is known at their end.
TEST_F(HttpServerTest, bounds_what_bodies_without_a_key_take_in_memory_at_once) {
  ServerOptions options;
  options.open_bodies_bytes_max = 1'000'000;
  start(options);
  const std::string body(600'000, 'x');
  const std::string whole = post("/webhooks/echo", body, "");
  Client first(server_->port());
  ASSERT_TRUE(first.send(whole.substr(0, whole.size() - 1)));
  std::this_thread::sleep_for(300ms);  // the server takes it in, and waits for the last byte
  // The second is refused while the first is on its way; a request with a key is not.
  const std::string refused = ask(whole);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused.substr(0, 200);
  EXPECT_TRUE(contains(refused, "Retry-After: ")) << refused.substr(0, 200);
  EXPECT_TRUE(ask(post("/api/echo", body)).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(first.ask("x").starts_with("HTTP/1.1 200 "));
  // What a request took goes back, also where it was refused or its client went away.
  { Client(server_->port()).send(whole.substr(0, 400'000)); }
  std::string taken;
  for (int i = 0; i < 100 && !taken.starts_with("HTTP/1.1 200 "); ++i) {
    taken = ask(whole);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_TRUE(taken.starts_with("HTTP/1.1 200 ")) << taken.substr(0, 200);
}

TEST_F(HttpServerTest, answers_each_request_by_its_fault) {
  const std::string basic = "Authorization: Basic ";
  const std::vector<std::tuple<std::string, int, std::string>> cases = {
      {"GET /healthz HTTP/1.1\r\n\r\n", 200, ""},
      {"GET /healthz?x=1 HTTP/1.0\r\n\r\n", 200, ""},
      {"GET /nothing HTTP/1.1\r\n\r\n", 404, "{\"detail\":\"there is nothing at this path\"}"},
      {"DELETE /healthz HTTP/1.1\r\n\r\n", 405, "Allow: GET\r\n"},
      {"PUT /api/echo HTTP/1.1\r\n" + auth + "\r\n", 405, "Allow: POST, GET\r\n"},
      {"GET /api/echo HTTP/1.1\r\n\r\n", 401, "{\"detail\":"},
      {"GET /api/nothing HTTP/1.1\r\n\r\n", 401, "{\"detail\":"},
      {"GET /api/nothing HTTP/1.1\r\n" + auth + "\r\n", 404, ""},
      {"GET /api/echo HTTP/1.1\r\nAuthorization: Key bad\r\n\r\n", 401, ""},
      {"GET /api/echo HTTP/1.1\r\nAuthorization: Bearer good\r\n\r\n", 401, ""},
      {"GET /api/echo HTTP/1.1\r\nAuthorization: Key\r\n\r\n", 401, ""},
      {"GET /api/echo HTTP/1.1\r\nAuthorization: key good\r\n\r\n", 200, ""},
      {"GET /%61pi/echo HTTP/1.1\r\n\r\n", 404, ""},
      {"GET //api/echo HTTP/1.1\r\n\r\n", 404, ""},
      {"GET /ci/1 HTTP/1.1\r\n\r\n", 401, "WWW-Authenticate: Basic realm=\"Vernier\"\r\n"},
      {"GET /ci/1 HTTP/1.1\r\n" + basic + "bWU6Z29vZA==\r\n\r\n", 200, ""},
      {"GET /ci/1 HTTP/1.1\r\n" + basic + "bWU6YmFk\r\n\r\n", 401, ""},
      {"GET /ci/1 HTTP/1.1\r\n" + basic + "!!!\r\n\r\n", 401, ""},
      {"GET /ci/1 HTTP/1.1\r\n" + auth + "\r\n", 200, ""},
      {"GET /ci/0 HTTP/1.1\r\n" + basic + "bWU6Z29vZA==\r\n\r\n", 404, ""},
      {"GET /ci/99999999999999999999 HTTP/1.1\r\n" + basic + "bWU6Z29vZA==\r\n\r\n", 404, ""},
      {"GET /fail/1 HTTP/1.1\r\n\r\n", 400, "{\"detail\":\"said why\"}"},
      {"GET /fail/2 HTTP/1.1\r\n\r\n", 404, "said why"},
      {"GET /fail/3 HTTP/1.1\r\n\r\n", 413, "said why"},
      {"GET /fail/4 HTTP/1.1\r\n\r\n", 403, "said why"},
      {"GET /fail/5 HTTP/1.1\r\n\r\n", 409, "said why"},
      {"GET /fail/6 HTTP/1.1\r\n\r\n", 503, "said why"},
      {"GET /fail/7 HTTP/1.1\r\n\r\n", 504, "said why"},
      {"GET /fail/8 HTTP/1.1\r\n\r\n", 503, "said why"},
      {"GET /fail/9 HTTP/1.1\r\n\r\n", 500, "said why"},
      {"not http at all\r\n\r\n", 400, "malformed request"},
      {"GET /healthz HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, ""},
      {"GET /healthz HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400, ""},
      {"GET /healthz HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 413, ""},
      {"GET /healthz HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431, "16384 bytes"},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", 431, ""},
  };
  for (const auto& [request, status, part] : cases) {
    const std::string answer = ask(request);
    EXPECT_TRUE(answer.starts_with(fmt::format("HTTP/1.1 {} ", status)))
        << request.substr(0, 100) << answer.substr(0, 300);
    EXPECT_TRUE(contains(answer, part)) << request.substr(0, 100) << answer;
  }
}

TEST_F(HttpServerTest, survives_a_handler_that_throws_and_hides_why) {
  Client client(server_->port());
  const std::string answer = client.ask("GET /raise HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 "));
  EXPECT_FALSE(contains(answer, "internals"));
  EXPECT_TRUE(client.ask("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, answers_pipelined_requests_in_order) {
  Client client(server_->port());
  client.send(post("/api/echo", "first") + post("/api/echo", "second") + "GET /nothing HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.receive().ends_with("\r\n\r\nfirst"));
  EXPECT_TRUE(client.receive().ends_with("\r\n\r\nsecond"));
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 404 "));
}

TEST_F(HttpServerTest, answers_head_without_a_body) {
  Client client(server_->port());
  client.send("HEAD /nothing HTTP/1.1\r\n\r\n");
  const std::string answer = client.receive(false);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 "));
  EXPECT_FALSE(contains(answer, "Content-Length: 0"));
  EXPECT_TRUE(client.ask("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, closes_where_the_client_asks_for_it) {
  Client client(server_->port());
  EXPECT_TRUE(
      contains(client.ask("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"), "Connection: close"));
  EXPECT_TRUE(client.is_closed_within(2s));
}

TEST_F(HttpServerTest, takes_chunked_bodies) {
  const std::string answer = ask("POST /api/echo HTTP/1.1\r\n" + auth +
                                 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\nabcde")) << answer;
}

TEST_F(HttpServerTest, says_continue_only_to_a_body_that_it_will_take) {
  Client client(server_->port());
  const std::string header = "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  client.send("POST /api/echo HTTP/1.1\r\n" + auth + header);
  EXPECT_TRUE(client.receive(false).starts_with("HTTP/1.1 100 "));
  EXPECT_TRUE(client.ask("body").ends_with("\r\n\r\nbody"));

  EXPECT_TRUE(ask("POST /api/echo HTTP/1.1\r\n" + header).starts_with("HTTP/1.1 401 "));
}

TEST_F(HttpServerTest, refuses_bodies_over_the_limit_of_their_place) {
  start({.upload_bytes_max = 2000, .json_bytes_max = 1000});
  const std::string large(1500, 'x');
  EXPECT_TRUE(ask(post("/api/echo", large)).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask(post("/api/size", large)).ends_with("\r\n\r\n1500"));
  EXPECT_TRUE(ask(post("/api/size", large + large)).starts_with("HTTP/1.1 413 "));
  const std::string chunks =
      fmt::format("POST /api/size HTTP/1.1\r\n{}Transfer-Encoding: chunked\r\n\r\n", auth) +
      fmt::format("{:x}\r\n{}\r\n", large.size(), large) +
      fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", large.size(), large);
  EXPECT_TRUE(ask(chunks).starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(files_left(), 0U);
}

TEST_F(HttpServerTest, lets_a_refused_client_finish_its_upload_and_read_why) {
  const std::string answer = ask(post("/api/size", std::string(20'000'000, 'x'), ""));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer;
}

TEST_F(HttpServerTest, deletes_what_a_cut_upload_left) {
  {
    Client client(server_->port());
    client.send("POST /api/size HTTP/1.1\r\n" + auth + "Content-Length: 500000\r\n\r\n" +
                std::string(200'000, 'x'));
    for (int i = 0; i < 100 && files_left() == 0; ++i)
      std::this_thread::sleep_for(20ms);
    EXPECT_EQ(files_left(), 1U);
  }
  for (int i = 0; i < 100 && files_left() > 0; ++i)
    std::this_thread::sleep_for(20ms);
  EXPECT_EQ(files_left(), 0U);
  EXPECT_TRUE(ask(post("/api/size", "")).ends_with("\r\n\r\n0"));
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(HttpServerTest, streams_a_large_upload_without_growing) {
  constexpr std::size_t pieces = 200;
  const std::string piece(1'000'000, 'x');
  Client client(server_->port());
  client.send(
      fmt::format("POST /api/size HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n", auth, pieces * piece.size()));
  const std::size_t before = resident_bytes();
  for (std::size_t i = 0; i < pieces; ++i)
    ASSERT_TRUE(client.send(piece));
  EXPECT_TRUE(client.receive().ends_with("\r\n\r\n200000000"));
  // Well under the upload's size; the sanitizers' quarantine of freed memory takes most of it.
  EXPECT_LT(resident_bytes(), before + 150'000'000);
}

TEST_F(HttpServerTest, drops_slow_clients_at_every_stage) {
  start({.header_timeout_s = 1, .idle_timeout_s = 1, .body_stall_timeout_s = 1});
  const std::vector<std::string> beginnings = {
      "",                                                                     // silent from the start
      "GET /healthz HTTP/1.1\r\nX: ",                                         // stuck in the header
      "POST /api/echo HTTP/1.1\r\n" + auth + "Content-Length: 10\r\n\r\nab",  // stuck in the body
  };
  for (const std::string& beginning : beginnings) {
    Client client(server_->port());
    client.send(beginning);
    EXPECT_TRUE(client.is_closed_within(4s)) << beginning;
  }
  Client idle(server_->port());
  EXPECT_TRUE(idle.ask("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(idle.is_closed_within(4s));
}

TEST_F(HttpServerTest, a_header_byte_now_and_then_does_not_keep_a_connection) {
  start({.header_timeout_s = 1});
  Client client(server_->port());
  client.send("GET /healthz HTTP/1.1\r\n");
  bool open = true;
  const auto begin = std::chrono::steady_clock::now();
  while (open && std::chrono::steady_clock::now() - begin < 5s) {
    open = client.send("X");
    std::this_thread::sleep_for(200ms);
  }
  EXPECT_FALSE(open);
}

TEST_F(HttpServerTest, answers_503_beyond_its_connections) {
  start({.connections_max = 2});
  Client first(server_->port());
  {
    Client second(server_->port());
    EXPECT_TRUE(first.ask("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(second.ask("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(ask("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503 "));
  }
  std::string answer;
  for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 200 "); ++i) {
    std::this_thread::sleep_for(20ms);
    answer = ask("GET /healthz HTTP/1.1\r\n\r\n");
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << "a place that is free again is not given away";
}

TEST_F(HttpServerTest, serves_many_clients_at_once) {
  std::vector<std::future<int>> clients;
  for (int c = 0; c < 24; ++c)
    clients.push_back(std::async(std::launch::async, [this, c] {
      Client client(server_->port());
      int right = 0;
      for (int i = 0; i < 20; ++i) {
        const std::string body = fmt::format("client {} request {}", c, i);
        right += client.ask(post("/api/echo", body)).ends_with("\r\n\r\n" + body) ? 1 : 0;
      }
      return right;
    }));
  for (auto& client : clients)
    EXPECT_EQ(client.get(), 20);
}

TEST_F(HttpServerTest, stop_ends_idle_connections_and_finishes_answers) {
  Client idle(server_->port());
  EXPECT_TRUE(idle.ask("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
  Client busy(server_->port());
  busy.send("GET /wait HTTP/1.1\r\n\r\n");
  entered_.get_future().wait();
  const auto begin = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_TRUE(busy.receive().ends_with("waited"));
  EXPECT_TRUE(idle.is_closed_within(1s));
  thread_.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  server_.reset();
}

TEST_F(HttpServerTest, says_that_its_address_is_taken) {
  ServerOptions options;
  options.port = server_->port();
  const auto second = HttpServer::open(options, application());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(contains(second.error().message, "already in use")) << second.error().message;
}

}  // namespace
}  // namespace vernier::server
