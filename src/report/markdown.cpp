// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/digest.h"
#include "report/markdown_text.h"
#include "report/report.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

// GitHub refuses comments of more than 65,536 characters; some of it is left to what the forge adds.
constexpr std::size_t bytes_max = 60'000;
constexpr std::size_t table_rows_max = 20;
constexpr std::size_t details_rows_max = 50;
constexpr std::size_t names_max = 100;
constexpr std::size_t cell_names_max = 5;
constexpr std::size_t reasons_max = 6;
constexpr std::size_t warnings_max = 10;
constexpr std::size_t picture_nodes_max = 40;

// A text that grows by whole pieces up to a size.
class Page {
 public:
  explicit Page(std::size_t limit) : limit_(limit) {}

  bool add(std::string_view piece) {
    if (text_.size() + piece.size() > limit_) return false;
    text_ += piece;
    return true;
  }

  // As many rows as fit, at most `rows_max`, then how many there are beyond; nothing where not even the
  // first fits. The frame and a little for the last line are counted before.
  void add_list(std::string_view open, const std::vector<std::string>& rows, std::string_view close,
                std::size_t rows_max, std::string_view more) {
    constexpr std::size_t last_line = 60;
    std::size_t room = open.size() + close.size() + last_line;
    std::size_t count = 0;
    while (count < rows.size() && count < rows_max && text_.size() + room + rows[count].size() <= limit_)
      room += rows[count++].size();
    if (count == 0) return;
    text_ += open;
    for (std::size_t i = 0; i < count; ++i)
      text_ += rows[i];
    if (count < rows.size()) text_ += fmt::format(fmt::runtime(more), with_thousands(rows.size() - count));
    text_ += close;
  }

  std::string text() && { return std::move(text_); }

 private:
  std::size_t limit_;
  std::string text_;
};

constexpr std::string_view more_items = "- and {} more\n";

std::string details(std::string_view title, std::size_t count) {
  return fmt::format("<details><summary>{} ({})</summary>\n\n", title, count);
}

std::string artifacts_table(const CiRun& run) {
  std::string table = "| | Commit | Artifacts of | |\n|:--|:--|:--|:--|\n";
  for (const SideText& side : sides(run))
    table += fmt::format("| **{}** | {} | {} | {} |\n", side.side, code_cell(side.wanted),
                         code_cell(side.used), side.kind == "–" ? side.how : side.how + ", " + side.kind);
  return table + "\n";
}

std::string warning(const Finding& finding) {
  std::string alert = fmt::format("> [!WARNING]\n> {}\n", prose(finding.message));
  if (!finding.command.empty()) alert += ">\n" + code_block(finding.command, "> ");
  return alert + "\n";
}

// "`amount` 340 · +`tax` · `total` INTEGER → DOUBLE"
std::string columns_cell(const TableDiff& diff) {
  std::vector<std::string> parts;
  for (const model::ColumnDiff* column : columns_that_differ(diff))
    parts.push_back(fmt::format("{} {}", code_cell(column->column_name),
                                figure_text(column->values_different, range_of(diff, *column))));
  for (const SchemaChange& change : schema_changes(diff))
    parts.push_back(change.sign == '~' ? code_cell(change.column) + " type"
                                       : (change.sign == '+' ? "+" : "−") + code_cell(change.column));
  if (diff.schema.column_reorders > 0 && parts.empty()) parts.push_back("order");
  const std::size_t hidden = parts.size() > cell_names_max ? parts.size() - cell_names_max : 0;
  parts.resize(parts.size() - hidden);
  return join(parts, " · ") + (hidden > 0 ? fmt::format(" · {} more", hidden) : "");
}

std::string signed_count(char sign, std::int64_t count, const Range& range) {
  const std::string figure = (count == 0 ? "" : sign == '+' ? "+" : "−") + with_thousands(count);
  return with_range((range ? "≈ " : "") + figure, range);
}

// Kept on one line in a narrow table.
std::string unbroken(const std::string& text) {
  return join(split(text, ' '), "\u00a0");
}

std::string rows_cell(const TableDiff& diff) {
  const auto& rows = diff.pks.total_rows;
  return diff.has_figures() && rows[0] == rows[1] ? with_thousands(rows[0]) : unbroken(rows_text(diff));
}

std::string state_cell(const ReportedNode& node) {
  const Outcome result = outcome(node);
  if (result != Outcome::different) return fmt::format("**{}**", label(result));
  return node.diff.result == model::DiffResult::missing_pks ? "no key" : "";
}

