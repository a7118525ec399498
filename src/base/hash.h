// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier {

// 128 bits of XXH3: equal inputs give equal hashes, and two different ones collide by accident about once
// in 2^64 pairs. Not for secrets. Stored in fingerprints, so its definition never changes.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Hash128&) const = default;
};

Hash128 hash128(std::string_view bytes);

// Lower-case hexadecimal SHA-256 of bytes, or of a file's content read in pieces.
std::string sha256_hex(std::string_view bytes);
Result<std::string> sha256_hex_of_file(const std::filesystem::path& path);

// Compares two secrets in time that depends on their lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// `bytes` random bytes from the system as lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

}  // namespace vernier
