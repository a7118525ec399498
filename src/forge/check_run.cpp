// SPDX-License-Identifier: Apache-2.0
#include "forge/check_run.h"

#include <fmt/format.h>

#include "forge/fields.h"
#include "forge/text_limits.h"

namespace vernier::forge {
namespace {

constexpr std::size_t summary_bytes_max = 65'535;
constexpr std::size_t title_characters_max = 255;

std::string conclusion_of(CheckState state) {
  switch (state) {
    case CheckState::success:
      return "success";
    case CheckState::neutral:
      return "neutral";
    case CheckState::confirmation:
    case CheckState::action_required:
      return "action_required";
    case CheckState::cancelled:
      return "cancelled";
    case CheckState::failure:
    case CheckState::error:
      return "failure";
    case CheckState::waiting:
    case CheckState::running:
      break;
  }
  return {};
}

Json content(const CheckOrder& order) {
  const std::string conclusion = conclusion_of(order.state);
  Json body = {{"name", order.context}, {"external_id", order.context}, {"status", "completed"}};
  if (conclusion.empty())
    body["status"] = order.state == CheckState::waiting ? "queued" : "in_progress";
  else
    body["conclusion"] = conclusion;
  if (!order.url.empty()) body["details_url"] = order.url;
  const std::string title = cut_characters(one_line(order.description), title_characters_max);
  // GitHub wants both or none.
  if (!title.empty())
    body["output"] = {
        {"title", title},
        {"summary", cut_bytes(order.summary.empty() ? title : order.summary, summary_bytes_max)}};
  return body;
}

// Another App may have a check run of that name, but hardly with our external id; whose it is may be untold.
bool is_ours(const Json& run, const std::string& login, const CheckOrder& order) {
  const std::string app = text_at(run, "app.slug");
  return text_at(run, "name") == order.context && text_at(run, "external_id") == order.context &&
         (app.empty() || app + "[bot]" == login);
}

// The newest of ours: after a restart its id may be lost. Empty where there is none.
Result<std::string> find_ours(Api& api, const std::string& repository, const std::string& login,
                              const CheckOrder& order) {
  const Json answer =
      TRY(api.get(fmt::format("{}/commits/{}/check-runs?check_name={}&filter=latest&per_page=100", repository,
                              order.sha.text(), url_encode(order.context))));
  const Json& runs = at(answer, "check_runs");
  if (!runs.is_array()) return std::string();
  for (const Json& run : runs)
    if (is_ours(run, login, order)) return std::to_string(number_at(run, "id"));
  return std::string();
}

}  // namespace

Result<std::string> put_check_run(Api& api, const std::string& repository, const std::string& login,
                                  const CheckOrder& order) {
  Json body = content(order);
  const bool is_number =
      !order.known_id.empty() && order.known_id.find_first_not_of("0123456789") == std::string::npos;
  const std::string known = is_number ? order.known_id : TRY(find_ours(api, repository, login, order));
  if (!known.empty()) {
    const auto updated = api.ask({"PATCH", repository + "/check-runs/" + known, body});
    if (updated.ok()) return known;
    if (updated.error().kind != ErrorKind::not_found) return updated.error();
  }
  body["head_sha"] = order.sha.text();
  const Json created = TRY(api.ask({"POST", repository + "/check-runs", body}));
  return std::to_string(TRY(require_number(created, "id")));
}

}  // namespace vernier::forge
