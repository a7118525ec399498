// SPDX-License-Identifier: Apache-2.0
#include "compare/fairness.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vernier::compare {
namespace {

std::string_view until_dot(std::string_view version, int dots) {
  std::size_t end = version.find('.');
  for (; dots > 1 && end != std::string_view::npos; --dots)
    end = version.find('.', end + 1);
  return version.substr(0, end);
}

// "macro:macro.dbt.x" and the like: dbt's own package and its adapters'.
bool is_built_in_macro(std::string_view reason, const std::vector<std::string>& packages) {
  static constexpr std::string_view prefix = "macro:macro.";
  return reason.starts_with(prefix) &&
         std::any_of(packages.begin(), packages.end(), [&](const std::string& package) {
           const std::string_view rest = reason.substr(prefix.size());
           return rest.starts_with(package) && rest.substr(package.size()).starts_with('.');
         });
}

std::vector<std::string> built_in_packages(const model::Manifest& base, const model::Manifest& head) {
  std::vector<std::string> packages = {"dbt"};
  for (const std::string& adapter : {base.adapter_type, head.adapter_type}) {
    packages.push_back("dbt_" + adapter);
    if (adapter == "redshift") packages.emplace_back("dbt_postgres");
    if (adapter == "databricks") packages.emplace_back("dbt_spark");
  }
  return packages;
}

std::string who_changed_by_dbt_alone(const model::Manifest& base, const model::Manifest& head,
                                     const std::vector<model::Change>& changes) {
  const std::vector<std::string> packages = built_in_packages(base, head);
  std::vector<std::string> names;
  for (const model::Change& change : changes)
    if (change.kind == model::ChangeKind::modified && !change.reasons.empty() &&
        std::all_of(change.reasons.begin(), change.reasons.end(),
                    [&](const std::string& reason) { return is_built_in_macro(reason, packages); }))
      names.push_back(change.unique_id);
  if (names.empty()) return "";
  constexpr std::size_t shown_max = 5;
  const std::size_t count = names.size();
  names.resize(std::min(count, shown_max));
  return fmt::format(" {} of the modified nodes differ only in macros that dbt ships: {}{}.", count,
                     join(names, ", "), count > shown_max ? ", ..." : "");
}

}  // namespace

Findings fairness_findings(const model::Manifest& base, const model::Manifest& head,
                           const std::vector<model::Change>& changes) {
  Findings findings;
  if (base.project_name != head.project_name && !base.project_name.empty() && !head.project_name.empty())
    findings.push_back({"projects_differ",
                        fmt::format("The base is of project {}, the head of project {}.", base.project_name,
                                    head.project_name),
                        ""});
  const bool engines_differ = until_dot(base.dbt_version, 1) != until_dot(head.dbt_version, 1);
  const bool versions_differ = until_dot(base.dbt_version, 2) != until_dot(head.dbt_version, 2);
  if (versions_differ)
    findings.push_back(
        {engines_differ ? "dbt_engines_differ" : "dbt_versions_differ",
         fmt::format(
             "The base was written by dbt {}, the head by dbt {}. {} differ between the two, so nodes "
             "can look changed that are not.{}",
             base.dbt_version, head.dbt_version,
             engines_differ ? "Ids of tests and sources, configurations and dbt's own macros"
                            : "dbt's own macros and the defaults that it writes down",
             who_changed_by_dbt_alone(base, head, changes)),
         ""});
  const auto is_metric = [](const model::Node& node) { return node.resource_type == "metric"; };
  if (base.schema_version < 10 && base.schema_version > 0 &&
      std::any_of(head.nodes.begin(), head.nodes.end(), is_metric))
    findings.push_back(
        {"base_metrics_not_read",
         fmt::format("The base has manifest schema v{}, whose metrics dbt does not read: every "
                     "metric of the head counts as new.",
                     base.schema_version),
         ""});
  if (base.adapter_type != head.adapter_type)
    findings.push_back({"adapters_differ",
                        fmt::format("The base was made for {}, the head for {}; macros of the two differ.",
                                    base.adapter_type, head.adapter_type),
                        ""});
  return findings;
}

}  // namespace vernier::compare
