// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/compare.h"
#include "compare/contract.h"
#include "compare/differences.h"
#include "compare/macros.h"
#include "compare/pairing.h"
#include "lineage/lineage.h"

namespace vernier::compare {

// By index in the head's nodes.
using NodeSet = std::vector<bool>;

// Everything that state:modified asks about one node of the head.
struct NodeState {
  const model::Node* old = nullptr;  // nullptr where the node is new
  Kind kind = Kind::code;
  Differences differences;
  ContractChange contract;
  MacroVerdict macros = MacroVerdict::same;
  bool modified = false;
};

// The head's nodes held against the base's.
class State {
 public:
  // Manifests and graph must outlive the object; `head` is the graph's manifest.
  State(const model::Manifest& base, const lineage::Graph& head, const Options& options);

  NodeState judge(NodeIndex node) const;
  // The nodes that `state:value` selects. Adds what dbt would warn of to `warnings`. Fails with
  // invalid_input where there is no such check, and with conflict where dbt refuses to go on.
  Result<NodeSet> search(std::string_view value, Findings& warnings) const;

  Rules rules() const { return judging_.rules; }
  const Pairing& pairing() const { return pairing_; }
  const MacroChanges& macros() const { return macros_; }
  const std::vector<RemovedContract>& removed() const { return removed_; }

 private:
  const model::Node* old_of(NodeIndex node) const;
  ContractChange contract(const model::Node* old, const model::Node& head) const;

  const model::Manifest& base_;
  const lineage::Graph& graph_;
  Judging judging_;
  Pairing pairing_;
  MacroChanges macros_;
  std::vector<RemovedContract> removed_;
};

// Unset rules: those of the dbt that wrote the head.
Rules rules_for(const model::Manifest& head, const Options& options);

Finding contract_finding(std::string_view unique_id, const std::vector<std::string>& breaks);
Finding removed_contract_finding(const RemovedContract& removed);
// nullopt unless the seed is too big for dbt to hash.
std::optional<Finding> big_seed_finding(const model::Node& old, const model::Node& head, bool changed);

}  // namespace vernier::compare
