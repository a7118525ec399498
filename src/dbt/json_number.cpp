// SPDX-License-Identifier: Apache-2.0
#include "dbt/json_number.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace vernier::dbt {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_from(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at]))
    ++at;
  return at;
}

// Whether the token keeps to JSON's grammar, and is written without a fraction and an exponent.
enum class Spelling { wrong, integer, real };
Spelling spelling(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t first = at;
  at = digits_from(text, at);
  if (at == first || (text[first] == '0' && at > first + 1)) return Spelling::wrong;
  if (at == text.size()) return Spelling::integer;
  if (text[at] == '.') {
    const std::size_t fraction = at + 1;
    at = digits_from(text, fraction);
    if (at == fraction) return Spelling::wrong;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = digits_from(text, exponent);
    if (at == exponent) return Spelling::wrong;
  }
  return at == text.size() ? Spelling::real : Spelling::wrong;
}

}  // namespace

std::optional<std::string> canonical_number(std::string_view token) {
  if (token == "NaN") return "nan";
  if (token == "Infinity") return "inf";
  if (token == "-Infinity") return "-inf";
  switch (spelling(token)) {
    case Spelling::wrong:
      return std::nullopt;
    case Spelling::integer:
      return token == "-0" ? "0" : std::string(token);
    case Spelling::real:
      break;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  // from_chars does not say in which direction the number left the range; strtod does.
  if (error == std::errc::result_out_of_range) number = std::strtod(std::string(token).c_str(), nullptr);
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  if (number == 0) return "0";
  if (std::trunc(number) == number) return fmt::format("{:.0f}", number);
  return fmt::format("{}", number);
}

}  // namespace vernier::dbt
