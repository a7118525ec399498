// SPDX-License-Identifier: Apache-2.0
#include "engine/temporal_text.h"

#include <chrono>
#include <limits>

namespace vernier::engine {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes a number of exactly `digits` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int32_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day_of_month = take_digits(text, 2);
  if (!day_of_month) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day_of_month))};
  if (!date.ok()) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

// ".25" in microseconds; 0 where no fraction follows.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int64_t fraction = 0;
  std::int64_t unit = second;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    unit /= 10;
    if (unit == 0 && text.front() != '0') return std::nullopt;
    fraction += unit * (text.front() - '0');
  }
  return fraction;
}

std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t whole = *hours * hour + *minutes * minute;
  if (!take(text, ':')) return whole;
  const auto seconds = take_digits(text, 2);
  if (!seconds || *seconds > 59) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return whole + *seconds * second + *fraction;
}

// "Z", "+02", "+0200" or "+02:00": what it is ahead of UTC; 0 where none follows.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return 0;
  const bool ahead = take(text, '+');
  if (!ahead && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours) return std::nullopt;
  std::int64_t offset = *hours * hour;
  if (!text.empty()) {
    (void)take(text, ':');
    const auto minutes = take_digits(text, 2);
    if (!minutes) return std::nullopt;
    offset += *minutes * minute;
  }
  return ahead ? offset : -offset;
}

template <typename T>
std::optional<T> infinity(std::string_view text) {
  if (text == "infinity") return std::numeric_limits<T>::max();
  if (text == "-infinity") return -std::numeric_limits<T>::max();
  return std::nullopt;
}

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text) {
  if (const auto endless = infinity<std::int32_t>(text)) return endless;
  const auto date = take_date(text);
  return text.empty() ? date : std::nullopt;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text, bool zoned) {
  if (const auto endless = infinity<std::int64_t>(text)) return endless;
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  const std::int64_t midnight = *date * day;
  if (text.empty()) return midnight;
  if (!take(text, ' ') && !take(text, 'T')) return std::nullopt;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  const auto offset = zoned ? take_zone(text) : std::optional<std::int64_t>(0);
  if (!offset || !text.empty()) return std::nullopt;
  return midnight + *time - *offset;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  const auto time = take_time(text);
  return text.empty() ? time : std::nullopt;
}

}  // namespace vernier::engine
