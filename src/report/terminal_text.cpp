// SPDX-License-Identifier: Apache-2.0
#include "report/terminal_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/plain_text.h"

namespace vernier::report {
namespace {

constexpr int gap = 2;
constexpr int narrowest_cell = 8;

std::string_view code_of(Paint colour) {
  switch (colour) {
    case Paint::bold:
      return "1";
    case Paint::dim:
      return "2";
    case Paint::red:
      return "31";
    case Paint::green:
      return "32";
    case Paint::yellow:
      return "33";
    case Paint::cyan:
      return "36";
    case Paint::plain:
      break;
  }
  return "";
}

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

// What each column needs, before anything is cut.
std::vector<int> natural_widths(const Grid& grid) {
  std::vector<int> widths;
  const auto measure = [&](const std::vector<Span>& row) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i].text));
  };
  measure(grid.head);
  for (const auto& row : grid.rows)
    measure(row);
  return widths;
}

int total(const std::vector<int>& widths) {
  int sum = 0;
  for (const int width : widths)
    sum += width + gap;
  return sum - gap;
}

// Takes from the widest columns first, so that narrow ones stay whole; then drops columns.
std::vector<int> fitted_widths(std::vector<int> widths, int widest_cell, int room) {
  for (int& width : widths)
    width = std::min(width, widest_cell);
  while (!widths.empty() && total(widths) > room) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest > narrowest_cell)
      --*widest;
    else
      widths.pop_back();
  }
  return widths;
}

}  // namespace

std::string paint(const TerminalStyle& style, Paint colour, std::string_view text) {
  if (!style.colour || colour == Paint::plain) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

std::string draw(const Grid& grid, const TerminalStyle& style, int indent) {
  const std::vector<int> natural = natural_widths(grid);
  const std::vector<int> widths = fitted_widths(natural, grid.cell_columns_max, style.columns - indent);
  std::string text;
  const auto line = [&](const std::vector<Span>& row) {
    std::string drawn = spaces(indent);
    int owed = 0;  // spaces that stand only before something, so that no line ends in one
    for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
      const std::string cell = clip_end(row[i].text, widths[i]);
      const int padding = widths[i] - display_width(cell);
      const bool right = i < grid.right_aligned.size() && grid.right_aligned[i];
      if (!cell.empty()) drawn += spaces(owed + (right ? padding : 0)) + paint(style, row[i].paint, cell);
      owed = cell.empty() ? owed + widths[i] + gap : gap + (right ? 0 : padding);
    }
    text += drawn + "\n";
  };
  if (!grid.head.empty()) line(grid.head);
  for (const auto& row : grid.rows)
    line(row);
  if (widths.size() < natural.size())
    text += spaces(indent) +
            paint(style, Paint::dim, fmt::format("… {} more columns", natural.size() - widths.size())) + "\n";
  return text;
}

std::string flow(const std::vector<Span>& spans, const TerminalStyle& style, int indent) {
  std::string text;
  int used = 0;
  for (const Span& span : spans) {
    const std::string cell = clip_end(span.text, style.columns - indent);
    const int width = display_width(cell);
    if (used > 0 && used + gap + width > style.columns) {
      text += "\n";
      used = 0;
    }
    text += spaces(used == 0 ? indent : gap) + paint(style, span.paint, cell);
    used += (used == 0 ? indent : gap) + width;
  }
  return text.empty() ? "" : text + "\n";
}

std::string entry_list(const std::vector<Entry>& entries, const TerminalStyle& style, int indent) {
  const int widest = (style.columns - indent) / 2;
  int width = 0;
  for (const Entry& entry : entries)
    width = std::max(width, std::min(display_width(entry.name.text), widest));
  const int column = indent + width + gap;
  std::string text;
  for (const Entry& entry : entries) {
    const std::string name = clip_middle(entry.name.text, widest);
    std::string line = spaces(indent) + paint(style, entry.name.paint, name);
    int missing = column - indent - display_width(name);
    for (const std::string& part : wrap(entry.sentence, style.columns - column)) {
      text += line + spaces(missing) + part + "\n";
      line.clear();
      missing = column;
    }
    if (!line.empty()) text += line + "\n";
  }
  return text;
}

std::string paragraph(const TerminalStyle& style, std::string_view text, int indent) {
  std::string lines;
  for (const std::string& line : wrap(text, style.columns - indent))
    lines += spaces(indent) + line + "\n";
  return lines;
}

std::string bar(double share) {
  constexpr int cells = 10;
  int full = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * cells));
  if (share < 1.0) full = std::min(full, cells - 1);
  if (share > 0.0) full = std::max(full, 1);
  std::string drawn;
  for (int i = 0; i < cells; ++i)
    drawn += i < full ? "━" : "·";
  return drawn;
}

}  // namespace vernier::report
