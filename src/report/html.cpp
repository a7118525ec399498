// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/digest.h"
#include "report/html_text.h"
#include "report/report.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

// A page must stay one that a browser opens at once, however large the project is.
constexpr std::size_t tables_max = 300;
constexpr std::size_t open_max = 12;
constexpr std::size_t columns_max = 60;
constexpr std::size_t list_max = 500;
constexpr std::size_t picture_nodes_max = 60;

std::string pill(Outcome outcome, std::string_view text) {
  return fmt::format("<span class=\"pill {}\">{}</span>", css_class(outcome), html(text));
}

std::string more(std::size_t all, std::size_t shown) {
  return all > shown ? fmt::format("<p class=\"soft\">and {} more</p>\n", with_thousands(all - shown)) : "";
}

// "2 differ", "1 error".
std::string counted_outcome(Outcome outcome, std::int64_t count) {
  if (outcome == Outcome::failed || outcome == Outcome::key_problem) return counted(count, label(outcome));
  if (outcome == Outcome::different && count != 1) return with_thousands(count) + " differ";
  return with_thousands(count) + " " + std::string(label(outcome));
}

std::string header(const CiRun& run, const Digest& parts) {
  std::string crumbs = "<strong>Vernier</strong>";
  if (!run.ci_config_name.empty()) crumbs += " · " + html(run.ci_config_name);
  if (!run.pr_num.empty()) crumbs += " · pull request " + html(run.pr_num);
  if (!run.pr_branch.empty()) crumbs += " · " + html(run.pr_branch);
  if (!run.base_branch.empty()) crumbs += " → " + html(run.base_branch);
  std::string tally;
  using enum Outcome;
  for (const Outcome wanted : {failed, key_problem, different, added, removed, not_compared, equal})
    if (const auto count = parts.count(wanted))
      tally += fmt::format("<li class=\"{}\">{}</li>\n", css_class(wanted), counted_outcome(wanted, count));
  const std::string sentence = status_sentence(run);
  return fmt::format("<header>\n<p class=\"crumbs\">{}</p>\n<h1>{}</h1>\n{}{}</header>\n", crumbs,
                     html(parts.verdict), sentence.empty() ? "" : "<p>" + html_prose(sentence) + "</p>\n",
                     tally.empty() ? "" : "<ul class=\"tally\">\n" + tally + "</ul>\n");
}

std::string warnings(const CiRun& run) {
  std::string text;
  for (const Finding& finding : run.warnings) {
    text += "<div class=\"warning\"><p>" + html_prose(finding.message) + "</p>";
    std::string command;
    for (const std::string& line : split(trim(finding.command), '\n'))
      command += (command.empty() ? "" : "\n") + html(line);
    if (!command.empty()) text += "<pre><code>" + command + "</code></pre>";
    text += "</div>\n";
  }
  return text.empty() ? "" : "<section aria-label=\"Warnings\">\n" + text + "</section>\n";
}

std::string artifacts(const CiRun& run) {
  std::string rows;
  for (const SideText& side : sides(run))
    rows += fmt::format(
        "<tr><th "
        "scope=\"row\">{}</th><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n",
        side.side, side.wanted, side.used, side.how, side.kind);
  return "<section>\n<h2>Artifacts</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th "
         "scope=\"col\">Side</th>"
         "<th scope=\"col\">Commit</th><th scope=\"col\">Artifacts of</th><th scope=\"col\">Found</th>"
         "<th scope=\"col\">Kind</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n</section>\n";
}

// Where a figure lies stands in the model's section: there is room for it.
std::string number(std::string_view css, std::string_view sign, std::int64_t count, const Range& range) {
  const std::string about = range && range->low != range->high ? "≈ " : "";
  if (count == 0) return "<td class=\"number zero\">" + about + "0</td>";
  return fmt::format("<td class=\"number {}\">{}{}{}</td>", css, about, sign, with_thousands(count));
}

std::string rows_share(const TableDiff& diff) {
  if (!matched_by_key(diff) || diff.values.total_rows == 0) return "<td></td>";
  const std::int64_t same = diff.values.total_rows - diff.values.rows_with_differences;
  return fmt::format("<td>{}</td>",
                     html_bar(static_cast<double>(same) / static_cast<double>(diff.values.total_rows)));
}

std::string table_row(const ReportedNode& node) {
  const TableDiff& diff = node.diff;
  const Outcome result = outcome(node);
  std::string row = fmt::format("<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th><td>{}</td>", anchor(node),
                                html(node.change.name), pill(result, label(result)));
  if (!diff.has_figures())
    return row + "<td class=\"number zero\">–</td><td></td><td></td><td></td><td></td></tr>\n";
  row += fmt::format("<td class=\"number\">{}</td>", rows_text(diff));
  row += number("plus", "+", diff.pks.exclusives[1], added_range(diff)) +
         number("minus", "−", diff.pks.exclusives[0], removed_range(diff));
  const bool changed = matched_by_key(diff) && diff.values.rows_with_differences > 0;
  row +=
      fmt::format("<td class=\"number {}\">{}</td>", changed ? "change" : "zero", html(changed_text(diff)));
  return row + rows_share(diff) + "</tr>\n";
}

