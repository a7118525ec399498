// SPDX-License-Identifier: Apache-2.0
#include "datadiff/columns.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/text.h"
#include "datadiff/equality.h"
#include "datadiff/tolerances.h"

namespace vernier::datadiff {

namespace {

using engine::ColumnInfo;

constexpr model::Sides<std::string_view> side_names = {"production", "the pull request"};

// Finds columns by name: as spelled first, then in another letter case if only one has it.
class ColumnIndex {
 public:
  explicit ColumnIndex(const std::vector<ColumnInfo>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      exact_.emplace(columns[i].name, i);
      const auto [position, inserted] = lower_.emplace(to_lower(columns[i].name), i);
      if (!inserted) position->second.reset();
    }
  }

  std::optional<std::size_t> exactly(const std::string& name) const {
    const auto found = exact_.find(name);
    return found == exact_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::size_t> find(const std::string& name) const {
    if (const auto position = exactly(name)) return position;
    const auto found = lower_.find(to_lower(name));
    return found == lower_.end() ? std::nullopt : found->second;
  }

 private:
  std::unordered_map<std::string, std::size_t> exact_;
  std::unordered_map<std::string, std::optional<std::size_t>> lower_;
};

using ColumnMap = std::vector<model::Sides<std::string>>;

// The pairs of the request's map that both tables have, in the tables' own spelling.
Result<ColumnMap> known_map(const model::Sides<engine::TableInfo>& tables, const DiffRequest& request) {
  const model::Sides<ColumnIndex> indices = {ColumnIndex(tables[0].columns), ColumnIndex(tables[1].columns)};
  ColumnMap known;
  for (const auto& names : request.column_map) {
    model::Sides<std::optional<std::size_t>> found;
    for (std::size_t side = 0; side < 2; ++side) {
      found[side] = indices[side].find(names[side]);
      if (!found[side] && request.must_map)
        return invalid_input("the mapped column " + names[side] + " is not in the table of " +
                             std::string(side_names[side]));
    }
    if (found[0] && found[1])
      known.push_back({tables[0].columns[*found[0]].name, tables[1].columns[*found[1]].name});
  }
  return known;
}

// For each column of the first side its partner on the second.
std::vector<std::optional<std::size_t>> match(const std::vector<ColumnInfo>& first,
                                              const std::vector<ColumnInfo>& second, const ColumnMap& map) {
  const ColumnIndex first_index(first);
  const ColumnIndex index(second);
  std::vector<std::optional<std::size_t>> partners(first.size());
  std::vector<bool> taken(second.size(), false);
  for (const auto& names : map) {
    const auto position = first_index.exactly(names[0]);
    const auto partner = index.exactly(names[1]);
    if (!position || !partner || partners[*position] || taken[*partner]) continue;
    partners[*position] = partner;
    taken[*partner] = true;
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto position = index.exactly(first[i].name);
    if (partners[i] || !position || taken[*position]) continue;
    partners[i] = position;
    taken[*position] = true;
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (partners[i]) continue;
    const auto position = index.find(first[i].name);
    if (!position || taken[*position]) continue;
    partners[i] = position;
    taken[*position] = true;
  }
  return partners;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return to_lower(other) == to_lower(name); });
}

// What a column of a side may be called: its name, and that on the other side.
std::vector<std::string> names_of(const std::string& column, std::size_t side, const ColumnMap& map) {
  std::vector<std::string> names = {column};
  for (const auto& pair : map)
    if (pair[side] == column) names.push_back(pair[1 - side]);
  return names;
}

bool contains_any(const std::vector<std::string>& names, const std::vector<std::string>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& name) { return contains(names, name); });
}

bool left_out(const DiffRequest& request, const std::vector<std::string>& names) {
  if (contains_any(request.pk_columns, names)) return false;
  return contains_any(request.exclude_columns, names) ||
         std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return matches_gitignore(request.ignore_patterns, name);
         });
}

