// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's binary formats (send functions of each type) as cells of DuckDB.
#include "engine/postgresql_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <map>
#include <optional>

#include "base/text.h"

namespace vernier::engine {

namespace {

using Decoder = std::function<Result<bool>(ChunkWriter&, std::size_t, std::string_view)>;

// From the start of 1970 to that of 2000, which PostgreSQL counts from.
constexpr std::int32_t epoch_days = 10957;
constexpr std::int64_t epoch_microseconds = std::int64_t{epoch_days} * 86'400'000'000;

template <typename T>
T big_endian(const char* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(static_cast<T>(value << 8) | static_cast<unsigned char>(bytes[i]));
  return value;
}

Error broken() {
  return unavailable("PostgreSQL sent a value in a form that is not its type's");
}

template <typename Wire, typename T>
Result<bool> fixed(ChunkWriter& writer, std::size_t column, std::string_view bytes) {
  if (bytes.size() != sizeof(Wire)) return broken();
  writer.set(column, std::bit_cast<T>(big_endian<Wire>(bytes.data())));
  return true;
}

Result<bool> boolean(ChunkWriter& writer, std::size_t column, std::string_view bytes) {
  if (bytes.size() != 1) return broken();
  writer.set(column, bytes[0] != 0);
  return true;
}

// Both databases keep the infinities at the ends of the range, but not at the same negative end.
template <typename Wire, typename T>
Result<bool> since_2000(ChunkWriter& writer, std::size_t column, std::string_view bytes) {
  if (bytes.size() != sizeof(Wire)) return broken();
  constexpr T epoch = sizeof(T) == 4 ? static_cast<T>(epoch_days) : static_cast<T>(epoch_microseconds);
  const T value = std::bit_cast<T>(big_endian<Wire>(bytes.data()));
  T moved = 0;
  if (value == std::numeric_limits<T>::max())
    moved = value;
  else if (value == std::numeric_limits<T>::min())
    moved = -std::numeric_limits<T>::max();
  else if (__builtin_add_overflow(value, epoch, &moved) || moved == std::numeric_limits<T>::max())
    return false;
  writer.set(column, moved);
  return true;
}

Result<bool> interval(ChunkWriter& writer, std::size_t column, std::string_view bytes) {
  if (bytes.size() != 16) return broken();
  writer.set(column, duckdb_interval{
                         .months = static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes.data() + 12)),
                         .days = static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes.data() + 8)),
                         .micros = static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes.data()))});
  return true;
}

Result<bool> uuid(ChunkWriter& writer, std::size_t column, std::string_view bytes) {
  if (bytes.size() != 16) return broken();
  // The top bit is flipped, so that signed order is the order of UUIDs.
  const std::uint64_t upper = big_endian<std::uint64_t>(bytes.data()) ^ (std::uint64_t{1} << 63);
  writer.set(column, duckdb_hugeint{.lower = big_endian<std::uint64_t>(bytes.data() + 8),
                                    .upper = static_cast<std::int64_t>(upper)});
  return true;
}

Result<bool> bytes_as_they_are(ChunkWriter& writer, std::size_t column, std::string_view bytes) {
  writer.set_bytes(column, bytes);
  return true;
}

__extension__ using Int128 = __int128;

// Groups of four decimal digits, the first of which weighs 10000^weight, as an integer of 10^-scale.
std::optional<Int128> scaled(std::string_view bytes, int scale) {
  const auto word = [&](std::size_t i) { return big_endian<std::uint16_t>(bytes.data() + 2 * i); };
  constexpr std::uint16_t negative = 0x4000;
  const int groups = word(0);
  const int weight = static_cast<std::int16_t>(word(1));
  if (word(2) != 0 && word(2) != negative) return std::nullopt;  // NaN and the infinities
  if (bytes.size() != 8 + 2 * static_cast<std::size_t>(groups) || groups > 12) return std::nullopt;
  Int128 value = 0;
  for (int group = 0; group < groups; ++group) {
    const int digits = word(4 + static_cast<std::size_t>(group));
    // The last group may reach beyond the scale, with zeros.
    int exponent = (weight - group) * 4 + scale;
    Int128 part = digits;
    for (; exponent > 0; --exponent)
      if (__builtin_mul_overflow(part, Int128{10}, &part)) return std::nullopt;
    for (; exponent < 0; ++exponent) {
      if (part % 10 != 0) return std::nullopt;
      part /= 10;
    }
    if (__builtin_add_overflow(value, part, &value)) return std::nullopt;
  }
  return word(2) == negative ? -value : value;
}

Decoder decimal(int width, int scale) {
  return [width, scale](ChunkWriter& writer, std::size_t column, std::string_view bytes) -> Result<bool> {
    if (bytes.size() < 8) return broken();
    const auto value = scaled(bytes, scale);
    if (!value) return false;
    writer.set_decimal(
        column, width,
        {.lower = static_cast<std::uint64_t>(*value), .upper = static_cast<std::int64_t>(*value >> 64)});
    return true;
  };
}

