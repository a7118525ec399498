// SPDX-License-Identifier: Apache-2.0
#include "forge/api.h"

#include <fmt/format.h>

#include <charconv>
#include <thread>

namespace vernier::forge {
namespace {

constexpr int pages_max = 100;
constexpr std::chrono::milliseconds before_second_try{200};

// Whether a page is the list's last. GitHub and Gitea link to the next; GitLab names it; Gitea gives some
// lists whole whatever was asked for, and tells their length.
bool has_next(const HttpResponse& answer, std::size_t page_items, std::size_t items, int page_size) {
  const std::string_view link = answer.header("link");
  if (!link.empty()) return link.find("rel=\"next\"") != std::string_view::npos;
  for (const auto& [name, value] : answer.headers)
    if (name == "x-next-page") return !value.empty();
  const std::string_view total = answer.header("x-total-count");
  std::size_t total_items = 0;
  const auto [end, failure] = std::from_chars(total.data(), total.data() + total.size(), total_items);
  if (!total.empty() && failure == std::errc() && end == total.data() + total.size())
    return items < total_items;
  return page_items >= static_cast<std::size_t>(page_size);
}

}  // namespace

Api::Api(Endpoint endpoint, std::unique_ptr<Credentials> credentials, Paging paging,
         std::chrono::milliseconds between_writes)
    : endpoint_(std::move(endpoint)),
      credentials_(std::move(credentials)),
      paging_(std::move(paging)),
      between_writes_(between_writes) {}

Result<HttpResponse> Api::send_with(const Call& call, const Header& authorization) {
  if (call.method != "GET") {
    const std::lock_guard lock(write_mutex_);
    std::this_thread::sleep_until(next_write_);
    auto answer = exchange(endpoint_, call, authorization);
    next_write_ = std::chrono::steady_clock::now() + between_writes_;
    return answer;
  }
  auto answer = exchange(endpoint_, call, authorization);
  if (answer.ok() || answer.error().kind != ErrorKind::unavailable) return answer;
  std::this_thread::sleep_for(before_second_try);
  return exchange(endpoint_, call, authorization);
}

Result<HttpResponse> Api::send(const Call& call) {
  const Header authorization = TRY(credentials_->header());
  auto answer = send_with(call, authorization);
  if (!answer.ok() || answer->status != 401 || !credentials_->renew(authorization)) return answer;
  const Header renewed = TRY(credentials_->header());
  return send_with(call, renewed);
}

Result<Json> Api::ask(const Call& call) {
  const HttpResponse answer = TRY(send(call));
  return content_of(endpoint_, call, answer);
}

Status Api::for_each(const std::string& path, const std::function<bool(const Json&)>& visit) {
  const char separator = path.find('?') == std::string::npos ? '?' : '&';
  std::size_t items = 0;
  for (int page = 1; page <= pages_max; ++page) {
    const Call call{"GET",
                    fmt::format("{}{}{}={}&page={}", path, separator, paging_.size_name, paging_.size, page),
                    Json()};
    const HttpResponse answer = TRY(send(call));
    const Json list = TRY(content_of(endpoint_, call, answer));
    if (list.is_null() || list.empty()) return {};
    if (!list.is_array())
      return unavailable(fmt::format("{} answered GET {} with no list", endpoint_.forge, path));
    for (const Json& item : list)
      if (!visit(item)) return {};
    items += list.size();
    if (!has_next(answer, list.size(), items, paging_.size)) return {};
  }
  return {};
}

}  // namespace vernier::forge
