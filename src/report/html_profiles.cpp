// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/html_text.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

using model::Cell;
using model::ColumnProfile;

constexpr std::size_t columns_max = 100;
constexpr const char* side_names[] = {"Base", "Head"};

std::string shown(const Cell& cell) {
  return cell ? "<code>" + html(*cell) + "</code>" : "–";
}

double share(const ColumnProfile& profile, std::int64_t rows, std::size_t side) {
  const std::int64_t all = profile.rows[side];
  return all > 0 ? static_cast<double>(rows) / static_cast<double>(all) : 0.0;
}

std::string figures_table(const ColumnProfile& profile) {
  std::string rows;
  for (std::size_t side = 0; side < 2; ++side)
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
        "class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        side_names[side], with_thousands(profile.rows[side]),
        html(percent(profile.nulls[side], profile.rows[side])), with_thousands(profile.distincts[side]),
        shown(profile.min[side]), shown(profile.max[side]), shown(profile.mean[side]));
  return "<div class=\"scroll\"><table>\n<thead><tr><th></th><th scope=\"col\" class=\"number\">Rows</th><th "
         "scope=\"col\" class=\"number\">Null</th><th scope=\"col\" class=\"number\">Distinct</th><th "
         "scope=\"col\">Least</th><th scope=\"col\">Greatest</th><th scope=\"col\">Mean</th></tr></thead>\n"
         "<tbody>\n" +
         rows + "</tbody></table></div>\n";
}

// Two bars for each bucket, base and head, of one scale.
std::string histogram(const ColumnProfile& profile) {
  if (profile.histogram.empty()) return "";
  constexpr double height = 90.0;
  constexpr double bucket_width = 22.0;
  constexpr double bar_width = 9.5;
  double longest = 0.0;
  for (const ColumnProfile::Bucket& bucket : profile.histogram)
    for (std::size_t side = 0; side < 2; ++side)
      longest = std::max(longest, share(profile, bucket.rows[side], side));
  if (longest <= 0.0) return "";
  std::string rects;
  for (std::size_t i = 0; i < profile.histogram.size(); ++i) {
    const ColumnProfile::Bucket& bucket = profile.histogram[i];
    rects += fmt::format("<g><title>{} to {}: {} and {} rows</title>", html(bucket.low.value_or("–")),
                         html(bucket.high.value_or("–")), with_thousands(bucket.rows[0]),
                         with_thousands(bucket.rows[1]));
    for (std::size_t side = 0; side < 2; ++side) {
      double tall = height * share(profile, bucket.rows[side], side) / longest;
      if (bucket.rows[side] > 0) tall = std::max(tall, 1.5);
      rects += fmt::format(
          "<rect class=\"side{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\"/>", side,
          static_cast<double>(i) * bucket_width + static_cast<double>(side) * (bar_width + 0.5),
          height - tall, bar_width, tall);
    }
    rects += "</g>";
  }
  return fmt::format(
      "<svg class=\"histogram\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"Histogram of {}\">{}</svg>\n<p class=\"ends\"><span>{}</span><span>{}</span></p>\n",
      bucket_width * static_cast<double>(profile.histogram.size()), height, html(profile.column_name), rects,
      html(profile.histogram.front().low.value_or("")), html(profile.histogram.back().high.value_or("")));
}

std::string top_values(const ColumnProfile& profile) {
  std::string rows;
  for (const ColumnProfile::TopValue& top : profile.top_values) {
    std::string bars;
    for (std::size_t side = 0; side < 2; ++side)
      bars += fmt::format("<rect class=\"side{}\" y=\"{}\" width=\"{:.1f}\" height=\"7\"/>", side, side * 8,
                          120.0 * share(profile, top.rows[side], side));
    rows += fmt::format(
        "<tr><th scope=\"row\"><code>{}</code></th><td><svg class=\"spread\" viewBox=\"0 0 120 16\" "
        "aria-hidden=\"true\">{}</svg></td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        html(top.value.value_or("")), bars, with_thousands(top.rows[0]), with_thousands(top.rows[1]));
  }
  if (rows.empty()) return "";
  return "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Value</th><th scope=\"col\">Share of "
         "rows</th><th scope=\"col\" class=\"number\">Base</th><th scope=\"col\" "
         "class=\"number\">Head</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string in_div(const std::string& content) {
  return content.empty() ? "" : "<div>" + content + "</div>";
}

}  // namespace

std::string html_profiles(const model::TableDiff& diff) {
  if (diff.profiles.empty()) return "";
  std::string text =
      "<h4>Profiles</h4>\n<p class=\"legend\"><span class=\"side0\"></span>base<span "
      "class=\"side1\"></span>head</p>\n";
  for (std::size_t i = 0; i < std::min(diff.profiles.size(), columns_max); ++i) {
    const ColumnProfile& profile = diff.profiles[i];
    text += fmt::format(
        "<details class=\"profile\"><summary><code>{}</code></summary>\n{}<div "
        "class=\"profiles\">{}{}</div></details>\n",
        html(profile.column_name), figures_table(profile), in_div(histogram(profile)),
        in_div(top_values(profile)));
  }
  if (diff.profiles.size() > columns_max)
    text += fmt::format("<p class=\"soft\">and {} more columns</p>\n", diff.profiles.size() - columns_max);
  return text;
}

}  // namespace vernier::report
