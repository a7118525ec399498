// SPDX-License-Identifier: Apache-2.0
#include "compare/pairing.h"

#include <string>
#include <unordered_map>

namespace vernier::compare {
namespace {

// What identifies a test or a source beside its id; empty where nothing does.
std::string signature(const model::Node& node) {
  std::string text;
  const auto add = [&](std::string_view part) {
    text += part;
    text += '\0';
  };
  if (node.generic_test) {
    for (const std::string_view part :
         {node.test_name, node.test_namespace, node.attached_node, node.column_name, node.test_kwargs})
      add(part);
  } else if (node.resource_type == "source" && node.fqn.size() > 1) {
    for (const std::string_view part : {node.package_name, node.fqn[node.fqn.size() - 2], node.name})
      add(part);
  }
  return text;
}

void pair_by_signature(const model::Manifest& base, const model::Manifest& head, Pairing& pairing) {
  std::unordered_map<std::string, NodeIndex> left;
  for (const NodeIndex old : pairing.removed)
    if (std::string text = signature(base.nodes[old]); !text.empty()) left.emplace(std::move(text), old);
  if (left.empty()) return;
  std::vector<bool> taken(base.nodes.size());
  for (NodeIndex i = 0; i < head.nodes.size(); ++i) {
    if (pairing.base_of[i] != no_node) continue;
    const auto found = left.find(signature(head.nodes[i]));
    if (found == left.end()) continue;
    pairing.base_of[i] = found->second;
    taken[found->second] = true;
    left.erase(found);
  }
  std::erase_if(pairing.removed, [&](NodeIndex old) { return taken[old]; });
}

}  // namespace

Pairing pair_nodes(const model::Manifest& base, const model::Manifest& head, Rules rules) {
  Pairing pairing;
  pairing.base_of.assign(head.nodes.size(), no_node);
  NodeIndex old = 0;
  NodeIndex now = 0;
  while (old < base.nodes.size() && now < head.nodes.size()) {
    const int order = base.nodes[old].unique_id.compare(head.nodes[now].unique_id);
    if (order < 0)
      pairing.removed.push_back(old++);
    else if (order > 0)
      ++now;
    else
      pairing.base_of[now++] = old++;
  }
  for (; old < base.nodes.size(); ++old)
    pairing.removed.push_back(old);
  if (rules == Rules::dbt2) pair_by_signature(base, head, pairing);
  return pairing;
}

}  // namespace vernier::compare
