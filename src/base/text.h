// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vernier {

// Without white space at either end (ASCII, as C's isspace).
std::string_view trim(std::string_view text);

// ASCII letters to lower case; other bytes as they are.
std::string to_lower(std::string_view text);

// The pieces between separators, empty ones included.
std::vector<std::string> split(std::string_view text, char separator);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

// "1,234,567": integers as people read them.
std::string with_thousands(std::int64_t number);

// Now in UTC as "2026-11-24T05:36:27.123Z", the one form in which times are stored and reported.
std::string now_utc();
// The time that many seconds from now, in the same form; such texts order as the times do.
std::string utc_in(std::chrono::seconds later);

}  // namespace vernier
