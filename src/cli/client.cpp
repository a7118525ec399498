// SPDX-License-Identifier: Apache-2.0
#include "cli/client.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/file.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace vernier::cli {
namespace {

constexpr int ancestors_sent_max = 200;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The server's own sentence out of an error's body, which is {"detail": text or list}.
std::string detail_of(const HttpResponse& response) {
  const auto body = parse_json(response.body);
  if (body.ok() && body->is_object() && body->contains("detail")) {
    const Json& detail = (*body)["detail"];
    return detail.is_string() ? detail.get<std::string>() : dump_json(detail);
  }
  return std::string(trim(response.body.substr(0, 300)));
}

ErrorKind kind_of(int status) {
  if (status == 401 || status == 403) return ErrorKind::denied;
  if (status == 404) return ErrorKind::not_found;
  if (status == 413) return ErrorKind::too_large;
  return status < 500 ? ErrorKind::conflict : ErrorKind::unavailable;
}

}  // namespace

Result<ServerConnection> ServerConnection::from_environment(const std::string& host_option) {
  ServerConnection connection;
  connection.key_ = environment("DATAFOLD_API_KEY");
  if (connection.key_.empty()) connection.key_ = environment("DATAFOLD_APIKEY");
  if (connection.key_.empty())
    return denied(
        "the DATAFOLD_API_KEY environment variable is not set; `vernier serve` prints the first key");
  connection.host_ = environment("DATAFOLD_HOST");
  if (connection.host_.empty()) connection.host_ = host_option;
  while (connection.host_.ends_with('/'))
    connection.host_.pop_back();
  if (connection.host_.empty())
    return invalid_input(
        "no server given: set DATAFOLD_HOST or pass --host, for example http://localhost:8080");
  return connection;
}

Result<std::string> ServerConnection::send(HttpRequest request, const std::string& path) const {
  request.url = host_ + path;
  request.headers.emplace_back("Authorization", "Key " + key_);
  const HttpResponse response = TRY(http_request(request));
  if (response.status >= 200 && response.status < 300) return response.body;
  return Error{kind_of(response.status),
               fmt::format("the server answered {}: {}", response.status, detail_of(response))};
}

Result<std::string> ServerConnection::get(const std::string& path) const {
  return send({}, path);
}

Result<std::string> ServerConnection::post(const std::string& path, const Json& body) const {
  HttpRequest request;
  request.method = "POST";
  request.body = dump_json(body);
  request.headers.emplace_back("Content-Type", "application/json");
  return send(std::move(request), path);
}

std::string host_option(const CLI::App& command) {
  const CLI::App* root = &command;
  while (root->get_parent())
    root = root->get_parent();
  const CLI::Option* option = root->get_option_no_throw("--host");
  return option && option->count() > 0 ? option->as<std::string>() : std::string();
}

Result<std::string> commit_of(const std::filesystem::path& folder) {
  const std::string event_file = environment("GITHUB_EVENT_PATH");
  if (!event_file.empty()) {
    const std::string text = TRY_DURING("GITHUB_EVENT_PATH", read_file(event_file, 64'000'000));
    const Json event = TRY_DURING("GITHUB_EVENT_PATH", parse_json(text));
    const auto head = Json::json_pointer("/pull_request/head/sha");
    if (event.contains(head) && event[head].is_string()) return event[head].get<std::string>();
  }
  const auto sha = run_program({"git", "rev-parse", "HEAD"}, folder);
  if (!sha.ok()) return sha.error().during("no commit SHA found, give --commit-sha");
  return std::string(trim(*sha));
}

std::vector<std::string> ancestors_of(const std::string& commit, const std::filesystem::path& folder) {
  const auto listed = run_program({"git", "rev-list", "--first-parent", "--skip=1", "--max-count",
                                   std::to_string(ancestors_sent_max), commit, "--"},
                                  folder);
  std::vector<std::string> ancestors;
  if (!listed.ok()) return ancestors;  // Not a checkout, or a shallow one: the server has other rungs.
  for (const std::string& line : split(*listed, '\n'))
    if (!trim(line).empty()) ancestors.emplace_back(trim(line));
  return ancestors;
}

}  // namespace vernier::cli
