// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "report/digest.h"
#include "report/plain_text.h"
#include "report/terminal_diff.h"
#include "report/terminal_text.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

constexpr std::size_t tables_max = 20;
constexpr std::size_t list_max = 20;
constexpr std::size_t reasons_max = 6;

Paint paint_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::failed:
    case Outcome::key_problem:
    case Outcome::removed:
      return Paint::red;
    case Outcome::different:
      return Paint::yellow;
    case Outcome::added:
    case Outcome::equal:
      return Paint::green;
    case Outcome::not_compared:
      break;
  }
  return Paint::dim;
}

std::string title_line(const CiRun& run, const TerminalStyle& style) {
  std::string title = fmt::format("Run {}", run.id);
  if (!run.pr_num.empty()) title += " · pull request " + visible(run.pr_num);
  if (!run.pr_branch.empty()) title += " · " + visible(run.pr_branch);
  if (!run.base_branch.empty()) title += " → " + visible(run.base_branch);
  return paint(style, Paint::dim, clip_end(title, style.columns)) + "\n";
}

std::string verdict_line(const Digest& parts, const TerminalStyle& style) {
  std::string text;
  for (const std::string& line : wrap(parts.verdict, style.columns))
    text += paint(style, Paint::bold, line) + "\n";
  return text;
}

std::string artifacts(const CiRun& run, const TerminalStyle& style) {
  Grid grid;
  for (const SideText& side : sides(run)) {
    const bool same = side.wanted == side.used || side.used == "–";
    const std::string how = side.kind == "–" ? side.how : side.how + ", " + side.kind;
    grid.rows.push_back({{side.side, Paint::dim},
                         {side.wanted},
                         {same ? how : fmt::format("artifacts of {} ({})", side.used, how),
                          same ? Paint::plain : Paint::yellow}});
  }
  return draw(grid, style, 2);
}

std::string reasons_text(const ReportedNode& node) {
  std::vector<std::string> parts;
  for (const Reason& reason : reasons(node)) {
    if (parts.size() == reasons_max) break;
    parts.push_back(std::string(trim(reason.words + " " + clip_middle(visible(reason.name), 60))));
  }
  const std::size_t all = node.change.reasons.size();
  const std::string rest = all > parts.size() ? fmt::format(" and {} more", all - parts.size()) : "";
  return join(parts, ", ") + rest + std::string(false_alarm_note(node));
}

// "equal, downstream of orders"
std::string downstream_text(const ReportedNode& node) {
  return (has_table(node) ? std::string(label(outcome(node))) + ", " : "") + reasons_text(node);
}

std::string table_block(const ReportedNode& node, const TerminalStyle& style) {
  const Outcome result = outcome(node);
  const std::string state = state_text(node);
  const std::string name = clip_middle(visible(node.change.name), style.columns - 4 - display_width(state));
  std::string text =
      fmt::format("\n  {}  {}\n", paint(style, Paint::bold, name), paint(style, paint_of(result), state));
  if (const std::string why = reasons_text(node); !why.empty())
    text += paragraph(style, (node.change.kind == model::ChangeKind::downstream ? "" : "changed: ") + why, 4);
  if (!node.diff.why.empty()) text += paragraph(style, visible_prose(node.diff.why), 4);
  if (const std::string keys = key_text(node.diff); !keys.empty()) text += paragraph(style, keys, 4);
  text += figures_block(node.diff, style, 4);
  for (const Finding& finding : node.diff.findings)
    text += finding_block(finding, style, 4);
  for (const std::string& remark : production_remarks(node))
    text += paragraph(style, visible_prose(remark), 4);
  return text;
}

std::string heading(const TerminalStyle& style, std::string_view title, std::size_t count) {
  return "\n" + paint(style, Paint::bold, title) + paint(style, Paint::dim, fmt::format(" ({})", count)) +
         "\n";
}

std::string more(const TerminalStyle& style, std::size_t all, std::size_t shown) {
  if (all <= shown) return "";
  return "  " + paint(style, Paint::dim, fmt::format("… and {} more", all - shown)) + "\n";
}

std::string tables(const Digest& parts, const TerminalStyle& style) {
  if (parts.tables.empty()) return "";
  std::string text = heading(style, "Models", parts.tables.size());
  text.pop_back();
  for (std::size_t i = 0; i < std::min(parts.tables.size(), tables_max); ++i)
    text += table_block(*parts.tables[i], style);
  return text + more(style, parts.tables.size(), tables_max);
}

template <typename Say>
std::string node_list(std::string_view title, const NodeList& nodes, const TerminalStyle& style, Say say) {
  if (nodes.empty()) return "";
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < std::min(nodes.size(), list_max); ++i) {
    const std::string& type = nodes[i]->change.resource_type;
    const std::string name = (type == "model" ? "" : visible(type) + " ") + visible(nodes[i]->change.name);
    entries.push_back({{name}, visible_prose(say(*nodes[i]))});
  }
  return heading(style, title, nodes.size()) + entry_list(entries, style, 2) +
         more(style, nodes.size(), list_max);
}

std::string equal_names(const Digest& parts, const TerminalStyle& style) {
  if (parts.equal.empty()) return "";
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(parts.equal.size(), 3 * list_max); ++i)
    names.push_back(visible(parts.equal[i]->change.name));
  return heading(style, "Equal", parts.equal.size()) + paragraph(style, join(names, ", "), 2) +
         more(style, parts.equal.size(), 3 * list_max);
}

}  // namespace

std::string to_terminal(const CiRun& run, const TerminalStyle& style) {
  const Digest parts = digest(run);
  std::string text = title_line(run, style) + verdict_line(parts, style);
  if (const std::string sentence = status_sentence(run); !sentence.empty())
    text += paragraph(style, visible_prose(sentence), 0);
  text += "\n" + artifacts(run, style);
  for (const Finding& finding : run.warnings)
    text += "\n" + finding_block(finding, style, 0);
  text += tables(parts, style);
  text += node_list("Not compared", parts.not_compared, style, [](auto& node) { return node.diff.why; });
  text += node_list("Downstream", parts.downstream, style, downstream_text);
  if (parts.downstream_tests > 0)
    text +=
        (parts.downstream.empty() ? "\n  " : "  ") +
        paint(style, Paint::dim, counted(parts.downstream_tests, "test") + " downstream of changed nodes") +
        "\n";
  text += node_list("Other changes", parts.others, style, [](auto& node) {
    const std::string why = reasons_text(node);
    return std::string(model::to_string(node.change.kind)) + (why.empty() ? "" : ": " + why);
  });
  text += equal_names(parts, style);
  if (!run.url.empty()) text += "\n" + paint(style, Paint::cyan, visible(run.url)) + "\n";
  return text;
}

}  // namespace vernier::report
