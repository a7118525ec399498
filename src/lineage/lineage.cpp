// SPDX-License-Identifier: Apache-2.0
#include "lineage/lineage.h"

#include <algorithm>

#include "lineage/id_index.h"

namespace vernier::lineage {
namespace {

// dbt gives seeds and sources no parents, whatever their file says.
bool may_have_parents(const model::Node& node) {
  return node.resource_type != "seed" && node.resource_type != "source";
}

}  // namespace

Graph::Graph(const model::Manifest& manifest) : manifest_(manifest) {
  const auto& nodes = manifest.nodes;
  CHECK(nodes.size() < nowhere);
  included_.resize(nodes.size());
  complete_.assign(nodes.size(), true);
  for (NodeIndex i = 0; i < nodes.size(); ++i)
    included_[i] = nodes[i].enabled || nodes[i].resource_type == "exposure";
  const IdIndex index(nodes);

  parent_starts_.reserve(nodes.size() + 1);
  child_starts_.assign(nodes.size() + 1, 0);
  for (NodeIndex i = 0; i < nodes.size(); ++i) {
    const std::size_t start = parents_.size();
    parent_starts_.push_back(static_cast<std::uint32_t>(start));
    if (!included_[i] || !may_have_parents(nodes[i])) continue;
    for (const std::string_view id : nodes[i].parents) {
      const NodeIndex parent = index.find(id);
      if (parent != nowhere && included_[parent]) {
        parents_.push_back(parent);
      } else {
        complete_[i] = false;
        ++unknown_parents_;
      }
    }
    const auto own = parents_.begin() + static_cast<std::ptrdiff_t>(start);
    std::sort(own, parents_.end());
    parents_.erase(std::unique(own, parents_.end()), parents_.end());
    for (std::size_t edge = start; edge < parents_.size(); ++edge)
      ++child_starts_[parents_[edge] + 1];
  }
  parent_starts_.push_back(static_cast<std::uint32_t>(parents_.size()));

  for (std::size_t i = 0; i < nodes.size(); ++i)
    child_starts_[i + 1] += child_starts_[i];
  children_.resize(parents_.size());
  std::vector<std::uint32_t> next(child_starts_.begin(), child_starts_.end());
  for (NodeIndex child = 0; child < nodes.size(); ++child)
    for (const NodeIndex parent : parents(child))
      children_[next[parent]++] = child;
}

std::vector<Reached> reach(const Graph& graph, std::span<const NodeIndex> starts, Direction direction,
                           std::optional<int> depth_max) {
  std::vector<bool> seen(graph.manifest().nodes.size());
  std::vector<Reached> found;
  for (const NodeIndex start : starts) {
    if (seen[start]) continue;
    seen[start] = true;
    found.push_back({start, 0, start});
  }
  for (std::size_t next = 0; next < found.size(); ++next) {
    const Reached here = found[next];
    if (depth_max && here.distance >= *depth_max) break;
    const auto neighbours =
        direction == Direction::upstream ? graph.parents(here.node) : graph.children(here.node);
    for (const NodeIndex neighbour : neighbours) {
      if (seen[neighbour]) continue;
      seen[neighbour] = true;
      found.push_back({neighbour, here.distance + 1, here.node});
    }
  }
  return found;
}

}  // namespace vernier::lineage
