// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::forge {

// HMAC-SHA256 as 32 raw bytes, and as lower-case hexadecimal.
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

std::string base64(std::string_view bytes);
// With "-" and "_", without padding: as tokens are written.
std::string base64_url(std::string_view bytes);
// Nothing where the text is not base64.
std::optional<std::string> from_base64(std::string_view text);

// A private RSA key, as a GitHub App has one.
class RsaKey {
 public:
  // Fails with invalid_input on anything but an unencrypted private RSA key in PEM.
  static Result<RsaKey> parse(const std::string& pem);

  // A JSON Web Token of the app, good for nine minutes around `now` (seconds since 1970): GitHub takes ten,
  // and a minute is left for clocks that differ.
  std::string app_token(std::string_view app_id, std::int64_t now) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  explicit RsaKey(EVP_PKEY* key) : key_(key) {}
  std::string sign(std::string_view text) const;

  std::unique_ptr<EVP_PKEY, Free> key_;
};

}  // namespace vernier::forge
