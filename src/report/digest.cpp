// SPDX-License-Identifier: Apache-2.0
#include "report/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "report/report.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

using model::ChangeKind;
using model::DiffResult;
using model::ResolutionStep;
using model::RunStatus;

std::int64_t rows_touched(const TableDiff& diff) {
  return diff.pks.exclusives[0] + diff.pks.exclusives[1] + diff.values.rows_with_differences;
}

bool differs(const TableDiff& diff) {
  if (diff.result == DiffResult::different) return true;
  return diff.has_figures() && (rows_touched(diff) > 0 || !schema_changes(diff).empty());
}

// The part of the table that changed: a hundred rows of a thousand are worse than of a million.
double share_touched(const TableDiff& diff) {
  const auto rows = std::max({diff.pks.total_rows[0], diff.pks.total_rows[1], std::int64_t{1}});
  return static_cast<double>(rows_touched(diff)) / static_cast<double>(rows);
}

void sort_worst_first(NodeList& nodes) {
  const auto rank = [](const ReportedNode* node) {
    return std::tuple(outcome(*node), -share_touched(node->diff), -rows_touched(node->diff),
                      node->change.distance, std::string_view(node->change.unique_id));
  };
  std::sort(nodes.begin(), nodes.end(), [&](auto* a, auto* b) { return rank(a) < rank(b); });
}

std::string base_remark(const CiRun& run) {
  if (run.base.step == ResolutionStep::exact || run.base.step == ResolutionStep::none) return "";
  if (run.base.nodes_between && run.base.nodes_between->empty()) return "";  // exact in effect
  if (run.base.step == ResolutionStep::ancestor && run.base.behind)
    return fmt::format(", base {} behind", counted(*run.base.behind, "commit"));
  return ", base not exact";
}

std::string done_verdict(const CiRun& run, const Digest& digest) {
  std::int64_t compared = 0;
  std::int64_t differ = 0;
  std::int64_t equal_in_sample = 0;
  for (const ReportedNode& node : run.models) {
    const bool two_sided = node.change.kind != ChangeKind::added && node.change.kind != ChangeKind::removed;
    if (!has_table(node) || !two_sided || !node.diff.has_figures()) continue;
    ++compared;
    if (differs(node.diff))
      ++differ;
    else if (node.diff.sampling)
      ++equal_in_sample;
  }
  const std::int64_t fresh = digest.count(Outcome::added);
  const std::int64_t removed = digest.count(Outcome::removed);
  const std::int64_t not_compared = digest.count(Outcome::not_compared);
  const std::int64_t failed = digest.count(Outcome::failed);
  const std::int64_t both = compared + not_compared + failed;

  std::vector<std::string> parts;
  if (compared > 0 && differ == 0 && compared == both)
    parts.push_back(both == 1 ? "the 1 model is equal" : fmt::format("all {} models are equal", both));
  else if (both > 0 && compared > 0)
    parts.push_back(
        fmt::format("{} of {} {}", differ, counted(both, "model"), differ == 1 ? "differs" : "differ"));
  else if (both > 0)
    parts.push_back(fmt::format("{} changed, none compared", counted(both, "model")));
  if (equal_in_sample > 0) parts.push_back(fmt::format("{} equal in a sample only", equal_in_sample));
  if (const auto keys = digest.count(Outcome::key_problem))
    parts.push_back(fmt::format("{} with key problems", keys));
  if (fresh > 0) parts.push_back(fmt::format("{} new", fresh));
  if (removed > 0) parts.push_back(fmt::format("{} removed", removed));
  if (failed > 0) parts.push_back(counted(failed, "error"));
  if (not_compared > 0 && compared > 0) parts.push_back(fmt::format("{} not compared", not_compared));
  if (parts.empty() && run.pr.step == ResolutionStep::none)
    return "Data diff: nothing compared, the head's artifacts are missing";
  if (parts.empty() && run.base.step == ResolutionStep::none) return "Data diff: nothing to compare with";
  if (parts.empty()) return "Data diff: no model changed";
  const char* earlier = run.pr.step == ResolutionStep::latest ? ", of an earlier head" : "";
  return "Data diff: " + join(parts, ", ") + earlier + (compared > 0 ? base_remark(run) : "");
}

std::string verdict_of(const CiRun& run, const Digest& digest) {
  switch (run.status) {
    case RunStatus::waiting:
      return "Data diff: waiting for artifacts";
    case RunStatus::needs_confirmation:
      return "Data diff: waiting for confirmation";
    case RunStatus::queued:
      return "Data diff: queued";
    case RunStatus::processing:
      return "Data diff: running";
    case RunStatus::failed:
      return "Data diff: failed";
    case RunStatus::cancelled:
      return "Data diff: cancelled";
    case RunStatus::done:
      break;
  }
  return done_verdict(run, digest);
}

}  // namespace

bool has_table(const ReportedNode& node) {
  const std::string& type = node.change.resource_type;
  return type == "model" || type == "seed" || type == "snapshot";
}