std::string tables(const Digest& parts) {
  if (parts.tables.empty()) return "";
  std::string rows;
  for (std::size_t i = 0; i < std::min(parts.tables.size(), tables_max); ++i)
    rows += table_row(*parts.tables[i]);
  return "<section>\n<h2>Models</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Models\"><table>\n<thead><tr><th scope=\"col\">Model</th><th scope=\"col\">Result</th>"
         "<th scope=\"col\" class=\"number\">Rows base → head</th><th scope=\"col\" "
         "class=\"number\">Added</th>"
         "<th scope=\"col\" class=\"number\">Removed</th><th scope=\"col\" class=\"number\">Changed</th>"
         "<th scope=\"col\">Equal rows</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n" + more(parts.tables.size(), tables_max) + "</section>\n";
}

std::string reasons_text(const ReportedNode& node) {
  std::vector<std::string> list;
  for (const Reason& reason : reasons(node)) {
    if (list.size() == columns_max) break;
    list.push_back(reason.words + (reason.words.empty() || reason.name.empty() ? "" : " ") +
                   (reason.name.empty() ? "" : "<code>" + html(reason.name) + "</code>"));
  }
  return join(list, ", ") + std::string(false_alarm_note(node));
}

std::string columns_table(const TableDiff& diff) {
  const auto differ = columns_that_differ(diff);
  if (differ.empty()) return "";
  std::string rows;
  for (std::size_t i = 0; i < std::min(differ.size(), columns_max); ++i) {
    const std::int64_t all = diff.values.total_rows;
    const std::int64_t same = all - differ[i]->values_different;
    const double share = all > 0 ? static_cast<double>(same) / static_cast<double>(all) : 0.0;
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td class=\"number "
        "change\">{}</td></tr>\n",
        html(differ[i]->column_name), html_bar(share), html(percent(same, all)),
        html(with_range(figure_text(differ[i]->values_different, range_of(diff, *differ[i])),
                        range_of(diff, *differ[i]))));
  }
  return "<h4>Columns whose values differ</h4>\n<div class=\"scroll\"><table>\n<thead><tr><th "
         "scope=\"col\">Column</th>"
         "<th scope=\"col\">Match</th><th scope=\"col\" class=\"number\">Equal</th>"
         "<th scope=\"col\" class=\"number\">Values that differ</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n" + more(differ.size(), columns_max);
}

std::string schema_table(const TableDiff& diff) {
  const std::vector<SchemaChange> changes = schema_changes(diff);
  std::string rows;
  for (std::size_t i = 0; i < std::min(changes.size(), columns_max); ++i) {
    const SchemaChange& change = changes[i];
    const char* what = change.sign == '+' ? "added" : change.sign == '-' ? "removed" : "type changed";
    const char* css = change.sign == '+' ? "plus" : change.sign == '-' ? "minus" : "change";
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"{}\">{}</td><td>{}</td></tr>\n",
                        html(change.column), css, what,
                        change.types.empty() ? "" : "<code>" + html(change.types) + "</code>");
  }
  if (rows.empty()) return "";
  return "<h4>Schema changes</h4>\n<div class=\"scroll\"><table>\n<thead><tr><th "
         "scope=\"col\">Column</th><th scope=\"col\">Change</th>"
         "<th scope=\"col\">Type</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n" + more(changes.size(), columns_max);
}

std::string relations(const ReportedNode& node) {
  const auto code = [](const std::vector<std::string>& parts) {
    return parts.empty() ? std::string("–") : "<code>" + html(relation_text(parts)) + "</code>";
  };
  return fmt::format("<p class=\"relations\">{} → {}</p>\n", code(node.prod), code(node.pr));
}

std::string figures(const TableDiff& diff) {
  if (!diff.has_figures()) return "";
  std::string text = fmt::format(
      "<p class=\"figures\"><span>{} rows</span><span>{} added</span><span>{} removed</span>",
      rows_text(diff), with_range(figure_text(diff.pks.exclusives[1], added_range(diff)), added_range(diff)),
      with_range(figure_text(diff.pks.exclusives[0], removed_range(diff)), removed_range(diff)));
  if (matched_by_key(diff))
    text += "<span>" + html(with_range(changed_text(diff), changed_range(diff))) + " changed</span>";
  text += fmt::format("<span>{} compared</span>", counted(diff.values.compared_columns, "column"));
  if (!diff.pk_columns.empty())
    text += "<span>key <code>" + html(join(diff.pk_columns, ", ")) + "</code></span>";
  return text + "</p>\n";
}

