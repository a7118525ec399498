// SPDX-License-Identifier: Apache-2.0
#include "store/api_keys.h"

#include <fmt/format.h>

#include <mutex>

#include "base/hash.h"
#include "base/text.h"
#include "store/secrets.h"

namespace vernier::store {
namespace {

constexpr std::size_t keys_max = 1000;
constexpr std::size_t key_bytes_max = 1024;

}  // namespace

Status ApiKeys::load(const Session& session) {
  std::vector<Hashed> keys = TRY(session.select<Hashed>(
      "SELECT salt, hash FROM api_keys ORDER BY id", {},
      [](Row& row) -> Result<Hashed> { return Hashed{.salt = row.text(), .hash = row.text()}; }));
  const std::unique_lock lock(mutex_);
  keys_ = std::move(keys);
  return {};
}

Status ApiKeys::add(const Session& session, std::string_view key, std::string_view name) {
  if (key.empty() || key.size() > key_bytes_max)
    return invalid_input(fmt::format("an API key has 1 to {} bytes, not {}", key_bytes_max, key.size()));
  const std::unique_lock lock(mutex_);
  if (keys_.size() >= keys_max)
    return conflict(fmt::format("there are {} API keys already, and no more are kept", keys_max));
  const std::string salt = new_salt();
  const std::string hash = hash_api_key(key, salt);
  TRY(session.insert("INSERT INTO api_keys (name, salt, hash, created_at) VALUES (?, ?, ?, ?)",
                     {name, Bytes{salt}, Bytes{hash}, now_utc()}));
  keys_.push_back({salt, hash});
  return {};
}

bool ApiKeys::empty() const {
  const std::shared_lock lock(mutex_);
  return keys_.empty();
}

bool ApiKeys::contains(std::string_view key) const {
  if (key.empty() || key.size() > key_bytes_max) return false;
  const std::shared_lock lock(mutex_);
  bool found = false;
  // All of them, whichever it is: the time tells nothing about the keys.
  for (const Hashed& known : keys_)
    found |= equal_in_constant_time(hash_api_key(key, known.salt), known.hash);
  return found;
}

}  // namespace vernier::store
