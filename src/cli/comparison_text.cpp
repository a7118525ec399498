// SPDX-License-Identifier: Apache-2.0
#include "cli/comparison_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vernier::cli {
namespace {

using model::Change;
using model::ChangeKind;

constexpr std::size_t lines_per_group_max = 200;

// "orders.v2" of "model.shop.orders.v2"; a test's id ends in a hash that its name does not have.
std::string display_name(const Change& change) {
  if (change.resource_type == "test") return printable(change.name);
  std::string_view rest = change.unique_id;
  for (int dots = 0; dots < 2 && rest.find('.') != std::string_view::npos; ++dots)
    rest.remove_prefix(rest.find('.') + 1);
  return printable(rest);
}

std::string describe(const Change& change) {
  if (change.kind != ChangeKind::downstream) {
    const std::string note = change.same_compiled ? " (compiles to the same text)" : "";
    return join(change.reasons, ", ") + note;
  }
  std::vector<std::string> names = change.reasons;
  for (std::string& name : names)
    name = name.substr(std::min(name.size(), name.find('.', name.find('.') + 1) + 1));
  return fmt::format("{} {} from {}", change.distance, change.distance == 1 ? "step" : "steps",
                     join(names, ", "));
}

struct Group {
  std::string_view title;
  Colour colour;
  std::vector<const Change*> changes;
};

class Page {
 public:
  explicit Page(const TextStyle& style) : style_(style) {}

  void add(const Group& group);
  void add_paragraph(std::string_view mark, std::string_view text);
  void add_line(std::string_view line) { text_.append(line).push_back('\n'); }
  std::string take() { return std::move(text_); }

 private:
  void add_change(const Change& change, std::size_t type_width, std::size_t name_width);

  TextStyle style_;
  std::string text_;
};

void Page::add_change(const Change& change, std::size_t type_width, std::size_t name_width) {
  const std::string name = display_name(change);
  std::string line = fmt::format(
      "  {}  {}", coloured(fmt::format("{:<{}}", change.resource_type, type_width), Colour::dim, style_),
      name);
  const std::size_t indent = 2 + type_width + 2;
  const std::string why = printable(describe(change));
  const auto columns = static_cast<std::size_t>(style_.columns);
  const bool beside = width_of(name) <= name_width;
  const std::size_t left = beside ? indent + name_width + 2 : indent + 2;
  const auto lines = wrap(why, columns > left + 20 ? columns - left : 20);
  if (beside && !lines.empty()) line += std::string(name_width - width_of(name) + 2, ' ') + lines.front();
  add_line(line);
  for (std::size_t i = beside ? 1 : 0; i < lines.size(); ++i)
    add_line(std::string(left, ' ') + lines[i]);
}

void Page::add(const Group& group) {
  if (group.changes.empty()) return;
  add_line(coloured(
      fmt::format("{} ({})", group.title, with_thousands(static_cast<std::int64_t>(group.changes.size()))),
      group.colour, style_));
  std::size_t type_width = 0;
  std::size_t name_width = 0;
  for (const Change* change : group.changes) {
    type_width = std::max(type_width, change->resource_type.size());
    name_width = std::max(name_width, width_of(display_name(*change)));
  }
  name_width = std::min(name_width, static_cast<std::size_t>(style_.columns) * 2 / 5);
  const std::size_t shown = std::min(group.changes.size(), lines_per_group_max);
  for (std::size_t i = 0; i < shown; ++i)
    add_change(*group.changes[i], type_width, name_width);
  if (shown < group.changes.size())
    add_line(fmt::format("  ... and {} more; --output json lists all",
                         with_thousands(static_cast<std::int64_t>(group.changes.size() - shown))));
  add_line("");
}

void Page::add_paragraph(std::string_view mark, std::string_view text) {
  std::string_view lead = mark;
  for (const std::string& line : wrap(text, static_cast<std::size_t>(style_.columns) - mark.size())) {
    add_line(fmt::format("{}{}", lead, line));
    lead = std::string_view("                ").substr(0, mark.size());
  }
}

bool is_test(const Change& change) {
  return change.resource_type == "test" || change.resource_type == "unit_test";
}

std::string verdict(const compare::Comparison& comparison, std::int64_t tests_below) {
  const std::string unchanged = fmt::format("{} unchanged", with_thousands(comparison.unchanged));
  if (tests_below == 0) return unchanged;
  if (tests_below == 1) return unchanged + "; 1 more test depends on what is above";
  return fmt::format("{}; {} more tests depend on what is above", unchanged, with_thousands(tests_below));
}

}  // namespace

std::string comparison_text(const compare::Comparison& comparison, const TextStyle& style) {
  Group modified{"Modified", Colour::yellow, {}};
  Group added{"New", Colour::green, {}};
  Group removed{"Removed", Colour::red, {}};
  Group below{"Downstream", Colour::blue, {}};
  Group compiled{"Compiled otherwise, though dbt sees no change", Colour::yellow, {}};
  std::int64_t tests_below = 0;
  for (const Change& change : comparison.changes) {
    if (change.kind == ChangeKind::modified) modified.changes.push_back(&change);
    if (change.kind == ChangeKind::added) added.changes.push_back(&change);
    if (change.kind == ChangeKind::removed) removed.changes.push_back(&change);
    if (change.kind == ChangeKind::downstream && !is_test(change)) below.changes.push_back(&change);
    if (change.kind == ChangeKind::downstream && is_test(change)) ++tests_below;
  }
  for (const Change& change : comparison.compiled_only)
    compiled.changes.push_back(&change);
  std::stable_sort(below.changes.begin(), below.changes.end(),
                   [](const Change* a, const Change* b) { return a->distance < b->distance; });

  Page page(style);
  for (const Group* group : {&modified, &added, &removed, &below, &compiled})
    page.add(*group);
  for (const Finding& finding : comparison.findings)
    page.add_paragraph("! ", printable(finding.message));
  if (!comparison.findings.empty()) page.add_line("");
  if (comparison.changes.empty()) page.add_line("Nothing changed.");
  page.add_paragraph("", verdict(comparison, tests_below));
  return page.take();
}

std::string printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; },
      ' ');
  return clean;
}

std::string coloured(std::string_view text, Colour colour, const TextStyle& style) {
  if (!style.colour) return std::string(text);
  const int code = colour == Colour::red      ? 31
                   : colour == Colour::green  ? 32
                   : colour == Colour::yellow ? 33
                   : colour == Colour::blue   ? 34
                   : colour == Colour::dim    ? 2
                                              : 1;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!lines.empty() && width_of(lines.back()) + 1 + width_of(word) <= width)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace vernier::cli
