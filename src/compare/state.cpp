// SPDX-License-Identifier: Apache-2.0
#include "compare/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vernier::compare {
namespace {

using namespace std::string_view_literals;

// What a selector's value asks about a node.
enum class Check { added, old, modified, unmodified, body, configs, persisted, relation, macros, contract };

struct NamedCheck {
  std::string_view name;
  Check check;
};
constexpr std::array checks = {
    NamedCheck{"new", Check::added},
    NamedCheck{"old", Check::old},
    NamedCheck{"modified", Check::modified},
    NamedCheck{"unmodified", Check::unmodified},
    NamedCheck{"modified.body", Check::body},
    NamedCheck{"modified.configs", Check::configs},
    NamedCheck{"modified.persisted_descriptions", Check::persisted},
    NamedCheck{"modified.relation", Check::relation},
    NamedCheck{"modified.macros", Check::macros},
    NamedCheck{"modified.contract", Check::contract},
};

Result<Check> parse_check(std::string_view value) {
  std::vector<std::string> names;
  for (const NamedCheck& known : checks) {
    if (known.name == value) return known.check;
    names.emplace_back(known.name);
  }
  return invalid_input(fmt::format("state:{} is no state selector; use one of {}", value, join(names, ", ")));
}

// Whether the class of the node defines the check at all.
bool has_check(Check check, Kind kind) {
  switch (check) {
    case Check::body:
    case Check::persisted:
    case Check::contract:
      return is_parsed(kind);
    case Check::relation:
      return is_parsed(kind) || kind == Kind::source;
    case Check::configs:
      return kind != Kind::unit_test;
    default:
      return true;
  }
}

bool is_selected(Check check, const NodeState& state) {
  const bool is_new = !state.old;
  if (!has_check(check, state.kind)) return false;
  switch (check) {
    case Check::added:
      return is_new;
    case Check::old:
      return !is_new;
    case Check::modified:
      return state.modified;
    case Check::unmodified:
      return !state.modified;
    case Check::body:
      return is_new || state.differences.body;
    case Check::configs:
      return is_new || state.differences.config();
    case Check::persisted:
      return is_new || state.differences.persisted;
    case Check::relation:
      return is_new || state.differences.relation;
    case Check::macros:
      return state.macros == MacroVerdict::changed;
    case Check::contract:
      return is_new || state.contract.changed;
  }
  return false;
}

bool judges_contracts(Check check) {
  return check == Check::modified || check == Check::unmodified || check == Check::contract;
}

bool judges_macros(Check check) {
  return check == Check::modified || check == Check::unmodified || check == Check::macros;
}

bool judges_bodies(Check check) {
  return check == Check::modified || check == Check::unmodified || check == Check::body;
}

// dbt before 1.12 has no entry for constraints of type custom in its tables and fails over them.
bool stumbles_over_unknown_constraints(std::string_view dbt_version) {
  const std::vector<std::string> parts = split(dbt_version, '.');
  return parts.size() > 1 && parts[0] == "1" && parts[1].size() <= 2 &&
         (parts[1].size() < 2 || parts[1] < "12");
}

std::string day_of(const Options& options) {
  return options.today.empty() ? now_utc().substr(0, 10) : options.today;
}

Status refuse_break(const model::Manifest& head, const model::Node& node, const ContractChange& change) {
  if (change.unknown_constraint && stumbles_over_unknown_constraints(head.dbt_version))
    return conflict(fmt::format("dbt {} cannot judge the contract of {}: it lost a constraint of type custom",
                                head.dbt_version, node.unique_id));
  if (!change.breaks.empty() && !node.version.empty())
    return conflict(fmt::format("breaking change to the contract of versioned model {}: {}", node.unique_id,
                                join(change.breaks, "; ")));
  return {};
}

}  // namespace

Rules rules_for(const model::Manifest& head, const Options& options) {
  if (options.rules) return *options.rules;
  return head.dbt_version.starts_with("2.") || head.schema_version == 20 ? Rules::dbt2 : Rules::dbt1;
}

