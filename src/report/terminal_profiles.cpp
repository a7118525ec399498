// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/plain_text.h"
#include "report/terminal_diff.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

using model::Cell;
using model::ColumnProfile;
using model::Sides;

constexpr std::size_t columns_max = 12;
constexpr int cell_columns_max = 24;

std::string shown(const Cell& cell) {
  return cell ? (cell->empty() ? "''" : visible(*cell)) : "–";
}

// One line for each side.
std::string figures(const ColumnProfile& profile, const TerminalStyle& style) {
  Grid grid;
  grid.cell_columns_max = cell_columns_max;
  grid.right_aligned = {false, true, true, true, true, true, true};
  const bool number = profile.mean[0] || profile.mean[1];
  for (const char* name : {"", "rows", "null", "distinct", "least", "greatest"})
    grid.head.push_back({name, Paint::dim});
  if (number) grid.head.push_back({"mean", Paint::dim});
  for (std::size_t side = 0; side < 2; ++side) {
    std::vector<Span> row = {{side == 0 ? "old" : "new", Paint::dim},
                             {with_thousands(profile.rows[side])},
                             {percent(profile.nulls[side], profile.rows[side])},
                             {with_thousands(profile.distincts[side])},
                             {shown(profile.min[side])},
                             {shown(profile.max[side])}};
    if (number) row.push_back({shown(profile.mean[side])});
    grid.rows.push_back(std::move(row));
  }
  return draw(grid, style, 2);
}

struct Bar {
  std::string label;
  Sides<std::int64_t> rows;
};

// The bars of both sides are of one scale: shares of the side's rows, the longest of all full.
std::string bars(const std::vector<Bar>& list, const Sides<std::int64_t>& rows, std::string_view title,
                 const TerminalStyle& style) {
  const auto share = [&](const Bar& drawn, std::size_t side) {
    return rows[side] > 0 ? static_cast<double>(drawn.rows[side]) / static_cast<double>(rows[side]) : 0.0;
  };
  double longest = 0.0;
  for (const Bar& drawn : list)
    longest = std::max({longest, share(drawn, 0), share(drawn, 1)});
  if (longest <= 0.0) return "";
  Grid grid;
  grid.cell_columns_max = cell_columns_max;
  grid.right_aligned = {false, false, true, false, true};
  grid.head = {{std::string(title), Paint::dim}, {"old", Paint::dim}, {""}, {"new", Paint::dim}, {""}};
  for (const Bar& drawn : list)
    grid.rows.push_back({{drawn.label},
                         {bar(share(drawn, 0) / longest), Paint::cyan},
                         {with_thousands(drawn.rows[0])},
                         {bar(share(drawn, 1) / longest), Paint::yellow},
                         {with_thousands(drawn.rows[1])}});
  return draw(grid, style, 2);
}

// The histogram where there is one, else the values that most rows have.
std::string spread(const ColumnProfile& profile, const TerminalStyle& style) {
  std::vector<Bar> list;
  for (const ColumnProfile::Bucket& bucket : profile.histogram)
    list.push_back({shown(bucket.low), bucket.rows});
  if (!list.empty()) return bars(list, profile.rows, "from", style);
  for (const ColumnProfile::TopValue& top : profile.top_values)
    list.push_back({shown(top.value), top.rows});
  return bars(list, profile.rows, "most rows have", style);
}

}  // namespace

std::string profiles_block(const model::TableDiff& diff, const TerminalStyle& style) {
  std::string text;
  for (std::size_t i = 0; i < std::min(diff.profiles.size(), columns_max); ++i) {
    const ColumnProfile& profile = diff.profiles[i];
    text += "\n" + paint(style, Paint::bold, visible(profile.column_name)) + "\n" + figures(profile, style) +
            spread(profile, style);
  }
  if (diff.profiles.size() > columns_max)
    text += "\n" +
            paint(style, Paint::dim, fmt::format("… {} more columns", diff.profiles.size() - columns_max)) +
            "\n";
  return text;
}

}  // namespace vernier::report
