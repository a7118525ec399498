// SPDX-License-Identifier: Apache-2.0
#include "report/html_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/plain_text.h"

namespace vernier::report {

std::string html(std::string_view text) {
  std::string safe;
  for (const char c : visible(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string html_prose(std::string_view sentence) {
  const std::string text = visible_prose(sentence);
  std::string_view rest = text;
  std::string safe;
  while (true) {
    const auto open = rest.find('`');
    const auto close = open == std::string_view::npos ? open : rest.find('`', open + 1);
    if (close == std::string_view::npos) return safe + html(rest);
    safe += html(rest.substr(0, open)) + "<code>" + html(rest.substr(open + 1, close - open - 1)) + "</code>";
    rest.remove_prefix(close + 1);
  }
}

std::string html_bar(double share) {
  // What is not quite nothing or not quite all must look so.
  double width = 100.0 * std::clamp(share, 0.0, 1.0);
  if (share > 0.0) width = std::max(width, 1.5);
  if (share < 1.0) width = std::min(width, 98.5);
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect class=\"rest\" width=\"100\" height=\"6\"/><rect class=\"same\" width=\"{:.1f}\" "
      "height=\"6\"/></svg>",
      width);
}

std::string_view css_class(Outcome outcome) {
  switch (outcome) {
    case Outcome::failed:
    case Outcome::key_problem:
      return "bad";
    case Outcome::different:
      return "differs";
    case Outcome::added:
      return "new";
    case Outcome::removed:
      return "removed";
    case Outcome::equal:
      return "equal";
    case Outcome::not_compared:
      break;
  }
  return "none";
}

}  // namespace vernier::report
