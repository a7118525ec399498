// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/asio.h"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <string_view>

namespace vernier::server {

// A client that sends bytes as they are and takes answers apart by their Content-Length.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }

  // False where the server has closed the connection.
  bool send(std::string_view bytes) {
    boost::system::error_code code;
    boost::asio::write(socket_, boost::asio::buffer(bytes), code);
    return !code;
  }

  // The next answer, header and body; empty where the connection ended instead.
  std::string receive(bool with_body = true) {
    boost::system::error_code code;
    const std::size_t header =
        boost::asio::read_until(socket_, boost::asio::dynamic_buffer(received_), "\r\n\r\n", code);
    if (code) return {};
    std::size_t length = header;
    const std::size_t field = received_.find("Content-Length: ");
    if (with_body && field < header) length += std::stoul(received_.substr(field + 16));
    while (received_.size() < length && !code)
      boost::asio::read(socket_, boost::asio::dynamic_buffer(received_), boost::asio::transfer_at_least(1),
                        code);
    std::string answer = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
  }

  std::string ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }

  // Whether the server ends the connection within `time`.
  bool is_closed_within(std::chrono::milliseconds time) {
    auto closed = std::async(std::launch::async, [this] { return receive().empty(); });
    if (closed.wait_for(time) == std::future_status::ready) return closed.get();
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    return false;
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace vernier::server
