// SPDX-License-Identifier: Apache-2.0
#include "server/router.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace vernier::server {
namespace {

std::optional<std::int64_t> parse_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (code != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

std::string_view next_segment(std::string_view& rest) {
  const std::size_t length = std::min(rest.find('/'), rest.size());
  const std::string_view segment = rest.substr(0, length);
  rest.remove_prefix(std::min(length + 1, rest.size()));
  return segment;
}

}  // namespace

std::optional<std::vector<std::int64_t>> match_path(std::string_view pattern, std::string_view path) {
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return std::nullopt;
  std::vector<std::int64_t> ids;
  while (!pattern.empty() || !path.empty()) {
    const std::string_view wanted = next_segment(pattern);
    const std::string_view given = next_segment(path);
    if (wanted != "{id}") {
      if (wanted != given) return std::nullopt;
      continue;
    }
    const auto id = parse_id(given);
    if (!id) return std::nullopt;
    ids.push_back(*id);
  }
  return ids;
}

Match find_route(const std::vector<Route>& routes, std::string_view method, std::string_view path) {
  std::vector<std::string> allowed;
  for (const Route& route : routes) {
    auto ids = match_path(route.pattern, path);
    if (!ids) continue;
    if (route.method == method) return {&route, std::move(*ids), {}};
    allowed.emplace_back(route.method);
  }
  return {nullptr, {}, join(allowed, ", ")};
}

}  // namespace vernier::server
