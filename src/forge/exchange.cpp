// SPDX-License-Identifier: Apache-2.0
#include "forge/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/text.h"
#include "forge/fields.h"
#include "forge/text_limits.h"

namespace vernier::forge {
namespace {

// Limits are per hour at the longest; a wait beyond that is a clock or a header gone wrong.
constexpr std::int64_t wait_max_s = 3'600;
constexpr std::int64_t wait_without_word_s = 60;
constexpr std::size_t message_characters_max = 200;
constexpr int redirects_max = 3;
constexpr std::size_t location_bytes_max = 2'000;

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The Retry-After header, which is a number of seconds or a date; else the time at which the limit is lifted,
// where nothing is left of it. Nothing where the forge asks for no wait.
std::optional<std::int64_t> asked_wait(const HttpResponse& answer, std::int64_t now) {
  const std::string retry_after(answer.header("retry-after"));
  if (!retry_after.empty()) {
    if (const auto seconds = to_number(retry_after)) return *seconds;
    std::tm date{};
    if (strptime(retry_after.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date)) return timegm(&date) - now;
  }
  for (const std::string prefix : {"x-ratelimit-", "ratelimit-"}) {
    if (answer.header(prefix + "remaining") != "0") continue;
    if (const auto reset = to_number(answer.header(prefix + "reset"))) return *reset - now;
  }
  return std::nullopt;
}

// The forge's own words: GitHub and Gitea say `message` (and GitHub a list of `errors`), GitLab `message`,
// which may be an object, or `error`.
std::string own_words(const HttpResponse& answer) {
  const auto json = parse_json(answer.body);
  if (!json.ok()) return {};
  std::string words;
  for (const char* const key : {"message", "error", "errors"}) {
    const Json& value = at(*json, key);
    if (value.is_null()) continue;
    words += (words.empty() ? "" : " ") + (value.is_string() ? value.get<std::string>() : dump_json(value));
  }
  return cut_characters(one_line(words), message_characters_max);
}

ErrorKind kind_of(int status) {
  if (status == 401 || status == 403) return ErrorKind::denied;
  if (status == 404 || status == 410) return ErrorKind::not_found;
  if (status == 409) return ErrorKind::conflict;
  if (status == 413) return ErrorKind::too_large;
  if (status == 408 || status == 429 || status >= 500) return ErrorKind::unavailable;
  return ErrorKind::invalid_input;
}

bool is_limited(const HttpResponse& answer, const std::string& words) {
  if (answer.status == 429) return true;
  return answer.status == 403 && to_lower(words).find("rate limit") != std::string::npos;
}

// "https://host:port" of an address; empty where it is none.
std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return to_lower(url.substr(0, std::min(url.find_first_of("/?#", scheme + 3), url.size())));
}

// Where to ask instead; empty where that is nowhere, or at another server, which is not to see our token.
std::string same_server(const Endpoint& endpoint, const HttpResponse& answer) {
  const bool moved =
      answer.status == 301 || answer.status == 302 || answer.status == 307 || answer.status == 308;
  const std::string location(answer.header("location"));
  if (!moved || location.empty() || location.size() > location_bytes_max) return {};
  const std::string origin = origin_of(endpoint.root);
  if (location.front() == '/' && !location.starts_with("//")) return origin + location;
  return origin_of(location) == origin ? location : std::string();
}

}  // namespace

Result<HttpResponse> exchange(const Endpoint& endpoint, const Call& call, const Header& authorization) {
  HttpRequest request;
  request.method = call.method;
  request.url = endpoint.root + call.path;
  request.headers = endpoint.headers;
  request.headers.emplace_back("User-Agent", "vernier/" VERNIER_VERSION);
  request.headers.push_back(authorization);
  request.timeout = endpoint.timeout;
  if (!call.body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = dump_json(call.body);
  }
  auto answer = http_request(request);
  for (int i = 0; answer.ok() && i < redirects_max; ++i) {
    request.url = same_server(endpoint, *answer);
    if (request.url.empty()) break;
    // A write is repeated as it is, whichever of the four statuses it is: browsers alone turn it into a GET.
    answer = http_request(request);
  }
  return answer;
}

Error refusal(const Endpoint& endpoint, const Call& call, const HttpResponse& answer, std::int64_t now) {
  const std::string words = own_words(answer);
  Error error{kind_of(answer.status),
              fmt::format("{} answered {} to {} {}{}{}", endpoint.forge, answer.status, call.method,
                          call.path.substr(0, call.path.find('?')), words.empty() ? "" : ": ", words)};
  if (answer.status >= 300 && answer.status < 400)
    error.message += ": has the repository moved to another server?";
  if (answer.status == 401) error.message += ": is the token still good?";
  const bool may_pass = error.kind == ErrorKind::unavailable || answer.status == 403;
  auto wait = may_pass ? asked_wait(answer, now) : std::nullopt;
  if (!wait && is_limited(answer, words)) wait = wait_without_word_s;
  if (wait) {
    error.kind = ErrorKind::unavailable;
    error.retry_after_s = static_cast<int>(std::clamp<std::int64_t>(*wait, 1, wait_max_s));
  }
  return error;
}

Result<Json> content_of(const Endpoint& endpoint, const Call& call, const HttpResponse& answer) {
  if (answer.status >= 300)
    return refusal(endpoint, call, answer, static_cast<std::int64_t>(std::time(nullptr)));
  if (trim(answer.body).empty()) return Json();
  auto json = parse_json(answer.body);
  if (!json.ok())
    return unavailable(fmt::format("{} answered {} {} with what is {}", endpoint.forge, call.method,
                                   call.path.substr(0, call.path.find('?')), json.error().message));
  return json;
}

}  // namespace vernier::forge