struct Known {
  std::string_view type;
  std::string_view duckdb_type;
  Decoder decode;
};

const std::vector<Known>& known_types() {
  static const std::vector<Known> types = {
      {"boolean", "BOOLEAN", boolean},
      {"smallint", "SMALLINT", fixed<std::uint16_t, std::int16_t>},
      {"integer", "INTEGER", fixed<std::uint32_t, std::int32_t>},
      {"bigint", "BIGINT", fixed<std::uint64_t, std::int64_t>},
      {"real", "FLOAT", fixed<std::uint32_t, float>},
      {"double precision", "DOUBLE", fixed<std::uint64_t, double>},
      {"date", "DATE", since_2000<std::uint32_t, std::int32_t>},
      {"timestamp without time zone", "TIMESTAMP", since_2000<std::uint64_t, std::int64_t>},
      {"timestamp with time zone", "TIMESTAMP WITH TIME ZONE", since_2000<std::uint64_t, std::int64_t>},
      {"time without time zone", "TIME", fixed<std::uint64_t, std::int64_t>},
      {"interval", "INTERVAL", interval},
      {"uuid", "UUID", uuid},
      {"bytea", "BLOB", bytes_as_they_are},
      {"text", "VARCHAR", bytes_as_they_are},
      {"character varying", "VARCHAR", bytes_as_they_are},
  };
  return types;
}

// Arrays come as JSON, which DuckDB reads as lists, of the types that JSON says exactly.
std::optional<std::string> list_type(std::string_view element) {
  constexpr std::array exact = {"boolean", "smallint", "integer", "bigint",
                                "date",    "uuid",     "text",    "character varying"};
  if (std::find(exact.begin(), exact.end(), element) == exact.end()) return std::nullopt;
  for (const Known& known : known_types())
    if (element == known.type) return std::string(known.duckdb_type) + "[]";
  return std::nullopt;
}

// "numeric(18,4)" as {18, 4}, if DuckDB has such a decimal.
std::optional<std::pair<int, int>> decimal_shape(std::string_view type) {
  constexpr std::string_view lead = "numeric(";
  if (!type.starts_with(lead)) return std::nullopt;
  int width = 0;
  int scale = 0;
  const char* end = type.data() + type.size();
  auto parsed = std::from_chars(type.data() + lead.size(), end, width);
  if (parsed.ptr != end && *parsed.ptr == ',') parsed = std::from_chars(parsed.ptr + 1, end, scale);
  const bool fits = width >= 1 && width <= 38 && scale >= 0 && scale <= width;
  return fits ? std::optional(std::pair(width, scale)) : std::nullopt;
}

std::string without_parentheses(std::string_view type) {
  const std::size_t open = type.find('(');
  const std::size_t close = type.find(')', open == std::string_view::npos ? 0 : open);
  if (close == std::string_view::npos) return std::string(type);
  return std::string(type.substr(0, open)) + std::string(type.substr(close + 1));
}

}  // namespace

PostgresReader postgres_reader(const ColumnInfo& column) {
  const std::string name = "src." + quote_identifier(Dialect::postgresql, column.name);
  if (const auto shape = decimal_shape(column.type))
    return {{column.name, fmt::format("DECIMAL({},{})", shape->first, shape->second)},
            name,
            decimal(shape->first, shape->second),
            true};
  const std::string type = without_parentheses(column.type);
  for (const Known& known : known_types())
    if (type == known.type || (known.type == "interval" && type.starts_with("interval")))
      return {{column.name, std::string(known.duckdb_type)}, name, known.decode};
  if (type == "numeric") return postgres_text_reader(column.name, true);
  if (type == "json" || type == "jsonb")
    return {{column.name, "VARCHAR", "JSON"}, name + "::text", bytes_as_they_are};
  if (type == "time with time zone")
    return {{column.name, "VARCHAR", "TIME WITH TIME ZONE"}, name + "::text", bytes_as_they_are};
  if (type.ends_with("[]"))
    if (const auto list = list_type(std::string_view(type).substr(0, type.size() - 2)))
      return {{column.name, "VARCHAR", *list}, "pg_catalog.to_json(" + name + ")::text", bytes_as_they_are};
  return postgres_text_reader(column.name, false);
}

PostgresColumns::PostgresColumns(const TableInfo& table) {
  for (const ColumnInfo& column : table.columns) {
    readers.push_back(postgres_reader(column));
    columns.push_back(readers.back().column);
  }
}

PostgresReader postgres_text_reader(const std::string& column, bool numeric) {
  const std::string name = "src." + quote_identifier(Dialect::postgresql, column);
  if (!numeric) return {{column, "VARCHAR"}, name + "::text", bytes_as_they_are};
  return {{.name = column, .type = "VARCHAR", .meaning = exact_number},
          "pg_catalog.trim_scale(" + name + ")::text",
          bytes_as_they_are,
          true};
}

}  // namespace vernier::engine
