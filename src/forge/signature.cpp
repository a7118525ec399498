// SPDX-License-Identifier: Apache-2.0
#include "forge/signature.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/hash.h"
#include "base/text.h"
#include "forge/crypto.h"

namespace vernier::forge {
namespace {

constexpr std::int64_t signature_age_max_s = 300;
// Standard Webhooks sends one signature per secret in rotation.
constexpr std::size_t signatures_max = 10;

bool is_signed_like_github(const Delivery& delivery, std::string_view secret) {
  const std::string digest = hmac_sha256_hex(secret, delivery.body);
  for (const std::string_view name : {"x-forgejo-signature", "x-gitea-signature"})
    if (equal_in_constant_time(to_lower(header_of(delivery, name)), digest)) return true;
  return equal_in_constant_time(to_lower(header_of(delivery, "x-hub-signature-256")), "sha256=" + digest);
}

bool is_recent(std::string_view timestamp, std::int64_t now) {
  std::int64_t at = 0;
  const auto [end, failure] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), at);
  if (failure != std::errc() || end != timestamp.data() + timestamp.size() || at < 0) return false;
  return at >= now - signature_age_max_s && at <= now + signature_age_max_s;
}

// Standard Webhooks: "v1," + base64 over id, time and body.
bool is_signed_by_standard(const Delivery& delivery, std::string_view secret, std::int64_t now) {
  constexpr std::string_view prefix = "whsec_";
  const auto key = secret.starts_with(prefix) ? from_base64(secret.substr(prefix.size())) : std::nullopt;
  const std::string_view timestamp = header_of(delivery, "webhook-timestamp");
  if (!key || key->empty() || !is_recent(timestamp, now)) return false;
  std::string content(header_of(delivery, "webhook-id"));
  content.append(".").append(timestamp).append(".").append(delivery.body);
  const std::string expected = "v1," + base64(hmac_sha256(*key, content));
  const auto signatures = split(header_of(delivery, "webhook-signature"), ' ');
  const auto last =
      signatures.begin() + static_cast<std::ptrdiff_t>(std::min(signatures.size(), signatures_max));
  return std::any_of(signatures.begin(), last,
                     [&](const auto& signature) { return equal_in_constant_time(signature, expected); });
}

}  // namespace

std::string_view header_of(const Delivery& delivery, std::string_view name) {
  for (const auto& [key, value] : delivery.headers)
    if (key == name) return value;
  return {};
}

std::string provider_of(const Delivery& delivery) {
  for (const char* const provider : {"forgejo", "gitea", "gitlab", "github"})
    if (!header_of(delivery, std::string("x-") + provider + "-event").empty()) return provider;
  return {};
}

bool is_signed_at(const Delivery& delivery, std::string_view secret, std::int64_t now) {
  if (secret.empty()) return false;
  const std::string provider = provider_of(delivery);
  if (provider.empty()) return false;
  if (provider != "gitlab") return is_signed_like_github(delivery, secret);
  return equal_in_constant_time(header_of(delivery, "x-gitlab-token"), secret) ||
         is_signed_by_standard(delivery, secret, now);
}

bool is_signed(const Delivery& delivery, std::string_view secret) {
  return is_signed_at(delivery, secret, static_cast<std::int64_t>(std::time(nullptr)));
}

bool is_hmac_of(std::string_view signature, std::string_view bytes, std::string_view secret) {
  return !secret.empty() && equal_in_constant_time(to_lower(signature), hmac_sha256_hex(secret, bytes));
}

}  // namespace vernier::forge