std::string model_section(const ReportedNode& node, bool open) {
  const Outcome result = outcome(node);
  std::string text = fmt::format(
      "<article class=\"card\" id=\"{}\"><details class=\"model\"{}><summary><h3>{}</h3>{}<span "
      "class=\"soft\">{}</span></summary>\n",
      anchor(node), open ? " open" : "", html(node.change.name), pill(result, label(result)),
      model::to_string(node.change.kind));
  const std::string why = reasons_text(node);
  if (!why.empty())
    text += fmt::format("<p class=\"why\">{}{}</p>\n",
                        node.change.kind == model::ChangeKind::downstream ? "" : "Changed: ", why);
  if (!node.diff.why.empty()) text += "<p class=\"why\">" + html_prose(node.diff.why) + "</p>\n";
  if (const std::string keys = key_text(node.diff); !keys.empty())
    text += "<p class=\"why\">Keys: " + html(keys) + "</p>\n";
  text += figures(node.diff) + columns_table(node.diff) + schema_table(node.diff) + html_timeline(node.diff) +
          html_profiles(node.diff);
  for (const std::string& remark : remarks(node))
    text += "<p class=\"why soft\">" + html_prose(remark) + "</p>\n";
  return text + relations(node) + "</details></article>\n";
}

std::string model_sections(const Digest& parts) {
  if (parts.tables.empty()) return "";
  std::string text = "<section>\n<h2>Details</h2>\n";
  for (std::size_t i = 0; i < std::min(parts.tables.size(), tables_max); ++i)
    text += model_section(*parts.tables[i], i < open_max);
  return text + "</section>\n";
}

std::string lineage(const Digest& parts) {
  const auto drawn = picture(parts, picture_nodes_max);
  if (!drawn) return "";
  return "<section>\n<h2>Lineage</h2>\n<div class=\"scroll picture\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Lineage picture\">\n" +
         html_lineage(*drawn) + "</div>\n" + more(drawn->left_out, 0) + "</section>\n";
}

template <typename Say>
std::string group(std::string_view title, const NodeList& nodes, bool open, Say say) {
  if (nodes.empty()) return "";
  std::string items;
  for (std::size_t i = 0; i < std::min(nodes.size(), list_max); ++i) {
    const std::string& type = nodes[i]->change.resource_type;
    const std::string said = say(*nodes[i]);
    items += fmt::format("<li>{}<code>{}</code>{}{}</li>\n", type == "model" ? "" : html(type) + " ",
                         html(nodes[i]->change.name), said.empty() ? "" : ": ", said);
  }
  return fmt::format(
      "<details class=\"group card\"{}><summary>{} ({})</summary>\n<ul>\n{}</ul>\n{}</details>\n",
      open ? " open" : "", title, with_thousands(static_cast<std::int64_t>(nodes.size())), items,
      more(nodes.size(), list_max));
}

std::string groups(const Digest& parts) {
  const std::string text =
      group("Not compared", parts.not_compared, parts.not_compared.size() <= open_max,
            [](auto& node) { return html_prose(node.diff.why); }) +
      group(parts.downstream_tests > 0
                ? fmt::format("Downstream, beside {}", counted(parts.downstream_tests, "test"))
                : "Downstream",
            parts.downstream, false, reasons_text) +
      group("Other changes", parts.others, false,
            [](auto& node) {
              const std::string why = reasons_text(node);
              return std::string(model::to_string(node.change.kind)) + (why.empty() ? "" : ", ") + why;
            }) +
      group("Equal", parts.equal, false,
            [](auto& node) { return node.diff.sampling ? html_prose(node.diff.why) : std::string(); });
  return text.empty() ? "" : "<section>\n<h2>Everything else</h2>\n" + text + "</section>\n";
}

std::string footer(const CiRun& run) {
  std::string text = fmt::format("Run {}", run.id);
  if (!run.created_at.empty()) text += ", started " + html(run.created_at);
  if (!run.finished_at.empty()) text += ", finished " + html(run.finished_at);
  if (run.nodes_unchanged > 0) text += ", " + counted(run.nodes_unchanged, "node") + " unchanged";
  const bool has_values = std::any_of(run.models.begin(), run.models.end(), [](const ReportedNode& node) {
    return !node.diff.profiles.empty() || node.diff.timeline;
  });
  return "<footer><p>" + text +
         (has_values
              ? ". This page holds no rows of data, but values of the columns that were profiled or that "
                "time is told by."
              : ". Counts only: this page holds no rows of data.") +
         "</p></footer>\n";
}

}  // namespace

std::string to_html(const CiRun& run) {
  const Digest parts = digest(run);
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
      html(parts.verdict), html_style());
  page += header(run, parts) + "<main>\n" + warnings(run) + tables(parts) + lineage(parts) +
          model_sections(parts) + groups(parts) + artifacts(run) + "</main>\n" + footer(run);
  return page + "</body>\n</html>\n";
}

}  // namespace vernier::report