std::vector<ColumnInfo> considered(const model::Sides<engine::TableInfo>& tables, std::size_t side,
                                   const DiffRequest& request, const ColumnMap& map) {
  std::vector<ColumnInfo> columns;
  for (const ColumnInfo& column : tables[side].columns)
    if (!left_out(request, names_of(column.name, side, map))) columns.push_back(column);
  return columns;
}

// Shared columns that stand at another place among the shared ones than on the other side.
std::int64_t reorders(const std::vector<std::optional<std::size_t>>& partners) {
  std::vector<std::size_t> order;
  for (const auto& partner : partners)
    if (partner) order.push_back(*partner);
  std::vector<std::size_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::int64_t moved = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != sorted[i]) ++moved;
  return moved;
}

model::SchemaStats schema_stats(const model::Sides<std::vector<ColumnInfo>>& columns,
                                const std::vector<std::optional<std::size_t>>& partners) {
  model::SchemaStats stats;
  std::vector<bool> shared(columns[1].size(), false);
  for (std::size_t i = 0; i < partners.size(); ++i) {
    const ColumnInfo& first = columns[0][i];
    if (!partners[i]) {
      stats.exclusive_columns[0].push_back(first.name);
      continue;
    }
    shared[*partners[i]] = true;
    const ColumnInfo& second = columns[1][*partners[i]];
    if (first.type != second.type)
      stats.type_differs.push_back({.column_name = first.name, .types = {first.type, second.type}});
  }
  for (std::size_t i = 0; i < shared.size(); ++i)
    if (!shared[i]) stats.exclusive_columns[1].push_back(columns[1][i].name);
  for (std::size_t side = 0; side < 2; ++side)
    stats.columns_mismatched[side] = static_cast<std::int64_t>(stats.exclusive_columns[side].size());
  stats.column_type_mismatches = static_cast<std::int64_t>(stats.type_differs.size());
  stats.column_reorders = reorders(partners);
  return stats;
}

Finding column_finding(std::string code, const ColumnInfo& a, const ColumnInfo& b, const std::string& said) {
  return {.code = std::move(code),
          .message = "Column " + a.name + " is " + a.type + " in production and " + b.type +
                     " in the pull request; its values were " + said + ".",
          .command = {}};
}

Result<ColumnPair> key_pair(engine::Dialect dialect, const model::Sides<engine::TableInfo>& tables,
                            const std::string& name, const ColumnMap& map, const DiffRequest& request) {
  const model::Sides<std::string> names = names_on_both(name, map);
  model::Sides<const ColumnInfo*> found{};
  for (std::size_t side = 0; side < 2; ++side) {
    const auto position = ColumnIndex(tables[side].columns).find(names[side]);
    if (!position)
      return invalid_input("the key column " + name + " is not in the table of " +
                           std::string(side_names[side]));
    found[side] = &tables[side].columns[*position];
  }
  auto converted = conversion(dialect, *found[0], *found[1]);
  if (!converted)
    return invalid_input("the key column " + name + " is " + found[0]->type + " in production and " +
                         found[1]->type + " in the pull request, which cannot be compared");
  return with_text_rules(dialect, request.texts, true,
                         {.names = {found[0]->name, found[1]->name}, .conversion = std::move(*converted)});
}

}  // namespace

bool is_called(const ColumnPair& pair, const std::string& name) {
  const std::string wanted = to_lower(name);
  return to_lower(pair.names[0]) == wanted || to_lower(pair.names[1]) == wanted;
}

const ColumnInfo* column_called(const engine::TableInfo& table, const std::string& name) {
  const auto position = ColumnIndex(table.columns).find(name);
  return position ? &table.columns[*position] : nullptr;
}

model::Sides<std::string> names_on_both(const std::string& name, const ColumnMap& map) {
  for (std::size_t side = 0; side < 2; ++side)
    for (const auto& pair : map)
      if (to_lower(pair[side]) == to_lower(name)) return pair;
  return {name, name};
}

