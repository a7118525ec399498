// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace vernier::report {

enum class Paint { plain, bold, dim, red, green, yellow, cyan };

// `text` in a colour, or as it is where the style has none. The text must be visible already.
std::string paint(const TerminalStyle& style, Paint colour, std::string_view text);

// A piece of a line: its width is known before colour is added.
struct Span {
  std::string text;
  Paint paint = Paint::plain;
};

// Rows of cells under a heading, columns aligned.
struct Grid {
  std::vector<Span> head;           // empty: no heading
  std::vector<bool> right_aligned;  // per column; missing ones are left-aligned
  std::vector<std::vector<Span>> rows;
  int cell_columns_max = 200;
};

// The grid in at most style.columns: wide cells are cut, and columns at the end that still do not fit are
// left out with a note that says how many.
std::string draw(const Grid& grid, const TerminalStyle& style, int indent);

// Spans beside each other, on further lines where they do not fit on one.
std::string flow(const std::vector<Span>& spans, const TerminalStyle& style, int indent);

// Names with a sentence each: names in one column, sentences wrapped in the other.
struct Entry {
  Span name;
  std::string sentence;
};
std::string entry_list(const std::vector<Entry>& entries, const TerminalStyle& style, int indent);

// `text` wrapped at style.columns.
std::string paragraph(const TerminalStyle& style, std::string_view text, int indent);

// "━━━━━━━━━·": the part of a whole as ten cells; not full unless all of it is.
std::string bar(double share);

}  // namespace vernier::report
