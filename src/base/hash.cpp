// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <xxhash.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

namespace vernier {
namespace {

struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, DigestFree>;

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i)
    fmt::format_to(std::back_inserter(text), "{:02x}", bytes[i]);
  return text;
}

Digest start_sha256() {
  Digest digest(EVP_MD_CTX_new());
  CHECK(digest && EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1);
  return digest;
}

std::string finish(EVP_MD_CTX* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(digest, out.data(), &size) == 1);
  return to_hex(out.data(), size);
}

}  // namespace

Hash128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

std::string sha256_hex(std::string_view bytes) {
  const Digest digest = start_sha256();
  CHECK(EVP_DigestUpdate(digest.get(), bytes.data(), bytes.size()) == 1);
  return finish(digest.get());
}

Result<std::string> sha256_hex_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return unavailable(fmt::format("open {} for reading", path.string()));
  const Digest digest = start_sha256();
  std::vector<char> piece(1 << 16);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    CHECK(EVP_DigestUpdate(digest.get(), piece.data(), static_cast<std::size_t>(in.gcount())) == 1);
  if (in.bad()) return unavailable(fmt::format("read {}", path.string()));
  return finish(digest.get());
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> out(bytes);
  CHECK(RAND_bytes(out.data(), static_cast<int>(bytes)) == 1);
  return to_hex(out.data(), bytes);
}

}  // namespace vernier
