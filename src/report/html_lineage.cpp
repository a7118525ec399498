// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>

#include "report/html_text.h"
#include "report/plain_text.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

constexpr int name_columns_max = 28;
constexpr int character_width = 8;
constexpr int padding = 14;
constexpr int box_height = 28;
constexpr int row_height = 38;
constexpr int column_gap = 56;
constexpr int margin = 4;

struct Box {
  int x = 0, y = 0, width = 0;
};

// Column 0 for what changed itself, then one for each distance that occurs.
std::vector<int> columns_of(const Picture& picture) {
  std::map<int, int> column_of_distance = {{0, 0}};
  const auto distance = [](const ReportedNode* node) {
    const bool downstream = node->change.kind == model::ChangeKind::downstream;
    return downstream ? std::max(node->change.distance, 1) : 0;
  };
  for (const ReportedNode* node : picture.nodes)
    column_of_distance[distance(node)] = 0;
  int next = 0;
  for (auto& [_, column] : column_of_distance)
    column = next++;
  std::vector<int> columns;
  for (const ReportedNode* node : picture.nodes)
    columns.push_back(column_of_distance[distance(node)]);
  return columns;
}

// Every downstream node has a row of its own, so that a line to it runs behind no other box; those of one
// changed node stand together, and the changed node beside the first of them.
std::vector<int> rows_of(const Picture& picture, const std::vector<int>& columns) {
  constexpr std::size_t no_parent = SIZE_MAX;
  std::vector<std::size_t> first_parent(picture.nodes.size(), no_parent);
  for (const Picture::Edge& edge : picture.edges)
    first_parent[edge.to] = std::min(first_parent[edge.to], edge.from);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < picture.nodes.size(); ++i)
    if (columns[i] > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(first_parent[a], columns[a]) < std::tie(first_parent[b], columns[b]);
  });

  std::vector<int> rows(picture.nodes.size(), -1);
  int next_downstream = 0;
  int next_changed = 0;
  for (const std::size_t node : order) {
    const std::size_t parent = first_parent[node];
    if (parent != no_parent && rows[parent] < 0) {
      rows[parent] = std::max(next_changed, next_downstream);
      next_changed = rows[parent] + 1;
    }
    rows[node] = next_downstream++;
  }
  for (int& row : rows)
    if (row < 0) row = next_changed++;
  return rows;
}

std::vector<Box> place(const Picture& picture) {
  const std::vector<int> columns = columns_of(picture);
  const std::vector<int> rows = rows_of(picture, columns);
  std::map<int, int> widest;
  std::vector<Box> boxes(picture.nodes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const std::string name = clip_middle(visible(picture.nodes[i]->change.name), name_columns_max);
    boxes[i].width = display_width(name) * character_width + 2 * padding;
    boxes[i].y = margin + rows[i] * row_height;
    widest[columns[i]] = std::max(widest[columns[i]], boxes[i].width);
  }
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    boxes[i].x = margin;
    for (int column = 0; column < columns[i]; ++column)
      boxes[i].x += widest[column] + column_gap;
  }
  return boxes;
}

// Bends in the gap beside the first column and runs straight on from there.
std::string edge_path(const Box& from, const Box& to, int bend_end) {
  const int x1 = from.x + from.width;
  const int y1 = from.y + box_height / 2;
  const int y2 = to.y + box_height / 2;
  const int middle = (x1 + bend_end) / 2;
  return fmt::format("<path d=\"M{} {}C{} {} {} {} {} {}H{}\"/>\n", x1, y1, middle, y1, middle, y2, bend_end,
                     y2, to.x);
}

std::string box_element(const ReportedNode& node, const Box& box) {
  const bool changed = node.change.kind != model::ChangeKind::downstream;
  const std::string name = clip_middle(visible(node.change.name), name_columns_max);
  const std::string shape = fmt::format(
      "<g class=\"{}{}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>"
      "<text x=\"{}\" y=\"{}\">{}</text></g>",
      has_table(node) ? css_class(outcome(node)) : "other", changed ? " changed" : "", box.x, box.y,
      box.width, box_height, box.x + padding, box.y + 19, html(name));
  const Outcome result = outcome(node);
  const bool linked = has_table(node) && result != Outcome::equal && result != Outcome::not_compared;
  return linked ? fmt::format("<a href=\"#{}\">{}</a>\n", anchor(node), shape) : shape + "\n";
}

int first_column_end(const std::vector<Box>& boxes) {
  int end = 0;
  for (const Box& box : boxes)
    if (box.x == margin) end = std::max(end, box.x + box.width);
  return end;
}

}  // namespace

std::string html_lineage(const Picture& picture) {
  const std::vector<Box> boxes = place(picture);
  int width = 0;
  int height = 0;
  for (const Box& box : boxes) {
    width = std::max(width, box.x + box.width + margin);
    height = std::max(height, box.y + box_height + margin);
  }
  const int bend_end = first_column_end(boxes) + column_gap;
  std::string svg = fmt::format(
      "<svg class=\"lineage\" role=\"group\" aria-label=\"Lineage\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\">\n<g class=\"edges\">\n",
      width, height);
  for (const Picture::Edge& edge : picture.edges)
    svg += edge_path(boxes[edge.from], boxes[edge.to], bend_end);
  svg += "</g>\n";
  for (std::size_t i = 0; i < boxes.size(); ++i)
    svg += box_element(*picture.nodes[i], boxes[i]);
  return svg + "</svg>\n";
}

}  // namespace vernier::report
