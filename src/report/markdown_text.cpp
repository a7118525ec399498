// SPDX-License-Identifier: Apache-2.0
#include "report/markdown_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "report/plain_text.h"

namespace vernier::report {
namespace {

constexpr int name_columns_max = 100;
constexpr int sentence_columns_max = 1500;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

std::size_t longest_run(std::string_view text, char wanted) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text)
    longest = std::max(longest, run = c == wanted ? run + 1 : 0);
  return longest;
}

// `text` is visible already.
std::string span_of(std::string_view text) {
  if (trim(text).empty()) return "–";
  const std::string fence(longest_run(text, '`') + 1, '`');
  const char* pad = text.front() == '`' || text.back() == '`' ? " " : "";
  return fence + pad + std::string(text) + pad + fence;
}

// Backslashes take the meaning from punctuation. Forges look for mentions and references in the rendered
// text, where a backslash is gone, so a zero-width space keeps those signs apart from what follows them.
std::string escaped(std::string_view text) {
  constexpr std::string_view punctuation = "`*_[]|~$";
  constexpr std::string_view references = "@#!~%$&";
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '&')
      safe += "&amp;";
    else if (c == '\\')
      safe += "&#92;";  // a backslash would take its meaning from a code span's backtick behind it
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (punctuation.find(c) != std::string_view::npos)
      safe += std::string("\\") + c;
    else
      safe += c;
    const bool before_word = i + 1 < text.size() && is_word(text[i + 1]);
    if (before_word && references.find(c) != std::string_view::npos) safe += "&#8203;";
  }
  return safe;
}

// A `|` ends a cell even in a code span. Renderers disagree on what `\\|` means, so a backslash before it
// is kept away by a zero-width space.
std::string escape_pipes(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' && safe.ends_with('\\')) safe += "\xE2\x80\x8B";
    if (c == '|') safe += '\\';
    safe += c;
  }
  return safe;
}

}  // namespace

std::string code_span(std::string_view name) {
  return span_of(clip_middle(visible_prose(name), name_columns_max));
}

std::string code_cell(std::string_view name) {
  return escape_pipes(code_span(name));
}

// Text between a pair of backticks is code, whoever wrote it; everything else is escaped.
std::string prose(std::string_view sentence) {
  const std::string text = clip_end(visible_prose(sentence), sentence_columns_max);
  std::string_view rest = text;
  std::string safe;
  while (!rest.empty()) {
    const auto open = rest.find('`');
    const auto close = open == std::string_view::npos ? open : rest.find('`', open + 1);
    if (close == std::string_view::npos) break;
    safe += escaped(rest.substr(0, open));
    safe += span_of(rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
  safe += escaped(rest);
  // A sign of a heading, list or forge command counts at the start of a line only.
  if (!safe.empty() && std::string_view("#+-=/:").find(safe.front()) != std::string_view::npos)
    safe.insert(0, "\\");
  return safe;
}

std::string code_block(std::string_view command, std::string_view prefix) {
  const std::string fence(std::max<std::size_t>(3, longest_run(command, '`') + 1), '`');
  std::string block = fmt::format("{}{}sh\n", prefix, fence);
  for (const std::string& line : split(trim(command), '\n'))
    block += fmt::format("{}{}\n", prefix, clip_end(visible(line), sentence_columns_max));
  return block + fmt::format("{}{}\n", prefix, fence);
}

std::string link_target(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return "";
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
    return is_word(c) || std::string_view("-.~:/?#@!$&+,;=%").find(c) != std::string_view::npos;
  });
  return plain ? std::string(url) : "";
}

std::string comment_key(std::string_view name) {
  std::string key;
  for (const char c : name.substr(0, 100)) {
    // "--" could end the comment, and so could a name that ends in "-".
    if (is_word(c) || c == '.' || (c == '-' && !key.empty() && key.back() != '-'))
      key += c;
    else
      key += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return key;
}

std::string mermaid_label(std::string_view name) {
  std::string label = clip_middle(visible_prose(name), 40);
  for (char& c : label)
    if (static_cast<unsigned char>(c) < 0x80 && !is_word(c) && c != '.' && c != '-' && c != ' ') c = '_';
  return label;
}

}  // namespace vernier::report
