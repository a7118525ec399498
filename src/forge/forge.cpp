// SPDX-License-Identifier: Apache-2.0
#include "forge/forge.h"

#include <algorithm>

#include "base/text.h"
#include "forge/address.h"
#include "forge/github.h"
#include "forge/gitlab.h"

namespace vernier::forge {
namespace {

// GitHub asks for a second between requests that make something; the others have no such rule.
constexpr std::chrono::milliseconds between_writes_at_github{1'000};

// A line end in a token would let it add headers.
Status check_secret(const std::string& secret) {
  const bool is_plain = std::ranges::all_of(secret, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (!is_plain) return invalid_input("the token holds spaces or other characters that no token has");
  return {};
}

const Dialect& dialect_of(const std::string& provider) {
  if (provider == "gitea") return gitea_dialect();
  if (provider == "forgejo") return forgejo_dialect();
  return github_dialect();
}

std::unique_ptr<Forge> open_gitlab(const Address& address, const std::string& token) {
  auto api = std::make_unique<Api>(Endpoint{address.api_root, "GitLab", {}},
                                   token_credentials({"PRIVATE-TOKEN", token}), Paging{},
                                   std::chrono::milliseconds(0));
  return std::make_unique<GitLab>(std::move(api), address.path);
}

Result<std::unique_ptr<Forge>> open_github(const model::Repository& repository, const Address& address,
                                           const std::string& token) {
  const Dialect& dialect = dialect_of(repository.provider);
  Endpoint endpoint{address.api_root, dialect.forge, {}};
  if (repository.provider == "github")
    endpoint.headers = {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}};
  std::unique_ptr<Credentials> credentials;
  AppCredentials* app = nullptr;
  if (token.empty()) {
    auto key = TRY(RsaKey::parse(repository.app_private_key));
    auto owned = std::make_unique<AppCredentials>(endpoint, repository.app_id, std::move(key), address.path);
    app = owned.get();
    credentials = std::move(owned);
  } else {
    credentials = token_credentials({"Authorization", dialect.token_scheme + " " + token});
  }
  const auto pause = address.is_github_dot_com ? between_writes_at_github : std::chrono::milliseconds(0);
  auto api = std::make_unique<Api>(std::move(endpoint), std::move(credentials), dialect.paging, pause);
  return std::unique_ptr<Forge>(std::make_unique<GitHub>(dialect, std::move(api), app, address.path));
}

}  // namespace

Result<std::unique_ptr<Forge>> open(const model::Repository& repository) {
  const Address address = TRY(read_address(repository));
  const std::string token(trim(repository.token));
  TRY(check_secret(token));
  const bool has_app =
      repository.provider == "github" && !repository.app_id.empty() && !repository.app_private_key.empty();
  if (token.empty() && !has_app)
    return invalid_input(repository.provider == "github"
                             ? "the repository has neither a token nor an App's id and private key"
                             : "the repository has no token");
  if (repository.provider == "gitlab") return open_gitlab(address, token);
  return open_github(repository, address, token);
}

}  // namespace vernier::forge
