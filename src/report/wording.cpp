// SPDX-License-Identifier: Apache-2.0
#include "report/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "base/text.h"

namespace vernier::report {
namespace {

using model::ChangeKind;
using model::DiffResult;
using model::ResolutionStep;

std::string key_counts(std::int64_t dupes, std::int64_t nulls) {
  std::vector<std::string> parts;
  if (dupes > 0) parts.push_back(with_thousands(dupes) + " rows with a duplicate key");
  if (nulls > 0) parts.push_back(with_thousands(nulls) + " with a null key");
  return join(parts, ", ");
}

// "model.shop.orders.v2" is called "orders.v2".
std::string short_name(const std::string& unique_id) {
  const auto type_end = unique_id.find('.');
  const auto package_end = type_end == std::string::npos ? type_end : unique_id.find('.', type_end + 1);
  return package_end == std::string::npos ? unique_id : unique_id.substr(package_end + 1);
}

Reason reason(const std::string& text, const std::string& resource_type) {
  static const std::map<std::string_view, std::string_view> words = {
      {"compiled", "compiled SQL, though dbt's state comparison does not see it"},
      {"contract", "contract"},
      {"fqn", "folder or name"},
      {"persisted_descriptions", "persisted descriptions"},
      {"requested", "asked for, not changed"},
      {"submitted", "submitted"},
      {"relation", "relation (database, schema or name)"}};
  if (text == "body") return {resource_type == "seed" ? "content" : "SQL", ""};
  if (const auto found = words.find(text); found != words.end()) return {std::string(found->second), ""};
  if (text.starts_with("config.")) return {"config", text.substr(7)};
  if (text.starts_with("contract:")) return {"contract broken:", text.substr(9)};
  if (text.starts_with("macro:")) return {"macro", short_name(text.substr(6))};
  return {"", text};
}

}  // namespace

std::string percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "–";
  if (part <= 0) return "0 %";
  if (part >= whole) return "100 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (share < 0.1) return "<0.1 %";
  if (share > 99.9) return ">99.9 %";
  std::string digits = fmt::format("{:.1f}", share);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return digits + " %";
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", with_thousands(count), noun, count == 1 ? "" : "s");
}

bool matched_by_key(const TableDiff& diff) {
  return diff.has_figures() && diff.result != DiffResult::missing_pks && diff.result != DiffResult::bad_pks;
}

std::string rows_text(const TableDiff& diff) {
  if (!diff.has_figures()) return "–";
  return fmt::format("{} → {}", with_thousands(diff.pks.total_rows[0]),
                     with_thousands(diff.pks.total_rows[1]));
}

std::string changed_text(const TableDiff& diff) {
  if (!matched_by_key(diff)) return "–";
  const std::int64_t changed = diff.values.rows_with_differences;
  if (changed == 0) return figure_text(0, changed_range(diff));
  return fmt::format("{} ({})", figure_text(changed, changed_range(diff)),
                     percent(changed, diff.values.total_rows));
}

Range removed_range(const TableDiff& diff) {
  return diff.sampling ? Range(diff.sampling->exclusives[0]) : std::nullopt;
}

Range added_range(const TableDiff& diff) {
  return diff.sampling ? Range(diff.sampling->exclusives[1]) : std::nullopt;
}

Range changed_range(const TableDiff& diff) {
  return diff.sampling ? Range(diff.sampling->rows_with_differences) : std::nullopt;
}

Range range_of(const TableDiff& diff, const model::ColumnDiff& column) {
  const auto place = static_cast<std::size_t>(&column - diff.values.columns_diff_stats.data());
  if (!diff.sampling || place >= diff.sampling->values_different.size()) return std::nullopt;
  return diff.sampling->values_different[place];
}

std::string figure_text(std::int64_t figure, const Range& range) {
  return (range && range->low != range->high ? "≈ " : "") + with_thousands(figure);
}

std::string with_range(const std::string& figure, const Range& range) {
  if (!range || range->low == range->high) return figure;
  return fmt::format("{} ({} to {})", figure, with_thousands(range->low), with_thousands(range->high));
}

std::string key_text(const TableDiff& diff) {
  std::vector<std::string> parts;
  for (const std::size_t side : {0U, 1U})
    if (const std::string counts = key_counts(diff.pks.dupes[side], diff.pks.nulls[side]); !counts.empty())
      parts.push_back((side == 0 ? "in base " : "in head ") + counts);
  return join(parts, "; ");
}

std::vector<const model::ColumnDiff*> columns_that_differ(const TableDiff& diff) {
  std::vector<const model::ColumnDiff*> columns;
  for (const model::ColumnDiff& column : diff.values.columns_diff_stats)
    if (column.values_different > 0) columns.push_back(&column);
  std::stable_sort(columns.begin(), columns.end(),
                   [](auto* a, auto* b) { return a->values_different > b->values_different; });
  return columns;
}

