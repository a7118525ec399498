// SPDX-License-Identifier: Apache-2.0
#include "ci/production.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "compare/compare.h"
#include "lineage/lineage.h"

namespace vernier::ci {
namespace {

constexpr std::size_t builds_compared_max = 8;
constexpr std::size_t names_shown_max = 5;

std::string ledger_name(const std::vector<std::string>& relation) {
  return to_lower(join(relation, "."));
}

// Nodes with a table, or an ephemeral one's SQL in it, that differ from one state of production to another.
std::set<std::string> changed_nodes(const model::Manifest& from, const model::Manifest& to) {
  const compare::Comparison comparison = compare::compare(from, to);
  std::set<std::string> ids;
  for (const auto* changes : {&comparison.changes, &comparison.compiled_only})
    for (const model::Change& change : *changes)
      if (change.kind != model::ChangeKind::downstream && has_table(change.resource_type))
        ids.insert(change.unique_id);
  return ids;
}

// Those of `changed` that are the node or stand above it.
std::vector<std::string> at_or_above(const lineage::Graph& graph, std::string_view unique_id,
                                     const std::set<std::string>& changed) {
  std::vector<std::string> found;
  const model::Node* node = graph.manifest().find(unique_id);
  if (!node) return found;
  const auto start = static_cast<lineage::NodeIndex>(node - graph.manifest().nodes.data());
  for (const lineage::Reached& reached :
       lineage::reach(graph, std::span(&start, 1), lineage::Direction::upstream)) {
    const std::string id(graph.manifest().nodes[reached.node].unique_id);
    if (changed.contains(id)) found.push_back(id);
  }
  return found;
}

std::string place_of(const std::optional<std::int64_t>& behind) {
  if (!behind) return "whose distance to the base is not known";
  if (*behind == 0) return "the base itself";
  return fmt::format("{} commit{} {}", std::abs(*behind), std::abs(*behind) == 1 ? "" : "s",
                     *behind > 0 ? "behind" : "ahead of");
}

// What the ledger says of the relations that one commit last built.
struct Group {
  model::LastBuild build;
  std::vector<std::string> names;  // models
  std::set<std::string> others;
  bool compared = true;  // whether `others` is all there is
};

std::string effect_of(const Group& group) {
  if (!group.compared) return "What changed in between is not known.";
  if (group.others.empty())
    return "Nothing at or above them changed in between, so the comparison is exact in effect.";
  return fmt::format("In between, others changed {}: the differences below show that too.",
                     short_names({group.others.begin(), group.others.end()}));
}

Finding stale_base(const Group& group, const model::CommitSha& base) {
  std::vector<std::string> names = group.names;
  const std::size_t all = names.size();
  names.resize(std::min(all, names_shown_max));
  const bool apart = group.build.behind && group.build.behind != 0;
  return {"stale_base",
          fmt::format("Production's {}{} {} last built from {}, {}{}. {}", join(names, ", "),
                      all > names.size() ? ", ..." : "", all == 1 ? "was" : "were",
                      group.build.commit_sha.abbreviated(), place_of(group.build.behind),
                      apart ? fmt::format(" the base {}", base.abbreviated()) : "", effect_of(group)),
          "", "production", group.build.commit_sha.text()};
}

// Commits from the build's to the base's; negative where the build is newer.
Result<std::optional<std::int64_t>> distance_to(store::Store& store, std::int64_t ci_config_id,
                                                const model::CommitSha& built, const model::CommitSha& base) {
  if (const auto behind = TRY(store.distance(ci_config_id, built, base))) return behind;
  const auto ahead = TRY(store.distance(ci_config_id, base, built));
  return ahead ? std::optional(-*ahead) : std::nullopt;
}

}  // namespace

std::string short_names(const std::vector<std::string>& unique_ids) {
  std::vector<std::string> names;
  for (const std::string& id : unique_ids) {
    if (names.size() == names_shown_max) {
      names.push_back("...");
      break;
    }
    names.push_back(id.substr(id.rfind('.') + 1));
  }
  return join(names, ", ");
}

Status record_builds(store::Store& store, const model::Upload& upload, const model::Manifest& manifest,
                     const dbt::RunResults& run_results) {
  std::vector<store::Build> builds;
  for (const std::string& unique_id : run_results.built) {
    const model::Node* node = manifest.find(unique_id);
    if (!node || node->materialized == "ephemeral") continue;
    store::Build build;
    build.relation = ledger_name(node->relation().parts());
    build.commit_sha = upload.commit_sha;
    build.upload_id = upload.id;
    build.built_at = run_results.generated_at.empty() ? upload.received_at : run_results.generated_at;
    builds.push_back(std::move(build));
  }
  return store.add_builds(upload.ci_config_id, builds);
}

Result<Findings> note_production(store::Store& store, Manifests& manifests,
                                 const ResolvedArtifacts& artifacts, const model::Manifest& base,
                                 DiffPlan& plan) {
  const std::int64_t ci_config_id = artifacts.base_upload->ci_config_id;
  const model::CommitSha& wanted = artifacts.base.wanted;
  std::map<std::string, store::Build> ledger;
  for (store::Build& build : TRY(store.builds(ci_config_id)))
    ledger.emplace(build.relation, std::move(build));
  if (ledger.empty()) return Findings();

  const lineage::Graph graph(base);
  std::map<std::int64_t, std::set<std::string>> changed_by_upload;
  std::map<std::string, Group> groups;  // by commit
  std::map<model::CommitSha, std::optional<std::int64_t>> distances;
  for (const DiffPlan::Entry& entry : plan.entries) {
    model::ReportedNode& node = plan.nodes[entry.node];
    const auto found = ledger.find(ledger_name(node.prod));
    if (found == ledger.end()) continue;
    const store::Build& build = found->second;
    model::LastBuild last;
    last.commit_sha = build.commit_sha;
    last.built_at = build.built_at;
    const auto known = distances.find(build.commit_sha);
    last.behind = known != distances.end() ? known->second
                                           : TRY(distance_to(store, ci_config_id, build.commit_sha, wanted));
    distances.emplace(build.commit_sha, last.behind);
    if (build.commit_sha != artifacts.base.used && changed_by_upload.size() < builds_compared_max &&
        !changed_by_upload.contains(build.upload_id)) {
      const auto upload = store.upload(build.upload_id);
      if (upload.ok()) {
        const SharedManifest built = TRY(manifests.of(*upload));
        changed_by_upload[build.upload_id] = changed_nodes(base, *built);
      }
    }
    const auto changed = changed_by_upload.find(build.upload_id);
    if (changed != changed_by_upload.end())
      node.others = at_or_above(graph, node.change.unique_id, changed->second);
    if (build.commit_sha != wanted && build.commit_sha != artifacts.base.used) {
      Group& group = groups[build.commit_sha.text()];
      group.build = last;
      group.names.push_back(node.change.name);
      group.others.insert(node.others.begin(), node.others.end());
      group.compared = group.compared && changed != changed_by_upload.end();
    }
    node.last_build = std::move(last);
  }
  Findings findings;
  for (const auto& [commit, group] : groups)
    findings.push_back(stale_base(group, wanted));
  return findings;
}

}  // namespace vernier::ci
