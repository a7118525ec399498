// SPDX-License-Identifier: Apache-2.0
#include "compare/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "compare/glob.h"

namespace vernier::compare {
namespace {

using namespace std::string_view_literals;

using Test = std::function<bool(const model::Node&)>;

constexpr std::array resource_types = {"model"sv,     "analysis"sv, "test"sv,        "snapshot"sv,
                                       "operation"sv, "seed"sv,     "rpc"sv,         "sql_operation"sv,
                                       "doc"sv,       "source"sv,   "macro"sv,       "exposure"sv,
                                       "metric"sv,    "group"sv,    "saved_query"sv, "semantic_model"sv,
                                       "unit_test"sv, "fixture"sv,  "function"sv};

using Fqn = std::span<const std::string_view>;

std::vector<std::string_view> flatten(Fqn fqn) {
  std::vector<std::string_view> flat;
  for (std::string_view segment : fqn)
    for (bool more = true; more;) {
      const std::size_t dot = segment.find('.');
      flat.push_back(segment.substr(0, dot));
      more = dot != std::string_view::npos;
      if (more) segment.remove_prefix(dot + 1);
    }
  return flat;
}

template <typename Text>
std::string join_from(const std::vector<Text>& parts, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < parts.size(); ++i)
    text.append(i > from ? "." : "").append(parts[i]);
  return text;
}

// "a.v2" and "a_v2" name version v2 of model a.
bool names_version(Fqn fqn, const std::vector<std::string>& parts) {
  if (fqn.size() < 2) return false;
  const std::string own = fmt::format("{}_{}", fqn[fqn.size() - 2], fqn.back());
  return own == (parts.size() > 1 ? parts[parts.size() - 2] + "_" + parts.back() : parts.back());
}

// dbt's is_selected_node().
bool names_fqn(Fqn fqn, std::string_view selector, const std::vector<std::string>& parts, bool versioned) {
  if (fqn.empty() || (versioned && fqn.size() < 2)) return false;
  const std::string_view leaf = versioned ? fqn[fqn.size() - 2] : fqn.back();
  if (leaf == selector || (versioned && names_version(fqn, parts))) return true;
  const std::vector<std::string_view> flat = flatten(fqn);
  if (flat.size() < parts.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].find_first_of("*?[]") != std::string::npos)
      return matches_glob(join_from(parts, i), join_from(flat, i)) ||
             (parts.size() == 1 && matches_glob(selector, leaf));
    if (flat[i] != parts[i]) return false;
  }
  return true;
}

Test by_fqn(const std::string& value) {
  return [value, parts = split(value, '.')](const model::Node& node) {
    if (node.resource_type == "source" || node.fqn.empty()) return false;
    const bool versioned = node.resource_type == "model" && !node.version.empty();
    return names_fqn(node.fqn, value, parts, versioned) ||
           names_fqn(node.fqn.subspan(1), value, parts, versioned);
  };
}

// name, or package.name; for sources also source.table and package.source.table.
Result<Test> by_name(const std::string& method, const std::string& value) {
  std::vector<std::string> parts = split(value, '.');
  const bool source = method == "source";
  if (parts.size() > (source ? 3u : 2u))
    return invalid_input(
        fmt::format("{}:{} has too many parts: give {}", method, value,
                    source ? "source, source.table or package.source.table" : "name or package.name"));
  if (source && parts.size() == 1) parts.emplace_back("*");
  if (parts.size() < (source ? 3u : 2u)) parts.insert(parts.begin(), "*");
  return Test([method, parts, source](const model::Node& node) {
    if (node.resource_type != method || !matches_glob(parts[0], node.package_name)) return false;
    if (!source) return matches_glob(parts[1], node.name);
    return node.fqn.size() > 1 && matches_glob(parts[1], node.fqn[node.fqn.size() - 2]) &&
           matches_glob(parts[2], node.name);
  });
}

