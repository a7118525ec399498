// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.h"

namespace vernier::server {

struct Match {
  const Route* route = nullptr;   // nullptr: no route takes this path with this method
  std::vector<std::int64_t> ids;  // of the {id} segments, in order
  std::string allow;              // where other methods would do: "GET, POST"
};

// The route for a request. Where two patterns fit, the earlier one is taken.
Match find_route(const std::vector<Route>& routes, std::string_view method, std::string_view path);

// The ids in `path` where it fits `pattern`.
std::optional<std::vector<std::int64_t>> match_path(std::string_view pattern, std::string_view path);

}  // namespace vernier::server