std::string table_row(const ReportedNode& node, const std::string& url, bool has_states) {
  const TableDiff& diff = node.diff;
  const bool figures = diff.has_figures();
  const std::string name = url.empty()
                               ? code_cell(node.change.name)
                               : fmt::format("[{}]({}#{})", code_cell(node.change.name), url, anchor(node));
  const std::string state = has_states ? fmt::format(" {} |", state_cell(node)) : "";
  return fmt::format("| {} |{} {} | {} | {} | {} | {} |\n", name, state, rows_cell(diff),
                     figures ? signed_count('+', diff.pks.exclusives[1], added_range(diff)) : "–",
                     figures ? signed_count('-', diff.pks.exclusives[0], removed_range(diff)) : "–",
                     unbroken(with_range(changed_text(diff), changed_range(diff))), columns_cell(diff));
}

void add_tables(Page& page, const CiRun& run, const Digest& digest) {
  const std::string url = link_target(run.url);
  const bool has_states = std::any_of(digest.tables.begin(), digest.tables.end(),
                                      [](const ReportedNode* node) { return !state_cell(*node).empty(); });
  std::vector<std::string> rows;
  for (const ReportedNode* node : digest.tables)
    rows.push_back(table_row(*node, url, has_states));
  const std::string head = fmt::format(
      "| Model |{} Rows base → head | Added | Removed | Changed | Columns |\n|:--|{}--:|--:|--:|--:|:--|\n",
      has_states ? " |" : "", has_states ? ":--|" : "");
  page.add_list(head, rows, "\n", table_rows_max,
                url.empty() ? "\nand {} more\n" : "\n[and {} more](" + url + ")\n");
}

// Errors and key problems as sentences under the table: what is wrong, and what to do about it.
void add_problems(Page& page, const Digest& digest) {
  std::vector<std::string> rows;
  for (const ReportedNode* node : digest.tables) {
    const Outcome result = outcome(*node);
    const bool unkeyed = node->diff.result == model::DiffResult::missing_pks;
    if (result != Outcome::failed && result != Outcome::key_problem && !unkeyed) continue;
    const std::string keys = key_text(node->diff);
    rows.push_back(fmt::format("- {}: {}{}\n", code_span(node->change.name), prose(node->diff.why),
                               keys.empty() ? "" : fmt::format(" ({})", keys)));
  }
  page.add_list("", rows, "\n", table_rows_max, more_items);
}

std::string reasons_text(const ReportedNode& node) {
  const std::vector<Reason> all = reasons(node);
  std::vector<std::string> parts;
  for (const Reason& reason : all) {
    if (parts.size() == reasons_max) break;
    const char* gap = reason.words.empty() || reason.name.empty() ? "" : " ";
    parts.push_back(reason.words + gap + (reason.name.empty() ? "" : code_span(reason.name)));
  }
  const std::string rest =
      all.size() > parts.size() ? fmt::format(" and {} more", all.size() - parts.size()) : "";
  return join(parts, ", ") + rest + std::string(false_alarm_note(node));
}

std::string type_prefix(const ReportedNode& node) {
  const std::string& type = node.change.resource_type;
  return type == "model" ? "" : prose(type) + " ";
}

// "- `orders` modified: SQL, macro `cents`"
std::string reason_row(const ReportedNode& node) {
  const std::string why = reasons_text(node);
  return fmt::format("- {}{} {}{}{}\n", type_prefix(node), code_span(node.change.name),
                     model::to_string(node.change.kind), why.empty() ? "" : ": ", why);
}

void add_reasons(Page& page, const CiRun& run) {
  std::vector<std::string> rows;
  for (const ReportedNode& node : run.models)
    if (has_table(node) && node.change.kind != model::ChangeKind::downstream)
      rows.push_back(reason_row(node));
  page.add_list(details("Why they changed", rows.size()), rows, "\n</details>\n", details_rows_max,
                more_items);
}

void add_schema_changes(Page& page, const Digest& digest) {
  std::vector<std::string> rows;
  for (const ReportedNode* node : digest.tables)
    for (const SchemaChange& change : schema_changes(node->diff)) {
      const char* what = change.sign == '+' ? "added" : change.sign == '-' ? "removed" : "new type";
      rows.push_back(fmt::format("| {} | {} | {} | {} |\n", code_cell(node->change.name),
                                 code_cell(change.column), what,
                                 change.types.empty() ? "" : code_cell(change.types)));
    }
  page.add_list(details("Schema changes", rows.size()) + "| Model | Column | | Type |\n|:--|:--|:--|:--|\n",
                rows, "\n</details>\n", details_rows_max, "| and {} more | | | |\n");
}

