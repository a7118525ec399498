// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "datadiff/datadiff.h"

namespace vernier::datadiff {

namespace {

using std::chrono::microseconds;

constexpr std::array<std::pair<TimeUnit, std::string_view>, 6> units = {{{TimeUnit::minute, "minute"},
                                                                         {TimeUnit::hour, "hour"},
                                                                         {TimeUnit::day, "day"},
                                                                         {TimeUnit::week, "week"},
                                                                         {TimeUnit::month, "month"},
                                                                         {TimeUnit::year, "year"}}};

// Takes what a moment is written with off the front of a text; each part says whether it was there.
class MomentText {
 public:
  explicit MomentText(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool take(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `digits` of them, from 0 to `max`.
  std::optional<int> number(std::size_t digits, int max) {
    int value = 0;
    const auto [end, error] =
        std::from_chars(rest_.data(), rest_.data() + std::min(digits, rest_.size()), value);
    if (error != std::errc{} || end != rest_.data() + digits || rest_.front() == '-' || value > max)
      return std::nullopt;
    rest_.remove_prefix(digits);
    return value;
  }
  // The digits behind a point, at most six of them.
  std::optional<microseconds> fraction() {
    std::int64_t value = 0;
    std::int64_t unit = 1'000'000;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      unit /= 10;
      if (unit == 0) return std::nullopt;
      value += (rest_.front() - '0') * unit;
      rest_.remove_prefix(1);
    }
    return unit == 1'000'000 ? std::nullopt : std::optional(microseconds(value));
  }

 private:
  std::string_view rest_;
};

using Moment = std::chrono::sys_time<microseconds>;

std::optional<Moment> take_date(MomentText& text) {
  const auto year = text.number(4, 9999);
  if (!year || *year == 0 || !text.take("-")) return std::nullopt;
  const auto month = text.number(2, 12);
  if (!month || !text.take("-")) return std::nullopt;
  const auto day = text.number(2, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Moment(std::chrono::sys_days(date));
}

// "10:00", "10:00:00", "10:00:00.5".
std::optional<microseconds> take_time(MomentText& text) {
  const auto hour = text.number(2, 23);
  if (!hour || !text.take(":")) return std::nullopt;
  const auto minute = text.number(2, 59);
  if (!minute) return std::nullopt;
  microseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!text.take(":")) return time;
  const auto second = text.number(2, 59);
  if (!second) return std::nullopt;
  time += std::chrono::seconds(*second);
  if (!text.take(".")) return time;
  const auto fraction = text.fraction();
  return fraction ? std::optional(time + *fraction) : std::nullopt;
}

// "Z", "+02", "+02:00", "-0530" or nothing.
std::optional<microseconds> take_offset(MomentText& text) {
  if (text.done() || text.take("Zz")) return microseconds(0);
  const bool east = text.take("+");
  if (!east && !text.take("-")) return std::nullopt;
  const auto hours = text.number(2, 18);
  if (!hours) return std::nullopt;
  microseconds offset = std::chrono::hours(*hours);
  if (!text.done()) {
    text.take(":");
    const auto minutes = text.number(2, 59);
    if (!minutes) return std::nullopt;
    offset += std::chrono::minutes(*minutes);
  }
  return east ? offset : -offset;
}

std::optional<Moment> read_moment(std::string_view written) {
  MomentText text(written);
  auto moment = take_date(text);
  if (!moment || text.done()) return moment;
  if (!text.take("T ")) return std::nullopt;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.done()) return std::nullopt;
  return *moment + *time - *offset;
}

}  // namespace

std::string_view to_string(TimeUnit unit) {
  for (const auto& [known, name] : units)
    if (known == unit) return name;
  return "";
}

Result<TimeUnit> parse_time_unit(std::string_view text) {
  for (const auto& [unit, name] : units)
    if (name == text) return unit;
  return invalid_input(fmt::format("\"{}\" is none of minute, hour, day, week, month and year", text));
}

Result<std::string> parse_moment(std::string_view text) {
  const auto moment = read_moment(trim(text));
  if (!moment)
    return invalid_input(fmt::format(
        "\"{}\" is no date or time of ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00+02:00", text));
  const auto day = std::chrono::floor<std::chrono::days>(*moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(*moment - day);
  if (static_cast<int>(date.year()) < 1 || static_cast<int>(date.year()) > 9999)
    return invalid_input(fmt::format("\"{}\" is not in the years 1 to 9999", text));
  std::string out = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) {
    out += fmt::format(".{:06}", time.subseconds().count());
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out;
}

Status check_time(const TimeWish& wish) {
  if (wish.column.empty()) return invalid_input("name the column that an interval or a timeline is of");
  // Of one form, moments are in the order of their texts.
  if (!wish.since.empty() && !wish.until.empty() && wish.since >= wish.until)
    return invalid_input(
        fmt::format("the interval from {} to {} has no moment in it", wish.since, wish.until));
  return {};
}

}  // namespace vernier::datadiff
