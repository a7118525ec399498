// SPDX-License-Identifier: Apache-2.0
#include "report/terminal_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/plain_text.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

using model::Cell;
using model::DiffResult;

constexpr std::size_t columns_max = 12;
constexpr std::size_t sample_rows_max = 10;
constexpr int sample_cell_columns_max = 48;

std::string rows_line(const TableDiff& diff, const TerminalStyle& style, int indent) {
  const auto count = [](std::int64_t number, const Range& range, const std::string& word, Paint colour) {
    return Span{with_range(figure_text(number, range) + " " + word, range),
                number == 0 ? Paint::dim : colour};
  };
  const std::int64_t changed = diff.values.rows_with_differences;
  const std::string share = changed == 0 ? "" : " (" + percent(changed, diff.values.total_rows) + ")";
  std::vector<Span> spans = {{rows_text(diff) + " rows"},
                             count(diff.pks.exclusives[1], added_range(diff), "added", Paint::green),
                             count(diff.pks.exclusives[0], removed_range(diff), "removed", Paint::red)};
  if (matched_by_key(diff))
    spans.push_back(count(changed, changed_range(diff), "changed" + share, Paint::yellow));
  return flow(spans, style, indent);
}

void add_column_rows(Grid& grid, const TableDiff& diff) {
  const auto differ = columns_that_differ(diff);
  for (std::size_t i = 0; i < std::min(differ.size(), columns_max); ++i) {
    const std::int64_t rows = diff.values.total_rows;
    const std::int64_t same = rows - differ[i]->values_different;
    const double share = rows > 0 ? static_cast<double>(same) / static_cast<double>(rows) : 0.0;
    const Range range = range_of(diff, *differ[i]);
    const std::string differing = figure_text(differ[i]->values_different, range) + " differ";
    std::vector<Span> row = {{visible(differ[i]->column_name)}, {bar(share), Paint::cyan}};
    if (!range) row.push_back({percent(same, rows) + " equal"});  // a range takes its place
    row.push_back({with_range(differing, range), Paint::yellow});
    grid.rows.push_back(std::move(row));
  }
}

std::string schema_lines(const TableDiff& diff, const TerminalStyle& style, int indent) {
  Grid grid;
  for (const SchemaChange& change : schema_changes(diff)) {
    if (grid.rows.size() == columns_max) break;
    const Paint colour = change.sign == '+' ? Paint::green : change.sign == '-' ? Paint::red : Paint::yellow;
    const std::string what = change.sign == '+'   ? "column added"
                             : change.sign == '-' ? "column removed"
                                                  : "type " + visible(change.types);
    grid.rows.push_back({{std::string(1, change.sign) + " " + visible(change.column), colour}, {what}});
  }
  std::string text = draw(grid, style, indent);
  if (diff.schema.column_reorders > 0)
    text += std::string(static_cast<std::size_t>(indent), ' ') +
            paint(style, Paint::dim, counted(diff.schema.column_reorders, "column") + " in another place") +
            "\n";
  return text;
}

// NULL is told apart from texts that would look like it.
Span cell_span(const Cell& cell, Paint colour) {
  if (!cell) return {"NULL", Paint::dim};
  if (cell->empty() || *cell == "NULL") return {"'" + *cell + "'", colour};
  return {visible(*cell), colour};
}

std::vector<Span> heads(const std::vector<std::string>& names) {
  std::vector<Span> list;
  for (const std::string& name : names)
    list.push_back({visible(name), Paint::bold});
  return list;
}

std::string section(const TerminalStyle& style, std::string_view title, std::size_t shown, std::int64_t all) {
  const std::int64_t known = std::max(all, static_cast<std::int64_t>(shown));
  const std::string count = static_cast<std::int64_t>(shown) == known
                                ? with_thousands(known)
                                : fmt::format("{} of {}", shown, with_thousands(known));
  return "\n" + paint(style, Paint::bold, title) + paint(style, Paint::dim, " (" + count + ")") + "\n";
}

// One line per changed cell: the key once, then column, old and new.
std::string changed_rows(const TableDiff& diff, const TerminalStyle& style) {
  const model::RowSamples& samples = diff.samples;
  Grid grid;
  grid.cell_columns_max = sample_cell_columns_max;
  grid.head = heads(samples.key_columns);
  for (const char* name : {"column", "old", "new"})
    grid.head.push_back({name, Paint::dim});
  const std::size_t shown = std::min(samples.changed.size(), sample_rows_max);
  for (std::size_t r = 0; r < shown; ++r) {
    const auto& row = samples.changed[r];
    std::vector<Span> key;
    for (const Cell& cell : row.key)
      key.push_back(cell_span(cell, Paint::plain));
    for (std::size_t c = 0; c < std::min(row.values[0].size(), row.values[1].size()); ++c) {
      if (row.values[0][c] == row.values[1][c] || c >= samples.value_columns.size()) continue;
      std::vector<Span> line = key;
      line.push_back({visible(samples.value_columns[c])});
      line.push_back(cell_span(row.values[0][c], Paint::red));
      line.push_back(cell_span(row.values[1][c], Paint::green));
      grid.rows.push_back(std::move(line));
      std::fill(key.begin(), key.end(), Span{""});
    }
  }
  if (shown == 0) return "";
  return section(style, "Changed rows", shown, diff.values.rows_with_differences) + draw(grid, style, 2);
}

