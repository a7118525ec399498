// SPDX-License-Identifier: Apache-2.0
#include "compare/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "compare/downstream.h"
#include "compare/fairness.h"
#include "compare/state.h"

namespace vernier::compare {
namespace {

using model::Change;
using model::ChangeKind;

constexpr std::size_t macros_named_max = 5;

bool exists(const model::Node& node) {
  return node.enabled || node.resource_type == "exposure";
}

Change describe(const model::Node& node, ChangeKind kind) {
  return {std::string(node.unique_id), std::string(node.name), std::string(node.resource_type), kind, {}};
}

// Aspects, worst first.
std::vector<std::string> reasons_for(const NodeState& state, const model::Node& node,
                                     const MacroChanges& macros) {
  const Differences& found = state.differences;
  const bool generic = state.kind == Kind::generic_test;
  std::vector<std::string> reasons;
  if (found.body && !generic) reasons.emplace_back("body");
  std::vector<std::string_view> keys = found.config_keys;
  std::stable_partition(keys.begin(), keys.end(), [](std::string_view key) { return key == "materialized"; });
  for (const std::string_view key : keys)
    reasons.push_back(key.empty() ? "config" : fmt::format("config.{}", key));
  if (found.relation && !generic) reasons.emplace_back("relation");
  if (state.macros == MacroVerdict::changed)
    for (const std::string_view macro : macros.nearest(node, macros_named_max))
      reasons.push_back(fmt::format("macro:{}", macro));
  if (state.contract.changed && state.contract.breaks.empty()) reasons.emplace_back("contract");
  for (const std::string& what : state.contract.breaks)
    reasons.push_back(fmt::format("contract:{}", what));
  if (found.persisted && !generic) reasons.emplace_back("persisted_descriptions");
  if (found.fqn) reasons.emplace_back("fqn");
  for (const std::string_view aspect : found.own)
    reasons.emplace_back(aspect);
  return reasons;
}

class Comparer {
 public:
  Comparer(const model::Manifest& base, const model::Manifest& head, const Options& options)
      : base_(base), head_(head), graph_(head), state_(base, graph_, options) {}

  Comparison run();

 private:
  void compare_node(NodeIndex node);
  void find_removed();
  void find_below_compiled(bool (*by_id)(const Change&, const Change&));
  void note(const NodeState& state, const model::Node& node);

  const model::Manifest& base_;
  const model::Manifest& head_;
  lineage::Graph graph_;
  State state_;
  Comparison comparison_;
  std::vector<NodeIndex> heads_;  // of the nodes that changed
  std::int64_t nodes_ = 0;
};

// Things about a pair of nodes that a report must tell whether they count as a change or not.
void Comparer::note(const NodeState& state, const model::Node& node) {
  if (state.macros == MacroVerdict::missing)
    comparison_.findings.push_back(
        {"macro_missing",
         fmt::format("{} depends on a macro or test that does not exist; dbt will refuse it.",
                     node.unique_id),
         ""});
  if (!state.contract.breaks.empty())
    comparison_.findings.push_back(contract_finding(node.unique_id, state.contract.breaks));
  if (state.old && state.kind == Kind::seed)
    if (auto finding = big_seed_finding(*state.old, node, state.differences.body))
      comparison_.findings.push_back(std::move(*finding));
}

void Comparer::compare_node(NodeIndex node) {
  const model::Node& head = head_.nodes[node];
  const NodeState state = state_.judge(node);
  if (!state.old || !exists(*state.old)) {
    comparison_.changes.push_back(describe(head, ChangeKind::added));
    heads_.push_back(node);
    return;
  }
  note(state, head);
  if (state.modified) {
    Change change = describe(head, ChangeKind::modified);
    change.reasons = reasons_for(state, head, state_.macros());
    change.same_compiled =
        !state.differences.compiled && head.aspect("compiled") && state.old->aspect("compiled");
    comparison_.changes.push_back(std::move(change));
    heads_.push_back(node);
  } else if (state.differences.compiled && head.materialized != "incremental") {
    // An incremental model compiles differently on its first build and on later ones, whatever the code.
    Change change = describe(head, ChangeKind::modified);
    change.reasons = {"compiled"};
    comparison_.compiled_only.push_back(std::move(change));
  }
}

void Comparer::find_removed() {
  std::vector<NodeIndex> gone = state_.pairing().removed;
  for (NodeIndex i = 0; i < head_.nodes.size(); ++i)
    if (!graph_.contains(i) && state_.pairing().base_of[i] != no_node)
      gone.push_back(state_.pairing().base_of[i]);
  std::erase_if(gone, [&](NodeIndex old) { return !exists(base_.nodes[old]); });
  for (const NodeIndex old : gone) {
    Change change = describe(base_.nodes[old], ChangeKind::removed);
    const bool disabled = head_.find_disabled(change.unique_id) || head_.find(change.unique_id);
    if (disabled) change.reasons.emplace_back("disabled");
    comparison_.changes.push_back(std::move(change));
  }
}

void Comparer::find_below_compiled(bool (*by_id)(const Change&, const Change&)) {
  std::vector<Change>& compiled = comparison_.compiled_only;
  std::sort(compiled.begin(), compiled.end(), by_id);
  std::vector<NodeIndex> heads;
  for (const Change& change : compiled)
    heads.push_back(static_cast<NodeIndex>(head_.find(change.unique_id) - head_.nodes.data()));
  comparison_.below_compiled = downstream(base_, graph_, state_.pairing(), {compiled, heads});
  std::erase_if(comparison_.below_compiled, [&](const Change& change) {
    return std::binary_search(comparison_.changes.begin(), comparison_.changes.end(), change, by_id) ||
           std::binary_search(compiled.begin(), compiled.end(), change, by_id);
  });
}

Comparison Comparer::run() {
  for (NodeIndex i = 0; i < head_.nodes.size(); ++i) {
    if (!graph_.contains(i)) continue;
    ++nodes_;
    compare_node(i);
  }
  comparison_.unchanged = nodes_ - static_cast<std::int64_t>(comparison_.changes.size());
  find_removed();
  const auto by_id = [](const Change& a, const Change& b) { return a.unique_id < b.unique_id; };
  std::sort(comparison_.changes.begin(), comparison_.changes.end(), by_id);

  // What is below a change may well compile otherwise: an ephemeral model's text stands in its readers'.
  std::vector<Change> below = downstream(base_, graph_, state_.pairing(), {comparison_.changes, heads_});
  comparison_.unchanged -= static_cast<std::int64_t>(below.size());
  std::move(below.begin(), below.end(), std::back_inserter(comparison_.changes));
  std::sort(comparison_.changes.begin(), comparison_.changes.end(), by_id);
  std::erase_if(comparison_.compiled_only, [&](const Change& change) {
    return std::binary_search(comparison_.changes.begin(), comparison_.changes.end(), change, by_id);
  });
  find_below_compiled(by_id);

  for (const RemovedContract& removed : state_.removed())
    comparison_.findings.push_back(removed_contract_finding(removed));
  Findings fairness = fairness_findings(base_, head_, comparison_.changes);
  comparison_.findings.insert(comparison_.findings.begin(), std::make_move_iterator(fairness.begin()),
                              std::make_move_iterator(fairness.end()));
  return std::move(comparison_);
}

}  // namespace

Comparison compare(const model::Manifest& base, const model::Manifest& head, const Options& options) {
  return Comparer(base, head, options).run();
}

}  // namespace vernier::compare
