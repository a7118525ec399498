// SPDX-License-Identifier: Apache-2.0
#include "store/secrets.h"

#include <fmt/format.h>
#include <sodium.h>

#include "base/file.h"

namespace vernier::store {
namespace {

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string random_bytes(std::size_t size) {
  CHECK(sodium_init() >= 0);
  std::string random(size, '\0');
  randombytes_buf(random.data(), random.size());
  return random;
}

}  // namespace

Result<SecretKey> SecretKey::load(const std::filesystem::path& file, bool may_create) {
  CHECK(sodium_init() >= 0);
  Result<std::string> key = read_file(file, crypto_secretbox_KEYBYTES);
  if (!key.ok() && key.error().kind == ErrorKind::not_found && may_create) {
    key = random_bytes(crypto_secretbox_KEYBYTES);
    TRY(write_file_whole(file, *key, true));
  }
  if (!key.ok())
    return key.error().during(
        "the key of the stored secrets (restore it from where the data folder came from)");
  if (key->size() != crypto_secretbox_KEYBYTES)
    return corrupt(
        fmt::format("{} has {} bytes instead of {}: restore it from where the data folder came from",
                    file.string(), key->size(), crypto_secretbox_KEYBYTES));
  return SecretKey(std::move(*key));
}

SecretKey::~SecretKey() {
  if (!key_.empty()) sodium_memzero(key_.data(), key_.size());
}

std::string SecretKey::seal(std::string_view plain) const {
  std::string sealed = random_bytes(crypto_secretbox_NONCEBYTES);
  sealed.resize(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size());
  crypto_secretbox_easy(bytes(sealed) + crypto_secretbox_NONCEBYTES, bytes(plain), plain.size(),
                        bytes(sealed), bytes(std::string_view(key_)));
  return sealed;
}

Result<std::string> SecretKey::open(std::string_view sealed) const {
  constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.size() < overhead) return corrupt("an encrypted setting is cut off");
  std::string plain(sealed.size() - overhead, '\0');
  const std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(bytes(plain), bytes(box), box.size(), bytes(sealed),
                                 bytes(std::string_view(key_))) != 0)
    return corrupt("an encrypted setting does not open with this data folder's secret.key");
  return plain;
}

std::string new_salt() {
  return random_bytes(crypto_generichash_KEYBYTES);
}

std::string hash_api_key(std::string_view key, std::string_view salt) {
  std::string hash(crypto_generichash_BYTES, '\0');
  const int outcome =
      crypto_generichash(bytes(hash), hash.size(), bytes(key), key.size(), bytes(salt), salt.size());
  CHECK(outcome == 0);
  return hash;
}

}  // namespace vernier::store