std::string exclusive_rows(const TableDiff& diff, std::size_t side, const TerminalStyle& style) {
  const auto& rows = diff.samples.exclusives[side];
  const std::size_t shown = std::min(rows.size(), sample_rows_max);
  if (shown == 0) return "";
  const Paint colour = side == 1 ? Paint::green : Paint::red;
  Grid grid;
  grid.cell_columns_max = sample_cell_columns_max;
  grid.head = heads(diff.samples.key_columns);
  for (const Span& head : heads(diff.samples.value_columns))
    grid.head.push_back({head.text, Paint::dim});
  for (std::size_t r = 0; r < shown; ++r) {
    std::vector<Span> line;
    for (const Cell& cell : rows[r].key)
      line.push_back(cell_span(cell, colour));
    for (const Cell& cell : rows[r].values)
      line.push_back(cell_span(cell, Paint::plain));
    grid.rows.push_back(std::move(line));
  }
  return section(style, side == 1 ? "Added rows" : "Removed rows", shown, diff.pks.exclusives[side]) +
         draw(grid, style, 2);
}

Span headline(const TableDiff& diff) {
  switch (diff.result) {
    case DiffResult::identical:
      return {diff.sampling ? "No difference in the sample" : "Identical", Paint::green};
    case DiffResult::different:
      return {"Different", Paint::yellow};
    case DiffResult::empty:
      return {"Both tables are empty", Paint::dim};
    case DiffResult::missing_pks:
      return {"No key known: whole rows compared", Paint::yellow};
    case DiffResult::bad_pks:
      return {"Key not unique or null: whole rows compared", Paint::red};
    case DiffResult::error:
      return {"Could not be compared", Paint::red};
    case DiffResult::not_diffed:
      return {"Not compared", Paint::yellow};
  }
  return {};
}

}  // namespace

std::string figures_block(const TableDiff& diff, const TerminalStyle& style, int indent) {
  if (!diff.has_figures()) return "";
  std::string text = rows_line(diff, style, indent);
  Grid columns;
  columns.right_aligned = {false, false, true, true};
  add_column_rows(columns, diff);
  text += draw(columns, style, indent);
  const auto differ = static_cast<std::size_t>(columns_that_differ(diff).size());
  if (differ > columns_max)
    text += std::string(static_cast<std::size_t>(indent), ' ') +
            paint(style, Paint::dim, fmt::format("… {} more columns differ", differ - columns_max)) + "\n";
  return text + schema_lines(diff, style, indent);
}

std::string finding_block(const Finding& finding, const TerminalStyle& style, int indent) {
  std::string text = paragraph(style, visible_prose(finding.message), indent + 2);
  text.replace(static_cast<std::size_t>(indent), 1, paint(style, Paint::yellow, "!"));
  for (const std::string& line : split(trim(finding.command), '\n'))
    if (!line.empty())
      text += std::string(static_cast<std::size_t>(indent + 4), ' ') +
              paint(style, Paint::cyan, visible(line)) + "\n";
  return text;
}

std::string to_terminal(const TableDiff& diff, const TerminalStyle& style) {
  const Span head = headline(diff);
  std::string text = paint(style, head.paint, head.text) + "\n";
  if (!diff.why.empty()) text += paragraph(style, visible_prose(diff.why), 2);
  if (const std::string keys = key_text(diff); !keys.empty()) text += paragraph(style, keys, 2);
  text += figures_block(diff, style, 2);
  if (matched_by_key(diff) && diff.result != DiffResult::empty)
    text +=
        paragraph(style,
                  fmt::format("{}{} compared by {}, {} compared", diff.sampling ? "a sample of " : "",
                              counted(diff.values.total_rows, "row"), visible(join(diff.pk_columns, ", ")),
                              counted(diff.values.compared_columns, "column")),
                  2);
  for (const Finding& finding : diff.findings)
    text += finding_block(finding, style, 2);
  text += changed_rows(diff, style) + exclusive_rows(diff, 1, style) + exclusive_rows(diff, 0, style);
  text += timeline_block(diff, style) + profiles_block(diff, style);
  if (!diff.algorithm.empty())
    text += "\n" +
            paint(style, Paint::dim, fmt::format("{}, {:.2f} s", visible(diff.algorithm), diff.seconds)) +
            "\n";
  return text;
}

}  // namespace vernier::report
