// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vernier {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // A multipart/form-data body instead of `body`, where any of the two is given. Files are streamed.
  std::vector<std::pair<std::string, std::string>> form_fields;
  std::vector<std::pair<std::string, std::filesystem::path>> form_files;
  std::chrono::seconds timeout{0};  // 0: none; connecting is bounded by 30 s always
  std::size_t response_bytes_max = 64'000'000;
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

  // The first header of that name (lower case); empty where there is none.
  std::string_view header(std::string_view name) const;
};

// Sends one request over HTTP or HTTPS, certificates checked; redirects are not followed. Any status is a
// response; fails with unavailable (cannot connect, connection broke), timed_out or too_large. Messages hold
// no header and no query string.
Result<HttpResponse> http_request(const HttpRequest& request);

// `text` with everything but unreserved characters percent-encoded.
std::string url_encode(std::string_view text);

}  // namespace vernier