Test by_tag(const std::string& value) {
  return [value](const model::Node& node) {
    return node.resource_type != "semantic_model" &&
           std::any_of(node.tags.begin(), node.tags.end(),
                       [&](std::string_view tag) { return matches_glob(value, tag); });
  };
}

Test by_file(const std::string& value) {
  return [value](const model::Node& node) {
    const std::string_view path = node.original_file_path;
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    const bool has_suffix = dot != std::string_view::npos && dot > 0 && dot + 1 < name.size();
    return matches_glob(value, name) || matches_glob(value, has_suffix ? name.substr(0, dot) : name);
  };
}

// dbt looks for the pattern among the root project's files, and then for nodes that lie in what it found;
// the files are known here as far as nodes or their properties come from them.
Result<Test> by_path(const std::string& value, const model::Manifest& manifest) {
  if (value.empty() || value.starts_with('/'))
    return invalid_input(fmt::format("path:{} is not a path within the project", value));
  const PathPattern pattern(value);
  std::set<std::string_view> found;
  const auto patch_file = [](const model::Node& node) {
    const std::size_t scheme = node.patch_path.find("://");
    return scheme == std::string_view::npos ? std::string_view() : node.patch_path.substr(scheme + 3);
  };
  for (const model::Node& node : manifest.nodes) {
    if (node.package_name != manifest.project_name) continue;
    for (const std::string_view path : {node.original_file_path, patch_file(node)})
      for (const std::string_view prefix : pattern.matched_prefixes(path))
        found.insert(prefix);
  }
  return Test([pattern, found, patch_file](const model::Node& node) {
    const auto prefixes = pattern.matched_prefixes(node.original_file_path);
    return found.contains(patch_file(node)) ||
           std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return found.contains(prefix); });
  });
}

Test by_package(const std::string& value, const model::Manifest& manifest) {
  const std::string name = value == "this" && !manifest.project_name.empty() ? manifest.project_name : value;
  return [name](const model::Node& node) { return matches_glob(name, node.package_name); };
}

Result<Test> by_resource_type(const std::string& value) {
  if (std::find(resource_types.begin(), resource_types.end(), value) == resource_types.end())
    return invalid_input(fmt::format("resource_type:{} is no resource type", value));
  return Test([value](const model::Node& node) { return node.resource_type == value; });
}

// dbt asks whether the value is part of the word, so "dat" means data as well.
Result<Test> by_test_type(const std::string& value) {
  const auto is_part_of = [&](std::string_view word) { return word.find(value) != std::string_view::npos; };
  if (value == "generic" || value == "schema")
    return Test([](const model::Node& node) { return node.generic_test; });
  if (is_part_of("data")) return Test([](const model::Node& node) { return node.resource_type == "test"; });
  if (is_part_of("singular"))
    return Test([](const model::Node& node) { return node.resource_type == "test" && !node.generic_test; });
  if (is_part_of("unit"))
    return Test([](const model::Node& node) { return node.resource_type == "unit_test"; });
  return invalid_input(fmt::format("test_type:{} is none of generic, singular, unit, data", value));
}

Test by_test_name(const std::string& value) {
  return [value](const model::Node& node) {
    if (node.generic_test) return matches_glob(value, node.test_name);
    return node.resource_type == "unit_test" && matches_glob(value, node.name);
  };
}

// A configured value against a selector's text: lists by membership, booleans by name.
bool config_value_is(const Json& value, const std::string& wanted) {
  if (value.is_array())
    return std::any_of(value.begin(), value.end(),
                       [&](const Json& item) { return config_value_is(item, wanted); });
  if (value.is_boolean()) return to_lower(wanted) == (value.get<bool>() ? "true" : "false");
  return value.is_string() && value.get_ref<const std::string&>() == wanted;
}

Test by_meta(const std::vector<std::string>& path, const std::string& value) {
  return [path, value](const model::Node& node) {
    if (node.meta.empty()) return false;
    const Result<Json> meta = parse_json(node.meta);
    if (!meta.ok()) return false;
    const Json* found = &*meta;
    for (std::size_t i = 1; i < path.size(); ++i) {
      if (!found->is_object() || !found->contains(path[i])) return false;
      found = &(*found)[path[i]];
    }
    return config_value_is(*found, value);
  };
}

