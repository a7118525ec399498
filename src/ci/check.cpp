// SPDX-License-Identifier: Apache-2.0
#include "ci/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "datadiff/datadiff.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

using forge::CheckState;
using model::DiffResult;
using model::ResolutionStep;
using model::RunStatus;

bool has_warning(const model::CiRun& run, std::string_view code) {
  return std::any_of(run.warnings.begin(), run.warnings.end(),
                     [&](const Finding& finding) { return finding.code == code; });
}

template <typename Predicate>
bool any_diff(const model::CiRun& run, Predicate predicate) {
  return std::any_of(run.models.begin(), run.models.end(),
                     [&](const model::ReportedNode& node) { return predicate(node.diff); });
}

// The state of a run that is done, worst first, and the rule that failed it.
std::pair<CheckState, std::string> outcome(const model::CiRun& run, const model::CiConfig& config) {
  const bool errors = any_diff(run, [](const auto& diff) { return diff.result == DiffResult::error; });
  const bool keys = any_diff(run, [](const auto& diff) { return diff.result == DiffResult::bad_pks; });
  const bool differs = any_diff(run, [](const auto& diff) { return datadiff::has_differences(diff); });
  const bool nothing = run.pr.step == ResolutionStep::none || run.base.step == ResolutionStep::none;
  const bool stale = run.base.step == ResolutionStep::ancestor || run.base.step == ResolutionStep::latest ||
                     has_warning(run, "stale_base");
  if (errors && config.fail_on_errors) return {CheckState::failure, "a table could not be compared"};
  if (keys && config.fail_on_key_issues) return {CheckState::failure, "a primary key is null or not unique"};
  if (differs && config.fail_on_differences) return {CheckState::failure, "differences fail this check"};
  const bool earlier_head = run.pr.step == ResolutionStep::latest;
  if ((nothing && run.models.empty()) || (earlier_head && config.fail_on_missing_artifacts))
    return config.fail_on_missing_artifacts
               ? std::pair(CheckState::action_required, std::string("upload the missing artifacts"))
               : std::pair(CheckState::neutral, std::string("artifacts are missing"));
  if (stale && config.fail_on_stale_base) return {CheckState::failure, "the base is not exact"};
  return {errors || keys || differs ? CheckState::neutral : CheckState::success, ""};
}

}  // namespace

std::string check_name(const model::CiConfig& config) {
  return "vernier/" + config.name;
}

forge::CheckOrder check_of(const model::CiRun& run, const model::CiConfig& config,
                           const std::string& report) {
  forge::CheckOrder order;
  order.context = check_name(config);
  order.url = run.url;
  order.branch = run.pr_branch;
  std::string note;
  switch (run.status) {
    case RunStatus::waiting:
      order.state = CheckState::waiting;
      note = fmt::format("waiting for the artifacts of {}", run.pr_sha.abbreviated());
      break;
    case RunStatus::queued:
      order.state = CheckState::waiting;
      note = "queued";
      break;
    case RunStatus::processing:
      order.state = CheckState::running;
      note = "comparing";
      break;
    case RunStatus::needs_confirmation:
      order.state = CheckState::confirmation;
      note = fmt::format("{} tables to diff: comment `/vernier confirm` to start", run.diffs_planned);
      break;
    case RunStatus::failed:
      order.state = CheckState::error;
      note = "the comparison itself failed: " + run.failure;
      break;
    case RunStatus::cancelled:
      order.state = CheckState::cancelled;
      note = "cancelled";
      break;
    case RunStatus::done: {
      std::tie(order.state, note) = outcome(run, config);
      const std::string verdict = report::verdict(run);
      note = note.empty() ? verdict : fmt::format("{} ({})", verdict, note);
      break;
    }
  }
  order.description = note;
  if (run.status == RunStatus::done || run.status == RunStatus::needs_confirmation) order.summary = report;
  return order;
}

}  // namespace vernier::ci
