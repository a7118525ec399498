// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "base/json.h"
#include "base/result.h"

namespace vernier::cli {

// Where the server is and with which key, from --host, DATAFOLD_HOST (which wins, as in the existing client)
// and DATAFOLD_API_KEY (or the older DATAFOLD_APIKEY).
class ServerConnection {
 public:
  static Result<ServerConnection> from_environment(const std::string& host_option);

  // Sends a request below the server's address and gives the body of a 2xx answer. Any other status fails
  // with the server's own sentence.
  Result<std::string> get(const std::string& path) const;
  Result<std::string> post(const std::string& path, const Json& body) const;
  Result<std::string> send(HttpRequest request, const std::string& path) const;

 private:
  std::string host_;
  std::string key_;
};

// The value of --host, given before the command.
std::string host_option(const CLI::App& command);

// The commit that the artifacts in `folder` belong to: the pull request's head under GitHub Actions, else
// what git says of the folder's checkout.
Result<std::string> commit_of(const std::filesystem::path& folder);

// Up to 200 first-parent ancestors of a commit, nearest first; empty where git does not know it.
std::vector<std::string> ancestors_of(const std::string& commit, const std::filesystem::path& folder);

}  // namespace vernier::cli
