// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_client.h"
#include "base/json.h"

namespace vernier::forge {

using Header = std::pair<std::string, std::string>;

// One forge's API as requests are sent to it.
struct Endpoint {
  std::string root;             // without a slash at its end
  std::string forge;            // "GitHub", for messages
  std::vector<Header> headers;  // of each request, beside those of the content and of who asks
  std::chrono::seconds timeout{30};
};

struct Call {
  std::string method = "GET";
  std::string path;  // "/repos/acme/shop?page=1"
  Json body;         // null: none
};

// Sends one call; any status is an answer. Where a repository was renamed, the forge says where it is now: as
// long as that is at the same server, it is asked there, for a few steps.
Result<HttpResponse> exchange(const Endpoint& endpoint, const Call& call, const Header& authorization);

// What an answer's status of 300 and above means: how long to wait where the forge says so, and its own
// message. `now` is in seconds since 1970.
Error refusal(const Endpoint& endpoint, const Call& call, const HttpResponse& answer, std::int64_t now);

// The answer's JSON (null where it has no content), or its refusal.
Result<Json> content_of(const Endpoint& endpoint, const Call& call, const HttpResponse& answer);

}  // namespace vernier::forge
