// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "forge/crypto.h"
#include "forge/exchange.h"

namespace vernier::forge {

// What tells a forge who asks. Safe for concurrent use.
class Credentials {
 public:
  virtual ~Credentials() = default;
  virtual Result<Header> header() = 0;
  // Gives up a header that was answered with 401. False where there will be no other.
  virtual bool renew(const Header& refused) = 0;
};

// A token that somebody entered.
std::unique_ptr<Credentials> token_credentials(Header header);

// A GitHub App: its key signs for the app, and for that the forge lends tokens to the repository, of an hour
// each and good for nothing else.
class AppCredentials : public Credentials {
 public:
  AppCredentials(Endpoint endpoint, std::string app_id, RsaKey key, std::string repository);

  Result<Header> header() override;
  bool renew(const Header& refused) override;

  // The app's account: "slug[bot]".
  Result<std::string> login();
  // One call as the app itself, not as what it is installed in.
  Result<HttpResponse> send_as_app(const Call& call) const;

 private:
  Result<Json> ask_as_app(const Call& call) const;
  Result<std::string> borrow_token() const;

  const Endpoint endpoint_;
  const std::string app_id_;
  const RsaKey key_;
  const std::string repository_;
  std::mutex mutex_;
  std::string token_;
  std::chrono::steady_clock::time_point borrowed_at_;
};

}  // namespace vernier::forge
