// SPDX-License-Identifier: Apache-2.0
#include "compare/downstream.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace vernier::compare {
namespace {

constexpr std::size_t reasons_max = 10;

// Index in the list of changed nodes, whose order is that of the ids.
using ChangeIndex = std::uint32_t;
using Causes = std::vector<ChangeIndex>;

// The smallest few of both; cutting loses nothing, for the smallest of a union are among each one's.
void merge(Causes& into, const Causes& from) {
  Causes both;
  std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(both));
  if (both.size() > reasons_max) both.resize(reasons_max);
  into = std::move(both);
}

// Breadth first from all changed nodes at once, so that every node is met at its nearest cause's distance.
class Wave {
 public:
  Wave(const model::Manifest& base, const lineage::Graph& graph, const Pairing& pairing,
       const Origins& origins)
      : graph_(graph),
        changed_(origins.changed),
        distance_(graph.manifest().nodes.size(), unmet),
        causes_(graph.manifest().nodes.size()) {
    start_at_changed(origins.heads);
    start_at_orphans(base, pairing);
  }

  std::vector<model::Change> run();

 private:
  static constexpr int unmet = -1;

  void start_at_changed(const std::vector<NodeIndex>& heads);
  void start_at_orphans(const model::Manifest& base, const Pairing& pairing);
  void meet(NodeIndex node, int distance, const Causes& causes, std::vector<NodeIndex>& layer);
  model::Change describe(NodeIndex node) const;

  const lineage::Graph& graph_;
  const std::vector<model::Change>& changed_;
  std::vector<int> distance_;
  std::vector<Causes> causes_;
  std::vector<NodeIndex> here_, next_;
};

void Wave::start_at_changed(const std::vector<NodeIndex>& heads) {
  auto node = heads.begin();
  for (ChangeIndex i = 0; i < changed_.size(); ++i)
    if (changed_[i].kind != model::ChangeKind::removed) meet(*node++, 0, {i}, here_);
}

// What depended on a removed node in the base and still stands unchanged has lost its parent.
void Wave::start_at_orphans(const model::Manifest& base, const Pairing& pairing) {
  std::unordered_map<std::string_view, ChangeIndex> gone;
  for (ChangeIndex i = 0; i < changed_.size(); ++i)
    if (changed_[i].kind == model::ChangeKind::removed) gone.emplace(changed_[i].unique_id, i);
  if (gone.empty()) return;
  for (NodeIndex node = 0; node < pairing.base_of.size(); ++node) {
    const NodeIndex old = pairing.base_of[node];
    if (old == no_node || !graph_.contains(node)) continue;
    for (const std::string_view parent : base.nodes[old].parents)
      if (const auto found = gone.find(parent); found != gone.end()) meet(node, 1, {found->second}, next_);
  }
}

void Wave::meet(NodeIndex node, int distance, const Causes& causes, std::vector<NodeIndex>& layer) {
  if (distance_[node] == unmet) {
    distance_[node] = distance;
    layer.push_back(node);
  }
  if (distance_[node] == distance) merge(causes_[node], causes);
}

std::vector<model::Change> Wave::run() {
  std::vector<model::Change> found;
  for (int distance = 1; !here_.empty() || !next_.empty(); ++distance) {
    for (const NodeIndex node : here_)
      for (const NodeIndex child : graph_.children(node))
        meet(child, distance, causes_[node], next_);
    for (const NodeIndex node : next_)
      found.push_back(describe(node));
    here_ = std::exchange(next_, {});
  }
  return found;
}

model::Change Wave::describe(NodeIndex node) const {
  const model::Node& head = graph_.manifest().nodes[node];
  model::Change change{std::string(head.unique_id),
                       std::string(head.name),
                       std::string(head.resource_type),
                       model::ChangeKind::downstream,
                       {}};
  for (const ChangeIndex cause : causes_[node])
    change.reasons.push_back(changed_[cause].unique_id);
  change.distance = distance_[node];
  return change;
}

}  // namespace

std::vector<model::Change> downstream(const model::Manifest& base, const lineage::Graph& graph,
                                      const Pairing& pairing, const Origins& origins) {
  if (origins.changed.empty()) return {};
  return Wave(base, graph, pairing, origins).run();
}

}  // namespace vernier::compare
