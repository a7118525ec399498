// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "compare/criterion.h"
#include "compare/methods.h"
#include "compare/state.h"

namespace vernier::compare {
namespace {

using namespace std::string_view_literals;
using lineage::Direction;

// What `dbt ls` lists; analyses and hooks take part in a selection without ever being listed.
constexpr std::array listed_types = {"model"sv,          "snapshot"sv,  "seed"sv,    "test"sv,
                                     "source"sv,         "exposure"sv,  "metric"sv,  "saved_query"sv,
                                     "semantic_model"sv, "unit_test"sv, "function"sv};

// Tests join a selection over their parents. `remembered` holds those whose other parents may still come.
struct Picked {
  NodeSet direct;
  NodeSet remembered;
};

void add(NodeSet& set, const NodeSet& other) {
  for (std::size_t i = 0; i < set.size(); ++i)
    set[i] = set[i] || other[i];
}

void keep(NodeSet& set, const NodeSet& other) {
  for (std::size_t i = 0; i < set.size(); ++i)
    set[i] = set[i] && other[i];
}

NodeSet joined(NodeSet set, const NodeSet& other) {
  add(set, other);
  return set;
}

class Selector {
 public:
  Selector(const State& state, const lineage::Graph& graph, IndirectSelection indirect)
      : state_(state), graph_(graph), nodes_(graph.manifest().nodes), indirect_(indirect) {}

  Result<Selection> select(const Expression& expression);

 private:
  Result<Picked> pick(const Criterion& criterion);
  Picked combine(const std::vector<Picked>& parts, void (*operation)(NodeSet&, const NodeSet&)) const;
  Picked add_tests(NodeSet selected) const;
  NodeSet with_operators(const Criterion& criterion, const NodeSet& found) const;
  NodeSet reached(const NodeSet& starts, Direction direction, std::optional<int> depth_max) const;
  NodeSet with_ancestors(const NodeSet& set) const;
  bool has_all_parents_in(NodeIndex node, const NodeSet& set, bool sources_count) const;