Result<ColumnPlan> plan_columns(engine::Dialect dialect, const model::Sides<engine::TableInfo>& tables,
                                const DiffRequest& request) {
  ColumnPlan plan;
  const ColumnMap map = TRY(known_map(tables, request));
  const model::Sides<std::vector<ColumnInfo>> columns = {considered(tables, 0, request, map),
                                                         considered(tables, 1, request, map)};
  const auto partners = match(columns[0], columns[1], map);
  plan.schema = schema_stats(columns, partners);
  for (std::size_t side = 0; side < 2; ++side)
    plan.schema.column_counts[side] = static_cast<std::int64_t>(tables[side].columns.size());
  for (const auto& names : map)
    plan.findings.push_back({.code = "column_mapped",
                             .message = "Column " + names[0] + " of production was compared with " +
                                        names[1] + " of the pull request.",
                             .command = {}});
  model::Sides<std::vector<std::string>> key_names;
  for (const std::string& name : request.pk_columns) {
    ColumnPair pair = TRY(key_pair(dialect, tables, name, map, request));
    if (contains(key_names[0], pair.names[0])) continue;
    for (std::size_t side = 0; side < 2; ++side)
      key_names[side].push_back(pair.names[side]);
    plan.keys.push_back(std::move(pair));
  }
  const auto is_key = [&](std::size_t side, const std::string& name) {
    return std::find(key_names[side].begin(), key_names[side].end(), name) != key_names[side].end();
  };
  for (std::size_t i = 0; i < partners.size(); ++i) {
    if (!partners[i]) continue;
    const ColumnInfo& first = columns[0][i];
    const ColumnInfo& second = columns[1][*partners[i]];
    if (is_key(0, first.name) || is_key(1, second.name)) continue;
    if (!request.include_columns.empty() &&
        !contains_any(request.include_columns, names_of(first.name, 0, map)))
      continue;
    auto converted = conversion(dialect, first, second);
    if (!converted) {
      plan.findings.push_back(column_finding("column_not_compared", first, second, "not compared"));
      continue;
    }
    if (!converted->caveat.empty())
      plan.findings.push_back(column_finding("column_converted", first, second, converted->caveat));
    ColumnPair pair =
        with_text_rules(dialect, request.texts, false,
                        {.names = {first.name, second.name}, .conversion = std::move(*converted)});
    if (request.sort_arrays) pair = with_sorted_lists(dialect, first, second, std::move(pair));
    pair = TRY(tolerant(dialect, first, second, request.tolerances, std::move(pair)));
    plan.values.push_back(with_rules(dialect, first, request.rules, std::move(pair)));
  }
  TRY(check_tolerances(request.tolerances, plan.values));
  TRY(check_ruled_columns(request.rules, plan.values));
  const Findings tolerances = tolerance_findings(request.tolerances);
  plan.findings.insert(plan.findings.end(), tolerances.begin(), tolerances.end());
  const Findings texts = text_findings(request.texts);
  plan.findings.insert(plan.findings.end(), texts.begin(), texts.end());
  const Findings equality = equality_findings(request);
  plan.findings.insert(plan.findings.end(), equality.begin(), equality.end());
  return plan;
}

bool matches_gitignore(const std::vector<std::string>& patterns, std::string_view name) {
  bool matched = false;
  for (const std::string& line : patterns) {
    std::string_view pattern = trim(line);
    if (pattern.empty() || pattern.front() == '#') continue;
    const bool takes_back = pattern.front() == '!';
    if (takes_back) pattern.remove_prefix(1);
    if (pattern.starts_with('/')) pattern.remove_prefix(1);
    if (pattern.ends_with('/')) continue;  // means folders alone
    if (::fnmatch(std::string(pattern).c_str(), std::string(name).c_str(), 0) == 0) matched = !takes_back;
  }
  return matched;
}

}  // namespace vernier::datadiff
