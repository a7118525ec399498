// SPDX-License-Identifier: Apache-2.0
#include <Poco/RegularExpression.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

constexpr std::size_t log_lines_max = 100;  // what the client sends at once
constexpr std::size_t log_line_bytes_max = 500;

// A line of the client's log as ours may hold it: short, printable, and without what follows a word that
// announces a secret.
std::string presentable(std::string line) {
  static const Poco::RegularExpression secret(
      R"((key|token|password|passwd|secret|authorization)(["':= ]+)\S+)",
      Poco::RegularExpression::RE_CASELESS);
  line.resize(std::min(line.size(), log_line_bytes_max));
  std::ranges::replace_if(
      line, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  secret.subst(line, "$1$2***", Poco::RegularExpression::RE_GLOBAL);
  return line;
}

Result<Response> show_health(const Request&) {
  return json_response({{"status", "ok"}});
}

Result<Response> show_organization(const Request&) {
  return json_response({{"org_id", 1}, {"org_name", "Vernier"}, {"user_id", 1}});
}

// The client waits for this answer at the end of every command, and ignores it.
Result<Response> take_log(const Request& request) {
  if (!spdlog::should_log(spdlog::level::debug)) return json_response(Json::object());
  const Json body = TRY(parse_json(request.body));
  const auto logs = body.is_object() ? body.find("logs") : body.end();
  if (logs == body.end() || !logs->is_array()) return json_response(Json::object());
  for (std::size_t i = 0; i < std::min(logs->size(), log_lines_max); ++i) {
    const auto message = optional_string((*logs)[i], "message");
    if (message.ok() && *message) spdlog::debug("client: {}", presentable(**message));
  }
  return json_response(Json::object());
}

Result<Response> show_name(const Request&) {
  return Response{200,
                  "text/html; charset=utf-8",
                  "<!doctype html><title>Vernier</title><h1>Vernier</h1>"
                  "<p>Shows, on the pull request, what a dbt change does to the data.</p>\n",
                  {{"Content-Security-Policy", "default-src 'none'"}, {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

std::vector<Route> system_routes() {
  return {
      {"GET", "/", show_name},
      {"GET", "/healthz", show_health},
      {"GET", "/api/v1/organization/meta", show_organization},
      {"POST", "/api/internal/sdk/log", take_log},
  };
}

}  // namespace vernier::server