Outcome outcome(const ReportedNode& node) {
  const TableDiff& diff = node.diff;
  if (diff.result == DiffResult::error) return Outcome::failed;
  if (diff.result == DiffResult::bad_pks) return Outcome::key_problem;
  if (node.change.kind == ChangeKind::added) return Outcome::added;
  if (node.change.kind == ChangeKind::removed) return Outcome::removed;
  if (differs(diff)) return Outcome::different;
  return diff.has_figures() ? Outcome::equal : Outcome::not_compared;
}

bool is_test(const ReportedNode& node) {
  return node.change.resource_type == "test" || node.change.resource_type == "unit_test";
}

std::string_view label(Outcome outcome) {
  switch (outcome) {
    case Outcome::failed:
      return "error";
    case Outcome::key_problem:
      return "key problem";
    case Outcome::different:
      return "differs";
    case Outcome::added:
      return "new";
    case Outcome::removed:
      return "removed";
    case Outcome::not_compared:
      return "not compared";
    case Outcome::equal:
      return "equal";
  }
  return "";
}

std::string state_text(const ReportedNode& node) {
  const Outcome result = outcome(node);
  std::string text(label(result));
  if (node.diff.result == DiffResult::missing_pks) text += ", no key";
  if (result != Outcome::added && result != Outcome::removed)
    text += ", " + std::string(model::to_string(node.change.kind));
  return text;
}

std::int64_t Digest::count(Outcome wanted) const {
  const auto in = [&](const NodeList& list) {
    return std::count_if(list.begin(), list.end(), [&](auto* node) { return outcome(*node) == wanted; });
  };
  return in(tables) + in(not_compared) + in(equal);
}

Digest digest(const CiRun& run) {
  Digest digest;
  for (const ReportedNode& node : run.models) {
    if (node.change.kind == ChangeKind::downstream) {
      if (is_test(node))
        ++digest.downstream_tests;
      else
        digest.downstream.push_back(&node);
    }
    if (!has_table(node)) {
      if (node.change.kind != ChangeKind::downstream) digest.others.push_back(&node);
    } else if (outcome(node) == Outcome::not_compared) {
      digest.not_compared.push_back(&node);
    } else if (outcome(node) == Outcome::equal) {
      digest.equal.push_back(&node);
    } else {
      digest.tables.push_back(&node);
    }
  }
  for (NodeList* list : {&digest.tables, &digest.not_compared, &digest.equal, &digest.others})
    sort_worst_first(*list);
  std::stable_sort(digest.downstream.begin(), digest.downstream.end(), [](auto* a, auto* b) {
    return std::tie(a->change.distance, a->change.unique_id) <
           std::tie(b->change.distance, b->change.unique_id);
  });
  digest.verdict = verdict_of(run, digest);
  return digest;
}

std::string verdict(const CiRun& run) {
  return digest(run).verdict;
}

std::string status_sentence(const CiRun& run) {
  switch (run.status) {
    case RunStatus::waiting:
      return "The comparison starts by itself when the artifacts arrive; this report is then updated.";
    case RunStatus::needs_confirmation:
      return fmt::format(
          "{} to compare, which is more than are compared without asking. To start the comparison, comment "
          "/vernier confirm, set the label vernier:confirm, or POST to /api/v1/ci/{}/runs/{}/confirm.",
          counted(run.diffs_planned, "table"), run.ci_config_id, run.id);
    case RunStatus::queued:
      return "The artifacts are here; the comparison starts when a worker is free.";
    case RunStatus::processing:
      return "The comparison is running; this report is updated when it ends.";
    case RunStatus::failed:
      return run.failure.empty() ? "The run ended with an error of its own, not of a model."
                                 : "The run could not be completed: " + run.failure + ".";
    case RunStatus::cancelled:
      return run.failure.empty() ? "A newer commit or a new trigger took this run's place." : run.failure;
    case RunStatus::done:
      break;
  }
  return "";
}

std::optional<Picture> picture(const Digest& digest, std::size_t nodes_max) {
  std::set<std::string_view> parents;
  for (const ReportedNode* node : digest.downstream)
    parents.insert(node->change.reasons.begin(), node->change.reasons.end());

  Picture drawn;
  const auto draw = [&](const ReportedNode* node) {
    if (drawn.nodes.size() < nodes_max)
      drawn.nodes.push_back(node);
    else
      ++drawn.left_out;
  };
  for (const NodeList* list : {&digest.tables, &digest.not_compared, &digest.equal, &digest.others})
    for (const ReportedNode* node : *list)
      if (node->change.kind != ChangeKind::downstream && parents.contains(node->change.unique_id)) draw(node);
  for (const ReportedNode* node : digest.downstream)
    draw(node);

  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < drawn.nodes.size(); ++i)
    places.emplace(drawn.nodes[i]->change.unique_id, i);
  for (std::size_t i = 0; i < drawn.nodes.size(); ++i) {
    if (drawn.nodes[i]->change.kind != ChangeKind::downstream) continue;
    for (const std::string& parent : drawn.nodes[i]->change.reasons)
      if (const auto found = places.find(parent); found != places.end() && found->second != i)
        drawn.edges.push_back({found->second, i});
  }
  if (drawn.edges.empty()) return std::nullopt;
  return drawn;
}

}  // namespace vernier::report
