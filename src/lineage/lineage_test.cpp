// SPDX-License-Identifier: Apache-2.0
#include "lineage/lineage.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace vernier::lineage {
namespace {

// A manifest whose nodes depend on each other as told; it owns the texts.
struct Project {
  std::deque<std::vector<std::string_view>> lists;
  std::deque<std::string> texts;
  model::Manifest manifest;

  model::Node& add(std::string id, const std::vector<std::string>& parents,
                   std::string_view resource_type = "model") {
    auto& list = lists.emplace_back();
    for (const std::string& parent : parents)
      list.push_back(texts.emplace_back(parent));
    model::Node node;
    node.unique_id = texts.emplace_back(std::move(id));
    node.resource_type = resource_type;
    node.parents = list;
    manifest.nodes.push_back(node);
    return manifest.nodes.back();
  }
};

std::vector<std::string> names(const Graph& graph, std::span<const NodeIndex> nodes) {
  std::vector<std::string> list;
  for (const NodeIndex node : nodes)
    list.emplace_back(graph.manifest().nodes[node].unique_id);
  std::sort(list.begin(), list.end());
  return list;
}

using Names = std::vector<std::string>;

TEST(Graph, HasEdgesBothWaysWithoutDoubles) {
  Project project;
  project.add("a", {});
  project.add("b", {"a", "a"});
  project.add("c", {"b", "a"});
  const Graph graph(project.manifest);
  EXPECT_EQ(names(graph, graph.children(0)), (Names{"b", "c"}));
  EXPECT_EQ(names(graph, graph.parents(2)), (Names{"a", "b"}));
  EXPECT_EQ(names(graph, graph.parents(1)), (Names{"a"}));
  EXPECT_TRUE(graph.children(2).empty());
}

TEST(Graph, LeavesOutDisabledNodesButNotExposures) {
  Project project;
  project.add("a", {}).enabled = false;
  project.add("b", {"a"});
  project.add("c", {"b"}, "exposure").enabled = false;
  const Graph graph(project.manifest);
  EXPECT_FALSE(graph.contains(0));
  EXPECT_TRUE(graph.parents(1).empty());
  EXPECT_FALSE(graph.complete(1));
  EXPECT_TRUE(graph.contains(2));
  EXPECT_EQ(names(graph, graph.parents(2)), (Names{"b"}));
}

TEST(Graph, GivesSeedsAndSourcesNoParents) {
  Project project;
  project.add("a", {});
  project.add("b", {"a"}, "seed");
  project.add("c", {"a"}, "source");
  const Graph graph(project.manifest);
  EXPECT_TRUE(graph.children(0).empty());
}

TEST(Graph, CountsParentsThatNobodyHas) {
  Project project;
  project.add("a", {"x", "y"});
  project.add("b", {"a"});
  const Graph graph(project.manifest);
  EXPECT_EQ(graph.unknown_parents(), 2u);
  EXPECT_FALSE(graph.complete(0));
  EXPECT_TRUE(graph.complete(1));
}

TEST(Reach, GoesNearestFirstAndSaysOverWhom) {
  Project project;
  project.add("a", {});
  project.add("b", {"a"});
  project.add("c", {"a", "b"});
  project.add("d", {"c"});
  const Graph graph(project.manifest);
  const std::vector<NodeIndex> starts = {0};
  const auto found = reach(graph, starts, Direction::downstream);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].via, 0u);
  EXPECT_EQ(found[2].node, 2u);
  EXPECT_EQ(found[2].distance, 1);
  EXPECT_EQ(found[3].distance, 2);
  EXPECT_EQ(found[3].via, 2u);
  EXPECT_EQ(reach(graph, starts, Direction::downstream, 1).size(), 3u);
  EXPECT_EQ(reach(graph, starts, Direction::downstream, 0).size(), 1u);
}

TEST(Reach, EndsInCycles) {
  Project project;
  project.add("a", {"b"});
  project.add("b", {"a"});
  const Graph graph(project.manifest);
  EXPECT_EQ(reach(graph, std::vector<NodeIndex>{0, 0}, Direction::upstream).size(), 2u);
}

TEST(Reach, UpstreamMirrorsDownstream) {
  EXPECT_TRUE(rc::check("b is below a exactly when a is above b", [] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 12);
    Project project;
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<std::string> parents;
      for (const auto parent :
           *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, count)))
        parents.push_back("n" + std::to_string(100 + parent));
      project.add("n" + std::to_string(100 + i), parents);
    }
    const Graph graph(project.manifest);
    std::set<std::pair<NodeIndex, NodeIndex>> down, up;
    for (NodeIndex i = 0; i < count; ++i) {
      for (const auto& found : reach(graph, std::vector{i}, Direction::downstream))
        down.emplace(i, found.node);
      for (const auto& found : reach(graph, std::vector{i}, Direction::upstream))
        up.emplace(found.node, i);
    }
    RC_ASSERT(down == up);
  }));
}

}  // namespace
}  // namespace vernier::lineage
