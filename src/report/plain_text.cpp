// SPDX-License-Identifier: Apache-2.0
#include "report/plain_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vernier::report {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The code point that `text` begins with. Refuses overlong forms, surrogates and what is cut short; such a
// byte counts as one.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t value = lead & (0x7F >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[bytes] || value > 0x10FFFF || surrogate) return {};
  return {value, bytes, true};
}

struct Range {
  char32_t first, last;
};

bool in(char32_t value, const auto& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return value >= range.first && value <= range.last; });
}

// C1 controls, soft hyphen, zero-width and direction marks, line separators, invisible operators, tags.
bool hidden(char32_t value) {
  constexpr std::array<Range, 10> ranges = {{{0x80, 0x9F},
                                             {0xAD, 0xAD},
                                             {0x61C, 0x61C},
                                             {0x180E, 0x180E},
                                             {0x200B, 0x200F},
                                             {0x2028, 0x202E},
                                             {0x2060, 0x206F},
                                             {0xFEFF, 0xFEFF},
                                             {0xFFF9, 0xFFFC},
                                             {0xE0000, 0xE0FFF}}};
  return in(value, ranges);
}

int width_of(char32_t value) {
  constexpr std::array<Range, 5> combining = {
      {{0x300, 0x36F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
  constexpr std::array<Range, 8> wide = {{{0x1100, 0x115F},
                                          {0x2E80, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
  if (value < 0x300) return 1;
  return in(value, combining) ? 0 : in(value, wide) ? 2 : 1;
}

std::string show(std::string_view text, bool breaks_are_spaces) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (!point.valid || hidden(point.value))
      shown += replacement;
    else if (breaks_are_spaces && point.value >= '\t' && point.value <= '\r')
      shown += ' ';
    else if (point.value < 0x20 || point.value == 0x7F)
      // The pictures stand at U+2400 in the order of the controls; that of DEL is U+2421.
      shown += {'\xE2', '\x90', static_cast<char>(0x80 + (point.value == 0x7F ? 0x21 : point.value))};
    else
      shown += text.substr(0, point.bytes);
    text.remove_prefix(point.bytes);
  }
  return shown;
}

// The longest beginning, or end, of `text` that is at most `columns` wide.
std::string_view beginning(std::string_view text, int columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    const CodePoint point = decode(text.substr(end));
    columns -= width_of(point.value);
    if (columns < 0) break;
    end += point.bytes;
  }
  return text.substr(0, end);
}

std::string_view ending(std::string_view text, int columns) {
  int excess = display_width(text) - columns;
  while (excess > 0 && !text.empty()) {
    const CodePoint point = decode(text);
    excess -= width_of(point.value);
    text.remove_prefix(point.bytes);
  }
  return text;
}

}  // namespace

std::string visible(std::string_view text) {
  return show(text, false);
}

std::string visible_prose(std::string_view text) {
  return show(trim(text), true);
}

int display_width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    columns += width_of(point.value);
    text.remove_prefix(point.bytes);
  }
  return columns;
}

std::string clip_end(std::string_view text, int columns) {
  if (display_width(text) <= columns) return std::string(text);
  return std::string(beginning(text, columns - 1)) + "…";
}

std::string clip_middle(std::string_view text, int columns) {
  if (display_width(text) <= columns) return std::string(text);
  const int tail = (columns - 1) / 2;
  return std::string(beginning(text, columns - 1 - tail)) + "…" + std::string(ending(text, tail));
}

std::vector<std::string> wrap(std::string_view text, int columns) {
  std::vector<std::string> lines;
  for (std::string word : split(text, ' ')) {
    while (display_width(word) > columns) {
      lines.emplace_back(beginning(word, columns));
      if (lines.back().empty()) return lines;  // no room for even one character
      word.erase(0, lines.back().size());
    }
    if (word.empty()) continue;
    if (lines.empty() || display_width(lines.back()) + 1 + display_width(word) > columns)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

}  // namespace vernier::report
