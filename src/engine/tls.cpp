// SPDX-License-Identifier: Apache-2.0
#include "engine/tls.h"

#include <filesystem>

namespace vernier::engine {

namespace {

struct Advice {
  std::string_view part;  // of a message
  std::string_view text;
};

constexpr Advice of_all[] = {
    {"does not match host name",
     "connect by the host name that the certificate has, or set sslmode to verify-ca"},
    {"Validation of SSL server certificate failed",
     "connect by the host name that the certificate has, or set sslmode to verify-ca"},
    {"certificate verify failed",
     "set sslrootcert to the file of the authority that signed the server's certificate"},
    {"self-signed certificate",
     "the certificate is not vouched for: set sslrootcert to the file of the authority that signed it"},
    {"unable to get",
     "the certificate is not vouched for: set sslrootcert to the file of the authority that "
     "signed it"},
    {"root certificate file",
     "set sslrootcert to the file of the authority that signed the server's certificate"},
    {"server does not support",
     "have TLS set up on the server, or set sslmode to prefer where plain text will do"}};

// The server takes sessions with TLS alone, perhaps.
constexpr Advice of_plain_text[] = {
    {"no encryption", "the server may want TLS: set sslmode to require"},
    {"Access denied", "where this user has to come with TLS, set sslmode to require"},
    {"insecure transport", "the server wants TLS: set sslmode to require"},
    {"caching_sha2_password", "the server takes this user's password over TLS alone: set sslmode to require"},
};

}  // namespace

Result<TlsWish> tls_wish(const std::map<std::string, std::string>& options) {
  TlsWish wish;
  if (const auto mode = options.find("sslmode"); mode != options.end() && !mode->second.empty())
    wish.mode = mode->second;
  if (const auto file = options.find("sslrootcert"); file != options.end()) wish.authority = file->second;
  for (const std::string_view known : {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
    if (wish.mode == known) return wish;
  return invalid_input(
      "option \"sslmode\" of the data source is unknown; write disable, prefer, require, verify-ca or "
      "verify-full");
}

Status check_authority(const TlsWish& wish) {
  std::error_code error;
  if (!wish.demanded() || wish.authority.empty() || std::filesystem::exists(wish.authority, error)) return {};
  return invalid_input("option \"sslrootcert\" of the data source: there is no file " + wish.authority +
                       "; write the path of the certificate of the authority that signed the server's");
}

std::string tls_advice(const TlsWish& wish, std::string_view message) {
  for (const Advice& advice : of_all)
    if (message.find(advice.part) != std::string_view::npos) return "; " + std::string(advice.text);
  for (const Advice& advice : of_plain_text)
    if (!wish.wanted() && message.find(advice.part) != std::string_view::npos)
      return "; " + std::string(advice.text);
  return {};
}

}  // namespace vernier::engine
