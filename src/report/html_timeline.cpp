// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/html_text.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

using model::Timeline;

constexpr double height = 90.0;
constexpr double bucket_width = 10.0;

struct Kind {
  const char* css_class;
  std::int64_t Timeline::Bucket::*rows;
};
constexpr Kind kinds[] = {{"removed", &Timeline::Bucket::removed},
                          {"added", &Timeline::Bucket::added},
                          {"changed", &Timeline::Bucket::changed}};

// Removed, added and changed rows of a bucket upon each other; one row is still to be seen.
std::string stack(const Timeline::Bucket& bucket, double left, double row_height) {
  std::string rects;
  double top = height;
  for (const Kind& kind : kinds) {
    const std::int64_t rows = bucket.*kind.rows;
    if (rows == 0) continue;
    const double tall = std::max(1.5, static_cast<double>(rows) * row_height);
    top -= tall;
    rects += fmt::format(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{}" height="{:.1f}"/>)",
                         kind.css_class, left, std::max(0.0, top), bucket_width - 1.0, tall);
  }
  return rects;
}

}  // namespace

std::string html_timeline(const model::TableDiff& diff) {
  if (!diff.timeline) return "";
  const Timeline& timeline = *diff.timeline;
  std::int64_t most = 0;
  for (const Timeline::Bucket& bucket : timeline.buckets)
    most = std::max(most, differing_rows(bucket));
  if (most == 0) return "";
  std::string bars;
  for (std::size_t i = 0; i < timeline.buckets.size(); ++i) {
    const Timeline::Bucket& bucket = timeline.buckets[i];
    if (differing_rows(bucket) == 0) continue;
    bars += fmt::format(
        "<g><title>{}: {} removed, {} added, {} changed of {} and {} rows</title>{}</g>",
        html(start_of(bucket, timeline.unit)), with_thousands(bucket.removed), with_thousands(bucket.added),
        with_thousands(bucket.changed), with_thousands(bucket.rows[0]), with_thousands(bucket.rows[1]),
        stack(bucket, static_cast<double>(i) * bucket_width, height / static_cast<double>(most)));
  }
  return fmt::format(
      "<h4>Differing rows by {0} of <code>{1}</code></h4>\n<p class=\"legend\"><span "
      "class=\"removed\"></span>removed<span class=\"added\"></span>added<span "
      "class=\"changed\"></span>changed; the longest bar is {2} rows</p>\n<svg class=\"histogram timeline\" "
      "viewBox=\"0 0 {3} {4}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"Differing rows by {0} of {1}\">{5}</svg>\n<p "
      "class=\"ends\"><span>{6}</span><span>{7}</span></p>\n",
      html(timeline.unit), html(timeline.column_name), with_thousands(most),
      bucket_width * static_cast<double>(timeline.buckets.size()), height, bars,
      html(start_of(timeline.buckets.front(), timeline.unit)),
      html(start_of(timeline.buckets.back(), timeline.unit)));
}

}  // namespace vernier::report