Result<Test> by_config(const std::vector<std::string>& path, const std::string& value) {
  const std::string key = path.empty() ? "" : path.front();
  Test test;
  if (key == "meta") {
    test = by_meta(path, value);
  } else if (key == "materialized" && path.size() == 1) {
    test = [value](const model::Node& node) {
      return node.materialized == value && !node.materialized.empty();
    };
  } else if (key == "enabled" && path.size() == 1) {
    test = [enabled = to_lower(value)](const model::Node& node) {
      return enabled == (node.enabled ? "true" : "false");
    };
  } else if (key == "tags" && path.size() == 1) {
    test = [value](const model::Node& node) {
      return std::find(node.tags.begin(), node.tags.end(), value) != node.tags.end();
    };
  } else {
    return invalid_input(fmt::format(
        "config.{}: cannot be selected by; use materialized, enabled, tags or meta", join(path, ".")));
  }
  return Test([test](const model::Node& node) {
    const Kind kind = kind_of(node);
    const bool configurable = kind == Kind::source || (is_parsed(kind) && kind != Kind::function);
    return configurable && test(node);
  });
}

Test by_access(const std::string& value) {
  return [wanted = hash128(value)](const model::Node& node) {
    const model::Aspect* access = node.resource_type == "model" ? node.aspect("access") : nullptr;
    return access && access->hash == wanted;
  };
}

// Groups are known as configured, hashed: good for whole names.
Result<Test> by_group(const std::string& value) {
  if (value.find_first_of("*?[") != std::string::npos)
    return invalid_input(fmt::format("group:{} cannot be selected by; give a group's whole name", value));
  return Test([wanted = hash128(value)](const model::Node& node) {
    const Kind kind = kind_of(node);
    if (!(is_parsed(kind) && kind != Kind::function) && kind != Kind::metric) return false;
    const model::Aspect* group = node.aspect("config.group");
    return group && group->hash == wanted;
  });
}

Result<Test> by_version(const std::string& value) {
  if (value != "none")
    return invalid_input(fmt::format("version:{} cannot be selected by; use version:none", value));
  return Test([](const model::Node& node) { return node.resource_type == "model" && node.version.empty(); });
}

Result<Test> test_for(const Criterion& criterion, const model::Manifest& manifest) {
  const std::string& value = criterion.value;
  const std::string& method = criterion.method;
  if (method == "fqn") return by_fqn(value);
  if (method == "tag") return by_tag(value);
  if (method == "path") return by_path(value, manifest);
  if (method == "file") return by_file(value);
  if (method == "package") return by_package(value, manifest);
  if (method == "config") return by_config(criterion.arguments, value);
  if (method == "access") return by_access(value);
  if (method == "group") return by_group(value);
  if (method == "version") return by_version(value);
  if (method == "resource_type") return by_resource_type(value);
  if (method == "test_type") return by_test_type(value);
  if (method == "test_name") return by_test_name(value);
  static constexpr std::array named = {"source"sv,         "exposure"sv,    "metric"sv,
                                       "semantic_model"sv, "saved_query"sv, "unit_test"sv};
  if (std::find(named.begin(), named.end(), method) != named.end()) return by_name(method, value);
  return invalid_input(fmt::format("{}: needs more than two manifests to select by", method));
}

}  // namespace

Result<NodeSet> search_by_method(const Criterion& criterion, const lineage::Graph& graph) {
  const Test test = TRY(test_for(criterion, graph.manifest()));
  const auto& nodes = graph.manifest().nodes;
  NodeSet found(nodes.size());
  for (NodeIndex i = 0; i < nodes.size(); ++i)
    found[i] = graph.contains(i) && test(nodes[i]);
  return found;
}

}  // namespace vernier::compare
