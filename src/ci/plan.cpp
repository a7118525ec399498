// SPDX-License-Identifier: Apache-2.0
#include "ci/plan.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/text.h"
#include "ci/check_upload.h"
#include "dbt/dbt.h"

namespace vernier::ci {
namespace {

using model::ChangeKind;

// Why a node's table is not diffed, as far as the node itself tells; empty where it is.
std::string reason_not_to_diff(const model::Change& change, const model::Node* base, const model::Node* head,
                               const dbt::DatadiffSettings& settings, bool slim_diff, bool wished) {
  if (!has_table(change.resource_type))
    return fmt::format("a {} has no rows to compare", change.resource_type);
  if (change.kind == ChangeKind::added || !base)
    return "new in this pull request: production has nothing to compare it with";
  if (change.kind == ChangeKind::removed || !head)
    return "removed in this pull request: its production table is no longer built";
  if (head->materialized == "ephemeral" || base->materialized == "ephemeral")
    return "an ephemeral model has no table of its own; its readers show the effect";
  if (wished) return {};
  if (settings.never_diff) return "its meta.datafold.datadiff.never_diff is true";
  if (change.kind == ChangeKind::downstream && slim_diff && settings.slim_diff != "diff_when_downstream")
    return "downstream only, and Slim Diff compares modified models alone";
  return {};
}

datadiff::DiffRequest diff_request(const model::Node& base, const model::Node& head,
                                   const dbt::PrimaryKey& key, const dbt::DatadiffSettings& settings,
                                   const model::CiConfig& config, const model::DataSource& source,
                                   const Wishes& wishes) {
  datadiff::DiffRequest request;
  const std::string name(head.name);
  for (const Rename& rename : wishes.renames)
    if (rename.models.empty() || ::fnmatch(rename.models.c_str(), name.c_str(), 0) == 0)
      request.column_map.push_back({rename.from, rename.to});
  request.tables = {base.relation().parts(), head.relation().parts()};
  request.pk_columns = key.columns;
  request.include_columns = settings.include_columns;
  request.exclude_columns = settings.exclude_columns;
  request.ignore_patterns = config.columns_to_ignore;
  request.filters = {settings.filter, settings.filter};
  request.float_tolerance = source.float_tolerance;
  if (!settings.time_column.empty())
    request.time = datadiff::TimeWish{.column = settings.time_column,
                                      .since = {},
                                      .until = {},
                                      .unit = datadiff::TimeUnit::day,
                                      .must = false};
  return request;
}

// None of the databases that are compared keeps the past of its tables.
void append_time_travel_warning(const dbt::DatadiffSettings& settings, model::TableDiff& diff) {
  for (const auto& [name, wanted] : {std::pair("prod_time_travel", &settings.prod_time_travel),
                                     std::pair("pr_time_travel", &settings.pr_time_travel)})
    if (!wanted->empty())
      diff.findings.push_back(
          {"time_travel",
           fmt::format("`{}` was not followed: this database has its tables as they are now, and those "
                       "were compared.",
                       name),
           ""});
}

bool is_wished(const Wishes& wishes, const std::string& name) {
  return std::find(wishes.models.begin(), wishes.models.end(), name) != wishes.models.end();
}

// The changes, and beside them the models that somebody asked for though nothing changed in them.
std::vector<model::Change> with_wished(std::vector<model::Change> changes, const model::Manifest& head,
                                       const Wishes& wishes) {
  if (wishes.models.empty()) return changes;
  std::set<std::string> there;
  for (const model::Change& change : changes)
    there.insert(change.unique_id);
  for (const model::Node& node : head.nodes)
    if (has_table(node.resource_type) && is_wished(wishes, std::string(node.name)) &&
        !there.contains(std::string(node.unique_id)))
      changes.push_back({std::string(node.unique_id),
                         std::string(node.name),
                         std::string(node.resource_type),
                         ChangeKind::modified,
                         {"requested"},
                         0});
  return changes;
}

void append_key_warnings(const dbt::PrimaryKey& key, model::TableDiff& diff) {
  for (const std::string& warning : key.warnings)
    diff.findings.push_back({"primary_key", warning, ""});
}

// Whether the pull request's artifacts name production's own relations, for changed models or not: built or
// compiled with production's target, they would compare every table with itself.
std::optional<Finding> wrong_target(const model::Manifest& base, const model::Manifest& head) {
  SharedRelations both = shared_relations(base, head);
  std::vector<std::string>& shared = both.names;
  if (shared.empty()) return std::nullopt;
  const std::size_t all = shared.size();
  shared.resize(std::min<std::size_t>(all, 5));
  return Finding{
      "wrong_target",
      fmt::format("The pull request's artifacts name production's own relations for {} of {} models, "
                  "seeds and snapshots ({}{}), so those cannot be compared. Build the pull request with "
                  "its own target and upload again.",
                  all, both.tables, join(shared, ", "), all > shared.size() ? ", ..." : ""),
      "", "pull_request", ""};
}

// 0 is worst.
int severity(const model::ReportedNode& node) {
  switch (node.diff.result) {
    case model::DiffResult::error:
      return 0;
    case model::DiffResult::bad_pks:
      return 1;
    case model::DiffResult::different:
      return 2;
    case model::DiffResult::missing_pks:
      return 3;
    case model::DiffResult::not_diffed:
      return has_table(node.change.resource_type) ? 4 : 7;
    case model::DiffResult::empty:
      return 5;
    case model::DiffResult::identical:
      return 6;
  }
  return 7;
}

std::int64_t rows_affected(const model::TableDiff& diff) {
  return diff.pks.exclusives[0] + diff.pks.exclusives[1] + diff.values.rows_with_differences;
}

}  // namespace

bool has_table(std::string_view resource_type) {
  return resource_type == "model" || resource_type == "seed" || resource_type == "snapshot";
}

DiffPlan plan_diffs(const std::vector<model::Change>& changes, const model::Manifest& base,
                    const model::Manifest& head, const model::CiConfig& config,
                    const model::DataSource& source, const Wishes& wishes) {
  DiffPlan plan;
  const bool slim_diff = config.slim_diff && !wishes.all_downstream;
  const std::vector<dbt::PrimaryKey> keys = dbt::primary_keys(head, config.primary_key_tag);
  for (const model::Change& change : with_wished(changes, head, wishes)) {
    const model::Node* before = base.find(change.unique_id);
    const model::Node* after = change.kind == ChangeKind::removed ? nullptr : head.find(change.unique_id);
    model::ReportedNode node;
    node.change = change;
    if (before && has_table(change.resource_type)) node.prod = before->relation().parts();
    if (after && has_table(change.resource_type)) node.pr = after->relation().parts();
    const dbt::DatadiffSettings settings = after ? dbt::datadiff_settings(*after) : dbt::DatadiffSettings();
    node.diff.findings = settings.findings;
    node.diff.why =
        reason_not_to_diff(change, before, after, settings, slim_diff, is_wished(wishes, change.name));
    if (node.diff.why.empty() && before->relation() == after->relation()) {
      node.diff.why = fmt::format(
          "both sides name the same relation, {}: the pull request's artifacts point to production",
          join(node.prod, "."));
    }
    if (node.diff.why.empty()) {
      const dbt::PrimaryKey& key = keys[static_cast<std::size_t>(after - head.nodes.data())];
      append_key_warnings(key, node.diff);
      append_time_travel_warning(settings, node.diff);
      plan.entries.push_back(
          {plan.nodes.size(), diff_request(*before, *after, key, settings, config, source, wishes)});
    }
    plan.nodes.push_back(std::move(node));
  }
  if (auto finding = wrong_target(base, head)) plan.warnings.push_back(std::move(*finding));
  return plan;
}

void sort_worst_first(std::vector<model::ReportedNode>& nodes) {
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const model::ReportedNode& a, const model::ReportedNode& b) {
                     return std::make_tuple(severity(a), -rows_affected(a.diff), a.change.kind,
                                            std::string_view(a.change.unique_id)) <
                            std::make_tuple(severity(b), -rows_affected(b.diff), b.change.kind,
                                            std::string_view(b.change.unique_id));
                   });
}

}  // namespace vernier::ci