std::vector<SchemaChange> schema_changes(const TableDiff& diff) {
  std::vector<SchemaChange> changes;
  for (const std::string& column : diff.schema.exclusive_columns[1])
    changes.push_back({'+', column, ""});
  for (const std::string& column : diff.schema.exclusive_columns[0])
    changes.push_back({'-', column, ""});
  for (const model::TypeDiff& differ : diff.schema.type_differs)
    changes.push_back({'~', differ.column_name, differ.types[0] + " → " + differ.types[1]});
  return changes;
}

std::vector<Reason> reasons(const ReportedNode& node) {
  std::vector<Reason> list;
  for (const std::string& text : node.change.reasons) {
    if (text == model::to_string(node.change.kind)) continue;  // "new" says nothing more of a new node
    list.push_back(node.change.kind == ChangeKind::downstream ? Reason{"downstream of", short_name(text)}
                                                              : reason(text, node.change.resource_type));
  }
  return list;
}

std::string_view false_alarm_note(const ReportedNode& node) {
  return node.change.same_compiled ? " – likely a false alarm: compiled SQL is the same" : "";
}

std::vector<std::string> production_remarks(const ReportedNode& node) {
  std::vector<std::string> texts;
  if (node.last_build && node.last_build->behind.value_or(1) != 0) {
    const model::LastBuild& build = *node.last_build;
    std::string text =
        fmt::format("production's table was last built from {}", build.commit_sha.abbreviated());
    if (build.behind)
      text += fmt::format(", {} {} the base", counted(std::abs(*build.behind), "commit"),
                          *build.behind > 0 ? "before" : "after");
    texts.push_back(text);
  }
  if (!node.others.empty()) {
    std::vector<std::string> names;
    for (const std::string& id : node.others)
      names.push_back(short_name(id));
    constexpr std::size_t names_max = 5;
    const std::size_t hidden = names.size() > names_max ? names.size() - names_max : 0;
    names.resize(names.size() - hidden);
    texts.push_back(fmt::format("its differences are also those of {}{}, which others changed",
                                join(names, ", "), hidden ? fmt::format(" and {} more", hidden) : ""));
  }
  return texts;
}

std::vector<std::string> remarks(const ReportedNode& node) {
  std::vector<std::string> texts;
  for (const Finding& finding : node.diff.findings)
    texts.push_back(finding.message);
  for (std::string& text : production_remarks(node))
    texts.push_back(std::move(text));
  return texts;
}

// What changed between the artifacts that a run wanted and those it took.
std::string between_text(const model::Resolution& resolution) {
  if (!resolution.nodes_between) return "";
  if (resolution.nodes_between->empty()) return ", exact in effect";
  return fmt::format(", {} changed in between",
                     counted(static_cast<std::int64_t>(resolution.nodes_between->size()), "node"));
}

std::vector<SideText> sides(const CiRun& run) {
  const auto side = [](std::string name, const model::Resolution& resolution) {
    SideText text;
    text.side = std::move(name);
    text.wanted = resolution.wanted.empty() ? "–" : resolution.wanted.abbreviated();
    text.used = resolution.used.empty() ? "–" : resolution.used.abbreviated();
    text.kind = !resolution.kind                                ? "–"
                : resolution.kind == model::ArtifactKind::built ? "built"
                                                                : "declared only";
    const std::string behind =
        resolution.behind.value_or(0) > 0 ? counted(*resolution.behind, "commit") + " behind" : "";
    switch (resolution.step) {
      case ResolutionStep::exact:
        text.how = "exact";
        break;
      case ResolutionStep::ancestor:
        text.how = "ancestor" + (behind.empty() ? "" : ", " + behind) + between_text(resolution);
        break;
      case ResolutionStep::latest:
        text.how = "newest upload" + (behind.empty() ? ", distance unknown" : ", " + behind) +
                   between_text(resolution);
        break;
      case ResolutionStep::none:
        text.how = "no artifacts";
        break;
    }
    return text;
  };
  return {side("Head", run.pr), side("Base", run.base)};
}

std::string relation_text(const std::vector<std::string>& parts) {
  return join(parts, ".");
}

std::int64_t differing_rows(const model::Timeline::Bucket& bucket) {
  return bucket.removed + bucket.added + bucket.changed;
}

std::string start_of(const model::Timeline::Bucket& bucket, const std::string& unit) {
  constexpr std::size_t time_at = 10;  // in "2026-01-31 10:00:00"
  if (!bucket.start) return "no time";
  return unit == "hour" || unit == "minute" ? *bucket.start : bucket.start->substr(0, time_at);
}

std::string anchor(const ReportedNode& node) {
  std::string name = node.change.unique_id.substr(0, 200);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_') c = '-';
  return name;
}

}  // namespace vernier::report
