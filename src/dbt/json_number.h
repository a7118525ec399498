// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vernier::dbt {

// A JSON number in a spelling that two numbers share exactly when Python calls them equal: integers of any
// size in decimal digits, floats with an integral value likewise, other floats as the shortest text that
// reads back the same. NaN, Infinity and -Infinity, which Python's json writes, are numbers; NaN equals
// itself here, or the same file would differ from itself. nullopt where the token is no number.
std::optional<std::string> canonical_number(std::string_view token);

}  // namespace vernier::dbt
