// SPDX-License-Identifier: Apache-2.0
#include "dbt/normal_form.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

namespace vernier::dbt {
namespace {

using namespace std::chrono;

// Takes numbers and marks off the front of a text; after a mismatch all further reads fail too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int number = 0;
    if (rest_.size() < count || !std::isdigit(static_cast<unsigned char>(rest_.front()))) return fail();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + count, number);
    if (error != std::errc() || end != rest_.data() + count) return fail();
    rest_.remove_prefix(count);
    return number;
  }
  char any_of(std::string_view marks) {
    if (rest_.empty() || marks.find(rest_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char mark = rest_.front();
    rest_.remove_prefix(1);
    return mark;
  }
  bool at(char mark) const { return !failed_ && rest_.starts_with(mark); }
  // A fraction of a second in microseconds, as far as Python reads it.
  int micros() {
    int number = 0;
    int scale = 100'000;
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front()))) {
      number += (rest_.front() - '0') * scale;
      scale /= 10;
      rest_.remove_prefix(1);
    }
    return number;
  }
  bool finished() const { return !failed_ && rest_.empty(); }

 private:
  int fail() {
    failed_ = true;
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

std::optional<sys_time<microseconds>> parse_instant(std::string_view text) {
  Scanner scan(text);
  const int year_number = scan.digits(4);
  scan.any_of("-");
  const int month_number = scan.digits(2);
  scan.any_of("-");
  const int day_number = scan.digits(2);
  scan.any_of("T ");
  const int hour = scan.digits(2);
  scan.any_of(":");
  const int minute = scan.digits(2);
  int second = 0;
  int fraction = 0;
  if (scan.at(':')) {
    scan.any_of(":");
    second = scan.digits(2);
    if (scan.at('.')) {
      scan.any_of(".");
      fraction = scan.micros();
    }
  }
  const char sign = scan.any_of("Z+-");
  minutes offset{0};
  if (sign == '+' || sign == '-') {
    offset = hours{scan.digits(2)};
    if (scan.at(':')) scan.any_of(":");
    offset += minutes{scan.digits(2)};
  }
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!scan.finished() || !date.ok()) return std::nullopt;
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second} + microseconds{fraction} -
         (sign == '-' ? -offset : offset);
}

}  // namespace

std::string canonical_constraint(std::string_view json, bool of_model) {
  nlohmann::json constraint = nlohmann::json::parse(json, nullptr, false);
  if (!constraint.is_object()) return std::string(json);
  nlohmann::json filled = {
      {"name", nullptr},         {"expression", nullptr},    {"to", nullptr},
      {"warn_unenforced", true}, {"warn_unsupported", true}, {"to_columns", nlohmann::json::array()}};
  if (of_model) filled["columns"] = nlohmann::json::array();
  filled.update(constraint);
  return filled.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string normal_instant(std::string_view text) {
  const auto instant = parse_instant(text);
  return instant ? fmt::format("@{}", instant->time_since_epoch().count()) : std::string(text);
}

}  // namespace vernier::dbt
