// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vernier::engine {

// Dates and times as ISO 8601 and SQL write them, as DuckDB keeps them: days, or microseconds, since 1970 or
// midnight. nullopt where the text is anything else, or holds more than the result can: a day that does not
// exist, digits below a microsecond.

// "2024-02-29"; "infinity" and "-infinity".
std::optional<std::int32_t> parse_date(std::string_view text);

// "2024-02-29 10:00:00.000001", "2024-02-29T10:00", "2024-02-29"; with `zoned` also "...Z" and "...+02:00".
std::optional<std::int64_t> parse_timestamp(std::string_view text, bool zoned);

// "10:00:00.5", below 24 hours.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace vernier::engine