  const State& state_;
  const lineage::Graph& graph_;
  const std::vector<model::Node>& nodes_;
  IndirectSelection indirect_;
  Findings warnings_;
};

// With the starts, which every operator keeps anyway.
NodeSet Selector::reached(const NodeSet& starts, Direction direction, std::optional<int> depth_max) const {
  std::vector<NodeIndex> list;
  for (NodeIndex i = 0; i < starts.size(); ++i)
    if (starts[i]) list.push_back(i);
  NodeSet found(starts.size());
  for (const lineage::Reached& node : lineage::reach(graph_, list, direction, depth_max))
    found[node.node] = true;
  return found;
}

NodeSet Selector::with_ancestors(const NodeSet& set) const {
  return reached(set, Direction::upstream, std::nullopt);
}

NodeSet Selector::with_operators(const Criterion& criterion, const NodeSet& found) const {
  NodeSet selected = found;
  if (criterion.childrens_parents)
    add(selected, with_ancestors(reached(found, Direction::downstream, std::nullopt)));
  if (criterion.parents) add(selected, reached(found, Direction::upstream, criterion.parents_depth));
  if (criterion.children) add(selected, reached(found, Direction::downstream, criterion.children_depth));
  return selected;
}

// Where sources count, those that are disabled do as well.
bool Selector::has_all_parents_in(NodeIndex node, const NodeSet& set, bool sources_count) const {
  const auto is_source = [](const model::Node* parent) {
    return parent && parent->resource_type == "source";
  };
  if (!graph_.complete(node) && !sources_count) return false;
  const auto parents = graph_.parents(node);
  if (!std::all_of(parents.begin(), parents.end(), [&](NodeIndex parent) {
        return set[parent] || (sources_count && is_source(&nodes_[parent]));
      }))
    return false;
  const auto& ids = nodes_[node].parents;
  return graph_.complete(node) || std::all_of(ids.begin(), ids.end(), [&](std::string_view id) {
           const model::Node* parent = graph_.manifest().find(id);
           return is_source(parent) || (parent && parent->enabled);
         });
}

Picked Selector::add_tests(NodeSet selected) const {
  Picked picked{selected, NodeSet(selected.size())};
  if (indirect_ == IndirectSelection::empty) return picked;
  const bool buildable = indirect_ == IndirectSelection::buildable;
  const NodeSet within = buildable ? with_ancestors(selected) : NodeSet();
  for (NodeIndex i = 0; i < selected.size(); ++i) {
    if (!selected[i]) continue;
    for (const NodeIndex child : graph_.children(i)) {
      if (nodes_[child].resource_type != "test" && nodes_[child].resource_type != "unit_test") continue;
      if (indirect_ == IndirectSelection::eager || has_all_parents_in(child, selected, false) ||
          (buildable && has_all_parents_in(child, within, true)))
        picked.direct[child] = true;
      else
        picked.remembered[child] = true;
    }
  }
  return picked;
}

Result<Picked> Selector::pick(const Criterion& criterion) {
  const NodeSet found = criterion.method == "state" ? TRY(state_.search(criterion.value, warnings_))
                                                    : TRY(search_by_method(criterion, graph_));
  return add_tests(with_operators(criterion, found));
}

// Sets are combined twice, with and without the remembered tests; of the difference those data tests join
// whose parents have all come together.
Picked Selector::combine(const std::vector<Picked>& parts,
                         void (*operation)(NodeSet&, const NodeSet&)) const {
  NodeSet direct = parts.front().direct;
  NodeSet all = joined(parts.front().direct, parts.front().remembered);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    operation(direct, parts[i].direct);
    operation(all, joined(parts[i].direct, parts[i].remembered));
  }
  const bool cautious = indirect_ == IndirectSelection::cautious;
  if (!cautious && indirect_ != IndirectSelection::buildable) return {std::move(direct), std::move(all)};
  const NodeSet within = cautious ? direct : with_ancestors(direct);
  for (NodeIndex i = 0; i < all.size(); ++i)
    if (all[i] && !direct[i] && nodes_[i].resource_type == "test" && has_all_parents_in(i, within, false))
      direct[i] = true;
  return {std::move(direct), std::move(all)};
}

Result<Selection> Selector::select(const Expression& expression) {
  std::vector<Picked> unions;
  for (const std::vector<Criterion>& intersection : expression) {
    std::vector<Picked> parts;
    for (const Criterion& criterion : intersection)
      parts.push_back(TRY(pick(criterion)));
    unions.push_back(combine(parts, keep));
  }
  const Picked picked = combine(unions, add);
  Selection selection;
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const bool listed =
        std::find(listed_types.begin(), listed_types.end(), nodes_[i].resource_type) != listed_types.end();
    if (picked.direct[i] && listed) selection.unique_ids.emplace_back(nodes_[i].unique_id);
  }
  for (Finding& warning : warnings_)
    if (std::find(selection.warnings.begin(), selection.warnings.end(), warning) == selection.warnings.end())
      selection.warnings.push_back(std::move(warning));
  return selection;
}

}  // namespace

Result<IndirectSelection> parse_indirect_selection(std::string_view text) {
  if (text == "eager") return IndirectSelection::eager;
  if (text == "cautious") return IndirectSelection::cautious;
  if (text == "buildable") return IndirectSelection::buildable;
  if (text == "empty") return IndirectSelection::empty;
  return invalid_input(
      fmt::format("indirect selection {} is none of eager, cautious, buildable, empty", text));
}

Result<Selection> select(const model::Manifest& base, const model::Manifest& head,
                         std::string_view expression, const Options& options, IndirectSelection indirect) {
  const Expression parsed = TRY(parse_expression(expression));
  const lineage::Graph graph(head);
  const State state(base, graph, options);
  return Selector(state, graph, indirect).select(parsed);
}

}  // namespace vernier::compare
