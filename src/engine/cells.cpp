// SPDX-License-Identifier: Apache-2.0
#include "engine/cells.h"

#include <duckdb.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/json.h"
#include "engine/temporal_text.h"

namespace vernier::engine {

namespace {

__extension__ using Int128 = __int128;

// The whole text as a number, or nullopt.
template <typename T>
std::optional<T> parsed(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Sign, digits before and digits after the point of "-12.50", without zeros that say nothing.
struct Digits {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
};

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Digits> digits_of(std::string_view text) {
  Digits digits;
  if (text.starts_with('-')) {
    digits.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  digits.whole = text.substr(0, point);
  if (point != std::string_view::npos) digits.fraction = text.substr(point + 1);
  if (digits.whole.empty() || !all_digits(digits.whole) || !all_digits(digits.fraction)) return std::nullopt;
  while (digits.whole.starts_with('0'))
    digits.whole.remove_prefix(1);
  while (digits.fraction.ends_with('0'))
    digits.fraction.remove_suffix(1);
  return digits;
}

bool write_decimal(ChunkWriter& writer, std::size_t column, const CellKind& kind, const Digits& digits) {
  if (static_cast<int>(digits.whole.size()) > kind.width - kind.scale ||
      static_cast<int>(digits.fraction.size()) > kind.scale)
    return false;
  Int128 value = 0;
  for (const std::string_view part : {digits.whole, digits.fraction})
    for (const char c : part)
      value = value * 10 + (c - '0');
  for (auto i = digits.fraction.size(); i < static_cast<std::size_t>(kind.scale); ++i)
    value *= 10;
  if (digits.negative) value = -value;
  writer.set_decimal(
      column, kind.width,
      {.lower = static_cast<std::uint64_t>(value), .upper = static_cast<std::int64_t>(value >> 64)});
  return true;
}

bool write_number(ChunkWriter& writer, std::size_t column, const Digits& digits) {
  std::string text(digits.whole.empty() ? "0" : digits.whole);
  if (!digits.fraction.empty()) text += "." + std::string(digits.fraction);
  if (digits.negative && text != "0") text.insert(0, "-");
  writer.set_bytes(column, text);
  return true;
}

bool write_digits(ChunkWriter& writer, std::size_t column, const CellKind& kind, std::string_view text) {
  const auto digits = digits_of(text);
  if (!digits) return false;
  return kind.type == CellType::decimal ? write_decimal(writer, column, kind, *digits)
                                        : write_number(writer, column, *digits);
}

template <typename T>
bool write_parsed(ChunkWriter& writer, std::size_t column, const std::optional<T>& value) {
  if (value) writer.set(column, *value);
  return value.has_value();
}

// In the one form in which databases write them; another might be read as the same, yet differ as text.
bool is_uuid(std::string_view text) {
  constexpr std::size_t length = 36;
  if (text.size() != length) return false;
  for (std::size_t i = 0; i < length; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash && !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

Result<bool> write_utf8(ChunkWriter& writer, std::size_t column, std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size()))
    return invalid_input("it holds text that is not UTF-8; leave it out, or cast it in a view");
  writer.set_bytes(column, text);
  return true;
}

template <typename T>
bool write_narrowed(ChunkWriter& writer, std::size_t column, std::int64_t value) {
  if (!std::in_range<T>(value)) return false;
  writer.set(column, static_cast<T>(value));
  return true;
}

// The type's name in DuckDB, and what the cells are cast to where they come as text.
std::pair<std::string, std::string> names(const CellKind& kind) {
  switch (kind.type) {
    case CellType::boolean:
      return {"BOOLEAN", ""};
    case CellType::tinyint:
      return {"TINYINT", ""};
    case CellType::utinyint:
      return {"UTINYINT", ""};
    case CellType::smallint:
      return {"SMALLINT", ""};
    case CellType::usmallint:
      return {"USMALLINT", ""};
    case CellType::integer:
      return {"INTEGER", ""};
    case CellType::uinteger:
      return {"UINTEGER", ""};
    case CellType::bigint:
      return {"BIGINT", ""};
    case CellType::ubigint:
      return {"UBIGINT", ""};
    case CellType::real:
      return {"FLOAT", ""};
    case CellType::double_precision:
      return {"DOUBLE", ""};
    case CellType::decimal:
      return {fmt::format("DECIMAL({},{})", kind.width, kind.scale), ""};
    case CellType::number:
    case CellType::text:
      return {"VARCHAR", ""};
    case CellType::bytes:
      return {"BLOB", ""};
    case CellType::date:
      return {"DATE", ""};
    case CellType::timestamp:
      return {"TIMESTAMP", ""};
    case CellType::timestamptz:
      return {"TIMESTAMP WITH TIME ZONE", ""};
    case CellType::time:
      return {"TIME", ""};
    case CellType::uuid:
      return {"VARCHAR", "UUID"};
    case CellType::json:
      return {"VARCHAR", "JSON"};
  }
  return {"VARCHAR", ""};
}

}  // namespace

StreamColumn stream_column(const std::string& name, const CellKind& kind) {
  auto [type, cast] = names(kind);
  return {.name = name,
          .type = std::move(type),
          .cast = std::move(cast),
          .meaning = kind.type == CellType::number ? exact_number : ""};
}

Result<bool> write_text(ChunkWriter& writer, std::size_t column, const CellKind& kind,
                        std::string_view text) {
  switch (kind.type) {
    case CellType::ubigint:
      return write_parsed(writer, column, parsed<std::uint64_t>(text));
    case CellType::real:
    case CellType::double_precision: {
      const auto value = parsed<double>(text);
      return value && write_double(writer, column, kind, *value);
    }
    case CellType::decimal:
    case CellType::number:
      return write_digits(writer, column, kind, text);
    case CellType::text:
      return write_utf8(writer, column, text);
    case CellType::bytes:
      writer.set_bytes(column, text);
      return true;
    case CellType::date:
      return write_parsed(writer, column, parse_date(text));
    case CellType::timestamp:
      return write_parsed(writer, column, parse_timestamp(text, false));
    case CellType::timestamptz:
      return write_parsed(writer, column, parse_timestamp(text, true));
    case CellType::time:
      return write_parsed(writer, column, parse_time(text));
    case CellType::uuid:
      if (!is_uuid(text)) return false;
      writer.set_bytes(column, text);
      return true;
    case CellType::json:
      if (!Json::accept(text)) return false;
      return write_utf8(writer, column, text);
    default: {
      const auto value = parsed<std::int64_t>(text);
      return value && write_integer(writer, column, kind, *value);
    }
  }
}

bool write_integer(ChunkWriter& writer, std::size_t column, const CellKind& kind, std::int64_t value) {
  switch (kind.type) {
    case CellType::boolean:
      if (value != 0 && value != 1) return false;
      writer.set(column, value == 1);
      return true;
    case CellType::tinyint:
      return write_narrowed<std::int8_t>(writer, column, value);
    case CellType::utinyint:
      return write_narrowed<std::uint8_t>(writer, column, value);
    case CellType::smallint:
      return write_narrowed<std::int16_t>(writer, column, value);
    case CellType::usmallint:
      return write_narrowed<std::uint16_t>(writer, column, value);
    case CellType::integer:
      return write_narrowed<std::int32_t>(writer, column, value);
    case CellType::uinteger:
      return write_narrowed<std::uint32_t>(writer, column, value);
    case CellType::bigint:
      writer.set(column, value);
      return true;
    case CellType::real:
    case CellType::double_precision: {
      const auto number = static_cast<double>(value);
      // Not the largest double below 2^63 itself, which no longer converts back.
      const bool exact = std::abs(number) < 0x1p63 && static_cast<std::int64_t>(number) == value;
      return exact && write_double(writer, column, kind, number);
    }
    case CellType::decimal:
    case CellType::number:
      return write_digits(writer, column, kind, std::to_string(value));
    default:
      return false;
  }
}

bool write_double(ChunkWriter& writer, std::size_t column, const CellKind& kind, double value) {
  switch (kind.type) {
    case CellType::real: {
      const auto narrow = static_cast<float>(value);
      if (static_cast<double>(narrow) != value && !std::isnan(value)) return false;
      writer.set(column, narrow);
      return true;
    }
    case CellType::double_precision:
      writer.set(column, value);
      return true;
    case CellType::decimal:
    case CellType::number:
      return std::isfinite(value) && write_digits(writer, column, kind, decimal_text(value));
    default:
      return false;
  }
}

CellKind wider(const CellKind& kind) {
  switch (kind.type) {
    case CellType::boolean:
    case CellType::tinyint:
    case CellType::utinyint:
    case CellType::smallint:
    case CellType::usmallint:
    case CellType::integer:
    case CellType::uinteger:
      return {CellType::bigint};
    case CellType::bigint:
    case CellType::ubigint:
    case CellType::decimal:
      return {CellType::number};
    case CellType::real:
      return {CellType::double_precision};
    default:
      return {CellType::text};
  }
}

std::string decimal_text(double value) {
  std::array<char, 400> buffer;  // the smallest double has 324 zeros and 17 digits
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return error == std::errc{} ? std::string(buffer.data(), end) : fmt::format("{}", value);
}

}  // namespace vernier::engine
