// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::store {

// The key that secrets are encrypted with at rest. Its file stands beside the record, readable by its owner
// alone, so that the record can be copied or backed up without giving the secrets away.
class SecretKey {
 public:
  // Reads the key, or makes one where `may_create`. Without its key a record is not opened: what it holds
  // encrypted would be lost silently.
  static Result<SecretKey> load(const std::filesystem::path& file, bool may_create);
  SecretKey(SecretKey&& other) noexcept : key_(std::move(other.key_)) {}
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  std::string seal(std::string_view plain) const;
  // Fails with corrupt where `sealed` was not sealed with this key or was changed since.
  Result<std::string> open(std::string_view sealed) const;

 private:
  explicit SecretKey(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

// Random bytes that make two hashes of one API key differ.
std::string new_salt();
std::string hash_api_key(std::string_view key, std::string_view salt);

}  // namespace vernier::store
