// SPDX-License-Identifier: Apache-2.0
#include "datadiff/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace vernier::datadiff {

namespace {

constexpr double buckets_max = 20.0;
constexpr double seconds_of_a_day = 86'400.0;

// What whole bounds are multiples of; 0 where bounds need not be whole.
double unit(Shape shape) {
  if (shape == Shape::whole_number) return 1.0;
  return shape == Shape::date ? seconds_of_a_day : 0.0;
}

std::string time_text(std::int64_t microseconds) {
  const std::int64_t seconds = microseconds / 1'000'000;
  std::string text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (const std::int64_t rest = microseconds % 1'000'000; rest != 0) text += fmt::format(".{:06}", rest);
  return text;
}

model::Cell moment_text(Shape shape, double seconds) {
  using namespace std::chrono;
  constexpr double most = 4e11;  // seconds; some 12,000 years
  if (std::abs(seconds) > most) return std::nullopt;
  const microseconds since{std::llround(seconds * 1e6)};
  const auto day = floor<days>(since);
  const year_month_day date{sys_days{day}};
  const std::string text =
      fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()));
  return shape == Shape::date ? text : text + " " + time_text((since - day).count());
}

}  // namespace

Scale scale_of(Shape shape, double low, double high) {
  const double whole = unit(shape);
  if (whole > 0.0) {
    const double width = std::max(whole, std::ceil((high - low + whole) / buckets_max / whole) * whole);
    return {low, high, width, static_cast<std::size_t>(std::floor((high - low) / width)) + 1};
  }
  if (high <= low) return {low, high, 1.0, 1};
  // Halved first: the distance of two large doubles may be no double.
  return {low, high, (high / 2.0 - low / 2.0) / (buckets_max / 2.0), static_cast<std::size_t>(buckets_max)};
}

model::Cell point_text(Shape shape, double point) {
  switch (shape) {
    case Shape::whole_number:
      return fmt::format("{:.0f}", point);
    case Shape::number:
      return fmt::format("{:.12g}", point);
    case Shape::date:
    case Shape::moment:
      return moment_text(shape, point);
    case Shape::time_of_day:
      return time_text(std::llround(point * 1e6));
    case Shape::text:
      break;
  }
  return std::nullopt;
}

std::vector<model::ColumnProfile::Bucket> empty_buckets(Shape shape, const Scale& scale) {
  std::vector<model::ColumnProfile::Bucket> buckets;
  for (std::size_t i = 0; i < scale.buckets; ++i) {
    const auto edge = [&](std::size_t at) { return scale.low + static_cast<double>(at) * scale.width; };
    const bool last = i + 1 == scale.buckets;
    buckets.push_back({.low = point_text(shape, edge(i)),
                       .high = point_text(shape, last ? scale.high : edge(i + 1)),
                       .rows = {}});
  }
  return buckets;
}

}  // namespace vernier::datadiff
