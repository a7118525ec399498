// SPDX-License-Identifier: Apache-2.0
#include "forge/credentials.h"

#include <ctime>

#include "base/text.h"
#include "forge/fields.h"

namespace vernier::forge {
namespace {

// Tokens live an hour; ten minutes are left for what was begun with one.
constexpr std::chrono::minutes token_age_max{50};

class TokenCredentials : public Credentials {
 public:
  explicit TokenCredentials(Header header) : header_(std::move(header)) {}
  Result<Header> header() override { return header_; }
  bool renew(const Header&) override { return false; }

 private:
  const Header header_;
};

Header bearer(const std::string& token) {
  return {"Authorization", "Bearer " + token};
}

}  // namespace

std::unique_ptr<Credentials> token_credentials(Header header) {
  return std::make_unique<TokenCredentials>(std::move(header));
}

AppCredentials::AppCredentials(Endpoint endpoint, std::string app_id, RsaKey key, std::string repository)
    : endpoint_(std::move(endpoint)),
      app_id_(std::move(app_id)),
      key_(std::move(key)),
      repository_(std::move(repository)) {}

Result<HttpResponse> AppCredentials::send_as_app(const Call& call) const {
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  return exchange(endpoint_, call, bearer(key_.app_token(app_id_, now)));
}

Result<Json> AppCredentials::ask_as_app(const Call& call) const {
  const HttpResponse answer = TRY(send_as_app(call));
  return content_of(endpoint_, call, answer);
}

Result<std::string> AppCredentials::borrow_token() const {
  const Json installation = TRY_DURING(
      "find the App's installation", ask_as_app({"GET", "/repos/" + repository_ + "/installation", Json()}));
  const std::int64_t id = TRY_DURING("find the App's installation", require_number(installation, "id"));
  const Json scope = {{"repositories", Json::array({split(repository_, '/').back()})}};
  const Json lent =
      TRY_DURING("borrow a token for the App",
                 ask_as_app({"POST", "/app/installations/" + std::to_string(id) + "/access_tokens", scope}));
  return require_text(lent, "token");
}

Result<Header> AppCredentials::header() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (token_.empty() || now - borrowed_at_ > token_age_max) {
    token_ = TRY(borrow_token());
    borrowed_at_ = now;
  }
  return bearer(token_);
}

bool AppCredentials::renew(const Header& refused) {
  const std::lock_guard lock(mutex_);
  if (refused == bearer(token_)) token_.clear();
  return true;
}

Result<std::string> AppCredentials::login() {
  const Json app = TRY(ask_as_app({"GET", "/app", Json()}));
  return TRY(require_text(app, "slug")) + "[bot]";
}

}  // namespace vernier::forge
