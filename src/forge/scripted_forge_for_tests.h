// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"

namespace vernier::forge {

struct Seen {
  std::string method;
  std::string target;
  std::string head;  // the request line and the headers
  std::string body;
};

// An answer's bytes; an empty string breaks the connection instead.
inline std::string answer(int status, const std::string& body, const std::vector<std::string>& headers = {}) {
  std::string text = fmt::format("HTTP/1.1 {} x\r\nContent-Length: {}\r\nConnection: close\r\n", status,
                                 status == 204 ? 0 : body.size());
  for (const std::string& header : headers)
    text += header + "\r\n";
  return text + "\r\n" + body;
}

// A server on loopback that answers as a test says and remembers what it was asked: for what no forge does on
// demand. Connections are served one at a time.
class ScriptedForge {
 public:
  explicit ScriptedForge(std::function<std::string(const Seen&)> script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool listens = ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                         ::listen(listener_, 16) == 0 &&
                         ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    CHECK(listens);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedForge() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  ScriptedForge(const ScriptedForge&) = delete;
  ScriptedForge& operator=(const ScriptedForge&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  std::vector<Seen> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  // How many requests had that method and a target that begins so.
  std::size_t count(const std::string& method, const std::string& target) const {
    std::size_t count = 0;
    for (const Seen& request : seen())
      if (request.method == method && request.target.starts_with(target)) ++count;
    return count;
  }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      const Seen request = read_request(connection);
      {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
      }
      const std::string bytes = script_(request);
      if (!bytes.empty()) ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::close(connection);
    }
  }

  static Seen read_request(int connection) {
    std::string bytes;
    char buffer[65'536];
    std::size_t end = std::string::npos;
    std::size_t length = 0;
    while (end == std::string::npos || bytes.size() < end + length) {
      const ssize_t count = ::recv(connection, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      bytes.append(buffer, static_cast<std::size_t>(count));
      if (end != std::string::npos || (end = bytes.find("\r\n\r\n")) == std::string::npos) continue;
      end += 4;
      const std::size_t field = to_lower(bytes).find("content-length: ");
      if (field < end) length = std::stoul(bytes.substr(field + 16));
    }
    Seen seen;
    if (end == std::string::npos) return seen;
    seen.head = bytes.substr(0, end);
    seen.body = bytes.substr(end);
    const auto words = split(seen.head.substr(0, seen.head.find('\r')), ' ');
    if (words.size() > 1) {
      seen.method = words[0];
      seen.target = words[1];
    }
    return seen;
  }

  std::function<std::string(const Seen&)> script_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
};

}  // namespace vernier::forge
