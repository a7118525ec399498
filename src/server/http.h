// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vernier::server {

// A request as handlers see it: HTTP's own business (framing, keys, limits) is done.
struct Request {
  std::string method;  // upper case; a HEAD request says GET
  std::string path;
  std::string query;  // after the `?`, still encoded
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::vector<std::int64_t> ids;                             // the path's {id} segments, in order
  std::string body;                                          // where the route's body goes to memory
  std::filesystem::path body_file;  // where it goes to a file, which is deleted after the answer
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

using Handler = std::function<Result<Response>(const Request&)>;

// Where a body is kept, which also chooses its limit: json_bytes_max or upload_bytes_max.
enum class BodyPlace { memory, file };

// `heavy` handlers read manifests or wait for databases. They have threads of their own, so that quick ones
// (health, a poll for a status) never wait behind them.
enum class Effort { quick, heavy };

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/api/v1/ci/{id}/runs": {id} stands for a positive integer
  Handler handler;
  BodyPlace body = BodyPlace::memory;
  Effort effort = Effort::quick;
};

// What an HttpServer serves.
struct Application {
  std::vector<Route> routes;
  std::function<Result<bool>(std::string_view key)> is_api_key;
  std::filesystem::path incoming_dir;  // where bodies that go to a file are written
};

}  // namespace vernier::server