// What a diff itself has to remark: columns left out, tolerances in force.
void add_remarks(Page& page, const CiRun& run) {
  std::vector<std::string> rows;
  for (const ReportedNode& node : run.models)
    for (const std::string& remark : remarks(node))
      rows.push_back(fmt::format("- {}: {}\n", code_span(node.change.name), prose(remark)));
  page.add_list(details("Remarks", rows.size()), rows, "\n</details>\n", details_rows_max, more_items);
}

void add_not_compared(Page& page, const Digest& digest) {
  std::vector<std::string> rows;
  for (const ReportedNode* node : digest.not_compared)
    rows.push_back(fmt::format("- {}: {}\n", code_span(node->change.name),
                               node->diff.why.empty() ? "no reason is recorded" : prose(node->diff.why)));
  page.add_list(details("Not compared", rows.size()), rows, "\n</details>\n", details_rows_max, more_items);
}

void add_equal(Page& page, const Digest& digest) {
  std::vector<std::string> names;
  for (const ReportedNode* node : digest.equal)
    names.push_back((names.empty() ? "" : ", ") + code_span(node->change.name) +
                    (node->diff.sampling ? " (in a sample)" : ""));
  page.add_list(details("Equal", names.size()), names, "\n\n</details>\n", names_max, " and {} more");
}

std::string mermaid(const Picture& picture) {
  std::string chart = "```mermaid\nflowchart LR\n";
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const bool changed = picture.nodes[i]->change.kind != model::ChangeKind::downstream;
    chart += fmt::format("  n{}[\"{}\"]{}\n", i, mermaid_label(picture.nodes[i]->change.name),
                         changed ? ":::changed" : "");
  }
  for (const auto& edge : picture.edges)
    chart += fmt::format("  n{} --> n{}\n", edge.from, edge.to);
  return chart + "  classDef changed stroke-width:3px\n```\n\n";
}

void add_downstream(Page& page, const Digest& digest) {
  std::vector<std::string> rows;
  for (const ReportedNode* node : digest.downstream)
    rows.push_back(fmt::format("- {}{}{}: {}\n", type_prefix(*node), code_span(node->change.name),
                               has_table(*node) ? fmt::format(" ({})", label(outcome(*node))) : "",
                               reasons_text(*node)));
  std::string open = details("Downstream", rows.size());
  if (digest.downstream_tests > 0)
    rows.push_back(fmt::format("- {} of changed models\n", counted(digest.downstream_tests, "test")));
  if (const auto drawn = picture(digest, picture_nodes_max)) open += mermaid(*drawn);
  page.add_list(open, rows, "\n</details>\n", details_rows_max, more_items);
}

void add_others(Page& page, const Digest& digest) {
  std::vector<std::string> rows;
  for (const ReportedNode* node : digest.others)
    rows.push_back(reason_row(*node));
  page.add_list(details("Other changes", rows.size()), rows, "\n</details>\n", details_rows_max, more_items);
}

std::string footer(const CiRun& run) {
  const std::string url = link_target(run.url);
  const std::string name = fmt::format("Run {}", run.id);
  const std::string commit = run.pr_sha.empty() ? "" : fmt::format(" for `{}`", run.pr_sha.abbreviated());
  // Commands are read where the forge tells of comments, which it did if it told of the pull request.
  const bool obeys = run.source == "webhook" || run.source == "rerun";
  return fmt::format("\n<sub>{}{}. Updated in place on every push.{} Counts only, no rows of data.</sub>\n",
                     url.empty() ? name : fmt::format("[{}]({})", name, url), commit,
                     obeys ? " `/vernier rerun` compares again." : "");
}

}  // namespace

std::string to_markdown(const CiRun& run) {
  const Digest parts = digest(run);
  const std::string last = footer(run);
  Page page(bytes_max - last.size());
  page.add(fmt::format("<!-- vernier:report key={} v=1 -->\n## {}\n\n", comment_key(run.ci_config_name),
                       parts.verdict));
  if (run.status != model::RunStatus::done) page.add(prose(status_sentence(run)) + "\n\n");
  page.add(artifacts_table(run));
  std::vector<std::string> warnings;
  for (const Finding& finding : run.warnings)
    warnings.push_back(warning(finding));
  page.add_list("", warnings, "", warnings_max, "{} more warnings\n\n");
  add_tables(page, run, parts);
  add_problems(page, parts);
  add_reasons(page, run);
  add_schema_changes(page, parts);
  add_remarks(page, run);
  add_not_compared(page, parts);
  add_downstream(page, parts);
  add_others(page, parts);
  add_equal(page, parts);
  return std::move(page).text() + last;
}

}  // namespace vernier::report
