// SPDX-License-Identifier: Apache-2.0
#include "ci/forges.h"

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace vernier::ci {

bool has_forge(const model::CiConfig& config) {
  const model::Repository& repository = config.repository;
  return !repository.provider.empty() && (!repository.token.empty() || !repository.app_private_key.empty());
}

Result<std::shared_ptr<forge::Forge>> Forges::of(const model::CiConfig& config) {
  const model::Repository& repository = config.repository;
  const std::string settings =
      sha256_hex(dump_json(Json::array({repository.provider, repository.url, repository.name,
                                        repository.token, repository.app_id, repository.app_private_key})));
  const std::lock_guard lock(mutex_);
  Opened& opened = opened_[config.id];
  if (!opened.forge || opened.settings != settings) {
    opened.forge = TRY(forge::open(repository));
    opened.settings = settings;
    opened.name.clear();
  }
  return opened.forge;
}

Result<bool> Forges::is_called(const model::CiConfig& config, const std::string& name) {
  constexpr std::chrono::minutes name_age_max{5};
  const auto forge = TRY(of(config));
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    const Opened& opened = opened_[config.id];
    if (!opened.name.empty() && now - opened.named_at < name_age_max)
      return to_lower(opened.name) == to_lower(name);
  }
  const std::string told = TRY(forge->name());
  const std::lock_guard lock(mutex_);
  opened_[config.id].name = told;
  opened_[config.id].named_at = now;
  return to_lower(told) == to_lower(name);
}

bool may_pass(const Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timed_out ||
         error.retry_after_s > 0;
}

std::chrono::seconds wait_after(const Error& error, std::int64_t attempts) {
  using std::chrono::seconds;
  if (error.retry_after_s > 0) return seconds(std::min(error.retry_after_s, 24 * 3600));
  const seconds longest = may_pass(error) ? std::chrono::minutes(10) : std::chrono::hours(1);
  const std::int64_t doublings = std::clamp<std::int64_t>(attempts - 1, 0, 12);
  return std::min(seconds(5 << doublings), longest);
}

}  // namespace vernier::ci
