// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/plain_text.h"
#include "report/terminal_diff.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

using model::Timeline;

constexpr std::size_t buckets_shown_max = 60;

Span figure(std::int64_t rows, Paint colour) {
  return rows > 0 ? Span{with_thousands(rows), colour} : Span{"·", Paint::dim};
}

}  // namespace

// Where there are too many buckets, those without a difference are left out first.
std::string timeline_block(const model::TableDiff& diff, const TerminalStyle& style) {
  if (!diff.timeline || diff.timeline->buckets.empty()) return "";
  const Timeline& timeline = *diff.timeline;
  const bool many = timeline.buckets.size() > buckets_shown_max;
  std::int64_t most = 1;
  for (const Timeline::Bucket& bucket : timeline.buckets)
    most = std::max(most, differing_rows(bucket));
  Grid grid;
  grid.right_aligned = {false, true, true, true, true, true};
  for (const char* name : {"from", "old rows", "new rows", "removed", "added", "changed", ""})
    grid.head.push_back({name, Paint::dim});
  for (const Timeline::Bucket& bucket : timeline.buckets) {
    if ((many && differing_rows(bucket) == 0) || grid.rows.size() == buckets_shown_max) continue;
    grid.rows.push_back(
        {{visible(start_of(bucket, timeline.unit))},
         {with_thousands(bucket.rows[0])},
         {with_thousands(bucket.rows[1])},
         figure(bucket.removed, Paint::red),
         figure(bucket.added, Paint::green),
         figure(bucket.changed, Paint::yellow),
         {bar(static_cast<double>(differing_rows(bucket)) / static_cast<double>(most)), Paint::dim}});
  }
  const std::size_t hidden = timeline.buckets.size() - grid.rows.size();
  std::string text = "\n" +
                     paint(style, Paint::bold, visible(timeline.column_name) + " by " + timeline.unit) +
                     "\n" + draw(grid, style, 2);
  if (hidden > 0)
    text += paint(style, Paint::dim, fmt::format("  … {} more, see --output json", hidden)) + "\n";
  return text;
}

}  // namespace vernier::report
