// SPDX-License-Identifier: Apache-2.0
#include "cli/line_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace vernier::cli {
namespace {

constexpr std::size_t cells_max = 16'000'000;  // of the table of common lengths
constexpr std::size_t context_lines = 3;
constexpr int wide_columns = 90;

using Lines = std::vector<std::string>;

// Lengths of the longest common subsequences of all pairs of suffixes.
class CommonLengths {
 public:
  CommonLengths(const Lines& a, const Lines& b, std::size_t begin, std::size_t a_end, std::size_t b_end)
      : begin_(begin), width_(b_end - begin + 1), cells_((a_end - begin + 1) * width_) {
    for (std::size_t i = a_end; i-- > begin;)
      for (std::size_t j = b_end; j-- > begin;)
        cell(i, j) = a[i] == b[j] ? cell(i + 1, j + 1) + 1 : std::max(cell(i + 1, j), cell(i, j + 1));
  }
  std::uint32_t& cell(std::size_t i, std::size_t j) { return cells_[(i - begin_) * width_ + j - begin_]; }

 private:
  std::size_t begin_;
  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

// Lines taken out and put in between two common lines stand beside each other.
void flush(Lines& out, Lines& in, std::vector<DiffRow>& rows) {
  for (std::size_t i = 0; i < std::max(out.size(), in.size()); ++i) {
    DiffRow row;
    if (i < out.size()) row.old_line = out[i];
    if (i < in.size()) row.new_line = in[i];
    rows.push_back(std::move(row));
  }
  out.clear();
  in.clear();
}

Lines lines_of(std::string_view text) {
  return text.empty() ? Lines() : split(text, '\n');
}

// A line for the terminal: tabs as spaces, a carriage return made visible.
std::string visible(std::string_view line) {
  std::string text;
  for (const char c : line) {
    if (c == '\t')
      text += "    ";
    else if (c == '\r')
      text += "\\r";
    else
      text += c;
  }
  return printable(text);
}

// Pieces of at most `width` characters, at least one.
Lines cut(std::string_view text, std::size_t width) {
  Lines pieces(1);
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_character = (text[i] & 0xC0) != 0x80;
    if (starts_character && used == width) {
      pieces.emplace_back();
      used = 0;
    }
    if (starts_character) ++used;
    pieces.back() += text[i];
  }
  return pieces;
}

std::string render_wide(const DiffRow& row, std::size_t width, const TextStyle& style) {
  const Lines left = cut(visible(row.old_line.value_or("")), width);
  const Lines right = cut(visible(row.new_line.value_or("")), width);
  std::string text;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::string l = i < left.size() ? left[i] : "";
    const std::string r = i < right.size() ? right[i] : "";
    const std::string padding(width - width_of(l), ' ');
    const std::string_view mark = row.same() ? " " : "|";
    text += fmt::format("  {}{} {} {}\n", row.same() ? l : coloured(l, Colour::red, style), padding, mark,
                        row.same() ? r : coloured(r, Colour::green, style));
  }
  return text;
}

std::string render_narrow(const std::vector<DiffRow>& rows, std::size_t begin, std::size_t end,
                          const TextStyle& style) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i)
    if (rows[i].old_line) text += coloured("  - " + visible(*rows[i].old_line), Colour::red, style) + "\n";
  for (std::size_t i = begin; i < end; ++i)
    if (rows[i].new_line) text += coloured("  + " + visible(*rows[i].new_line), Colour::green, style) + "\n";
  return text;
}

std::vector<bool> rows_to_show(const std::vector<DiffRow>& rows) {
  std::vector<bool> shown(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].same()) continue;
    const std::size_t begin = i - std::min(i, context_lines);
    for (std::size_t j = begin; j < std::min(rows.size(), i + context_lines + 1); ++j)
      shown[j] = true;
  }
  return shown;
}

}  // namespace

std::vector<DiffRow> diff_lines(std::string_view old_text, std::string_view new_text) {
  const Lines a = lines_of(old_text);
  const Lines b = lines_of(new_text);
  std::size_t begin = 0;
  while (begin < a.size() && begin < b.size() && a[begin] == b[begin])
    ++begin;
  std::size_t a_end = a.size();
  std::size_t b_end = b.size();
  while (a_end > begin && b_end > begin && a[a_end - 1] == b[b_end - 1]) {
    --a_end;
    --b_end;
  }
  std::vector<DiffRow> rows;
  for (std::size_t i = 0; i < begin; ++i)
    rows.push_back({a[i], a[i]});
  Lines out, in;
  std::size_t i = begin;
  std::size_t j = begin;
  if ((a_end - begin + 1) * (b_end - begin + 1) <= cells_max) {
    CommonLengths common(a, b, begin, a_end, b_end);
    while (i < a_end && j < b_end) {
      if (a[i] == b[j]) {
        flush(out, in, rows);
        rows.push_back({a[i++], b[j++]});
      } else if (common.cell(i + 1, j) >= common.cell(i, j + 1)) {
        out.push_back(a[i++]);
      } else {
        in.push_back(b[j++]);
      }
    }
  }
  out.insert(out.end(), a.begin() + static_cast<std::ptrdiff_t>(i),
             a.begin() + static_cast<std::ptrdiff_t>(a_end));
  in.insert(in.end(), b.begin() + static_cast<std::ptrdiff_t>(j),
            b.begin() + static_cast<std::ptrdiff_t>(b_end));
  flush(out, in, rows);
  for (std::size_t k = a_end; k < a.size(); ++k)
    rows.push_back({a[k], a[k]});
  return rows;
}

std::string render_diff(const std::vector<DiffRow>& rows, const TextStyle& style) {
  const std::vector<bool> shown = rows_to_show(rows);
  const bool wide = style.columns >= wide_columns;
  const auto width = static_cast<std::size_t>(style.columns - 6) / 2;
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!shown[i]) {
      if (i > 0 && shown[i - 1]) text += coloured("  ...", Colour::dim, style) + "\n";
    } else if (wide) {
      text += render_wide(rows[i], width, style);
    } else if (rows[i].same()) {
      text += "    " + visible(*rows[i].old_line) + "\n";
    } else {
      std::size_t end = i;
      while (end < rows.size() && !rows[end].same())
        ++end;
      text += render_narrow(rows, i, end, style);
      i = end - 1;
    }
  }
  return text;
}

}  // namespace vernier::cli
