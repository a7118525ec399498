// SPDX-License-Identifier: Apache-2.0
#include "ci/nodes_of_files.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "ci/plan.h"

namespace vernier::ci {
namespace {

bool has_extension(std::string_view path, std::initializer_list<std::string_view> extensions) {
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](std::string_view extension) { return path.ends_with(extension); });
}

// Files that dbt reads may matter to any node; those of the repository's own tools (".github/...") do not.
bool may_matter(std::string_view path) {
  if (path.starts_with('.')) return false;
  return has_extension(path, {".sql", ".py", ".csv", ".yml", ".yaml"});
}

// A test, an exposure or a metric changes no data.
bool holds_rows(const model::Node& node) {
  return has_table(node.resource_type) || node.resource_type == "source";
}

}  // namespace

std::optional<std::vector<std::string>> nodes_of_files(const model::Manifest& manifest,
                                                       const std::vector<std::string>& files) {
  std::map<std::string, std::vector<std::string>, std::less<>> by_path;
  for (const model::Node& node : manifest.nodes) {
    auto& standing = by_path[std::string(node.original_file_path)];
    if (holds_rows(node)) standing.emplace_back(node.unique_id);
    // "package://models/schema.yml"
    const std::string_view patch = node.patch_path;
    if (const auto scheme = patch.find("://"); scheme != std::string_view::npos && holds_rows(node))
      by_path[std::string(patch.substr(scheme + 3))].emplace_back(node.unique_id);
  }
  std::set<std::string> nodes;
  for (const std::string& file : files) {
    bool known = false;
    // The path within the dbt project is what is left after some of its leading folders.
    std::string_view rest = file;
    while (!known) {
      if (const auto found = by_path.find(rest); found != by_path.end()) {
        nodes.insert(found->second.begin(), found->second.end());
        known = true;
      }
      const auto slash = rest.find('/');
      if (slash == std::string_view::npos) break;
      rest.remove_prefix(slash + 1);
    }
    if (!known && may_matter(file)) return std::nullopt;
  }
  return std::vector<std::string>(nodes.begin(), nodes.end());
}

}  // namespace vernier::ci
