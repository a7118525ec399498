// SPDX-License-Identifier: Apache-2.0
#include "forge/deliveries.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "forge/fields.h"

namespace vernier::forge {
namespace {

constexpr int page_size = 100;
constexpr int pages_max = 20;
constexpr std::int64_t looked_back_s = 24 * 3'600;
constexpr int tries_max = 3;
constexpr std::array events_of_ours = {"pull_request", "issue_comment", "check_run", "check_suite"};

// One event and all tries to deliver it.
struct Tries {
  FailedDelivery newest;
  int failed = 0;
  bool arrived = false;
};

bool has_arrived(std::int64_t status) {
  const bool is_theirs = status <= 0 || status == 408 || status == 429 || status >= 500;
  return !is_theirs;
}

// Adds a page; false where the rest is too old to be looked at. Deliveries come newest first.
bool add_page(const std::string& hook, const Json& page, const std::string& oldest,
              std::map<std::string, Tries>& by_event) {
  for (const Json& delivery : page) {
    const std::string at_time = text_at(delivery, "delivered_at");
    if (at_time < oldest) return false;
    const std::string event = text_at(delivery, "event");
    if (std::ranges::find(events_of_ours, event) == events_of_ours.end()) continue;
    Tries& tries = by_event[text_at(delivery, "guid")];
    if (tries.newest.id.empty())
      tries.newest = {fmt::format("{}/deliveries/{}", hook, number_at(delivery, "id")), event, at_time};
    if (has_arrived(number_at(delivery, "status_code")))
      tries.arrived = true;
    else
      ++tries.failed;
  }
  return true;
}

// Of `<https://...?per_page=100&cursor=v1_123>; rel="next"`; empty where there is no next page.
std::string next_cursor(std::string_view links) {
  constexpr std::string_view name = "cursor=";
  constexpr std::size_t cursor_bytes_max = 200;
  for (const std::string& link : split(links, ',')) {
    const std::size_t begin = link.find(name);
    if (begin == std::string::npos || link.find("rel=\"next\"") == std::string::npos) continue;
    const std::string cursor =
        link.substr(begin + name.size(), link.find_first_of("&>", begin) - begin - name.size());
    return cursor.size() <= cursor_bytes_max ? cursor : std::string();
  }
  return {};
}

}  // namespace

Result<std::vector<FailedDelivery>> list_failed(const Endpoint& endpoint, const SendCall& send,
                                                const std::string& hook, std::int64_t now) {
  const std::string oldest = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now - looked_back_s));
  std::map<std::string, Tries> by_event;
  std::string cursor;
  for (int i = 0; i < pages_max; ++i) {
    const Call call{"GET",
                    fmt::format("{}/deliveries?per_page={}{}", hook, page_size,
                                cursor.empty() ? "" : "&cursor=" + cursor),
                    Json()};
    const HttpResponse answer = TRY(send(call));
    const Json page = TRY(content_of(endpoint, call, answer));
    if (!page.is_array() || !add_page(hook, page, oldest, by_event)) break;
    cursor = next_cursor(answer.header("link"));
    if (cursor.empty()) break;
  }
  std::vector<FailedDelivery> failed;
  for (const auto& [guid, tries] : by_event)
    if (!tries.arrived && tries.failed < tries_max) failed.push_back(tries.newest);
  std::ranges::sort(failed, std::greater(), &FailedDelivery::delivered_at);
  return failed;
}

}  // namespace vernier::forge