State::State(const model::Manifest& base, const lineage::Graph& head, const Options& options)
    : base_(base),
      graph_(head),
      judging_{rules_for(head.manifest(), options), options.more_unrendered},
      pairing_(pair_nodes(base, head.manifest(), judging_.rules)),
      macros_(base, head.manifest(), judging_.rules),
      removed_(removed_contracts(base, head.manifest(), day_of(options))) {}

const model::Node* State::old_of(NodeIndex node) const {
  const NodeIndex old = pairing_.base_of[node];
  return old == no_node ? nullptr : &base_.nodes[old];
}

ContractChange State::contract(const model::Node* old, const model::Node& head) const {
  if (!old || old->resource_type != "model" || head.resource_type != "model") return {};
  return contract_change(*old, head, graph_.manifest().adapter_type);
}

NodeState State::judge(NodeIndex node) const {
  const model::Node& head = graph_.manifest().nodes[node];
  NodeState state;
  state.old = old_of(node);
  state.kind = kind_of(head);
  if (state.old) state.differences = differences(*state.old, head, state.kind, judging_);
  state.contract = contract(state.old, head);
  state.macros = macros_.judge(head);
  const bool new_is_modified = !is_yaml_only(state.kind) || judging_.rules == Rules::dbt2;
  const bool contents = state.old ? state.differences.contents(state.kind) : new_is_modified;
  state.modified = contents || state.contract.changed || state.macros == MacroVerdict::changed;
  return state;
}

Result<NodeSet> State::search(std::string_view value, Findings& warnings) const {
  const Check check = TRY(parse_check(value));
  const model::Manifest& head = graph_.manifest();
  NodeSet found(head.nodes.size());
  for (NodeIndex i = 0; i < head.nodes.size(); ++i) {
    if (!graph_.contains(i)) continue;
    const NodeState state = judge(i);
    if (judges_macros(check) && state.macros == MacroVerdict::missing)
      return conflict(
          fmt::format("{} depends on a macro or test that does not exist", head.nodes[i].unique_id));
    if (judges_contracts(check)) {
      TRY(refuse_break(head, head.nodes[i], state.contract));
      if (!state.contract.breaks.empty())
        warnings.push_back(contract_finding(head.nodes[i].unique_id, state.contract.breaks));
    }
    if (judges_bodies(check) && state.kind == Kind::seed && state.old)
      if (auto finding = big_seed_finding(*state.old, head.nodes[i], state.differences.body))
        warnings.push_back(std::move(*finding));
    found[i] = is_selected(check, state);
  }
  if (!judges_contracts(check)) return found;
  for (const RemovedContract& removed : removed_) {
    if (removed.versioned) return conflict(fmt::format("breaking change: versioned {}", removed.what));
    warnings.push_back(removed_contract_finding(removed));
  }
  return found;
}

Finding contract_finding(std::string_view unique_id, const std::vector<std::string>& breaks) {
  return {"contract_broken",
          fmt::format("The contract of {} changed in a way that breaks its readers: {}.", unique_id,
                      join(breaks, "; ")),
          ""};
}

Finding removed_contract_finding(const RemovedContract& removed) {
  return {"contract_removed", fmt::format("Breaking change: {}.", removed.what), ""};
}

std::optional<Finding> big_seed_finding(const model::Node& old, const model::Node& head, bool changed) {
  if (head.checksum_name != "path") return std::nullopt;
  if (old.checksum_name != "path")
    return Finding{"seed_increased",
                   fmt::format("{} grew beyond 1 MiB, so dbt compares its path from now on, not its content.",
                               head.unique_id),
                   ""};
  if (changed)
    return Finding{
        "seed_path_changed",
        fmt::format("{} is larger than 1 MiB and moved, so dbt takes it for changed.", head.unique_id), ""};
  return Finding{"seed_not_compared",
                 fmt::format("{} is larger than 1 MiB, so dbt takes it for unchanged without looking at it.",
                             head.unique_id),
                 ""};
}

}  // namespace vernier::compare
