// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "forge/forge.h"

namespace vernier::forge {

// The header's value; empty where the delivery has none of that name (lower case).
std::string_view header_of(const Delivery& delivery, std::string_view name);

// is_signed() at `now`, in seconds since 1970: GitLab's signatures hold for five minutes.
bool is_signed_at(const Delivery& delivery, std::string_view secret, std::int64_t now);

}  // namespace vernier::forge
