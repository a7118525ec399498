// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/manifest.h"

namespace vernier::lineage {

// Index of a node in Manifest::nodes.
using NodeIndex = std::uint32_t;

// The graph that dbt selects over: an edge from each id in depends_on.nodes to the node that names it,
// disabled nodes left out (state-semantics section 8). Edges are kept in compressed rows, both ways.
class Graph {
 public:
  // `manifest` must outlive the graph. Ids that name no node are counted in unknown_parents().
  explicit Graph(const model::Manifest& manifest);

  const model::Manifest& manifest() const { return manifest_; }
  bool contains(NodeIndex node) const { return included_[node]; }
  std::span<const NodeIndex> parents(NodeIndex node) const { return row(parents_, parent_starts_, node); }
  std::span<const NodeIndex> children(NodeIndex node) const { return row(children_, child_starts_, node); }
  std::size_t unknown_parents() const { return unknown_parents_; }
  // Whether every id in the node's depends_on.nodes is a node of the graph.
  bool complete(NodeIndex node) const { return complete_[node]; }

 private:
  static std::span<const NodeIndex> row(const std::vector<NodeIndex>& edges,
                                        const std::vector<std::uint32_t>& starts, NodeIndex node) {
    return {edges.data() + starts[node], edges.data() + starts[node + 1]};
  }

  const model::Manifest& manifest_;
  std::vector<bool> included_, complete_;
  std::vector<NodeIndex> parents_, children_;
  std::vector<std::uint32_t> parent_starts_, child_starts_;
  std::size_t unknown_parents_ = 0;
};

enum class Direction { upstream, downstream };

// A node reached from a set of starts: how far, and over which neighbour towards the nearest start.
struct Reached {
  NodeIndex node;
  int distance;   // edges; 0 for the starts themselves
  NodeIndex via;  // the node before it on a shortest path; itself for a start
};
// Breadth first, nearest first; each node once, cycles do no harm. `depth_max` bounds the distance.
std::vector<Reached> reach(const Graph& graph, std::span<const NodeIndex> starts, Direction direction,
                           std::optional<int> depth_max = std::nullopt);

}  // namespace vernier::lineage
