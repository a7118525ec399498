// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vernier::forge {

// Commands stand at a comment's beginning; what is further down is nothing to us.
inline constexpr std::size_t comment_bytes_max = 65'536;

// At most that many bytes, cut between UTF-8 characters.
std::string cut_bytes(std::string_view text, std::size_t bytes_max);

// At most that many characters (code points), the last an ellipsis where some were cut.
std::string cut_characters(std::string_view text, std::size_t characters_max);

// Line ends and other control characters become spaces.
std::string one_line(std::string_view text);

// "refs/heads/main" gives "main", any other ref nothing.
std::string branch_of(std::string_view ref);

}  // namespace vernier::forge
