// SPDX-License-Identifier: Apache-2.0
#include "model/ci_run.h"

#include <fmt/format.h>

namespace vernier::model {
namespace {

constexpr RunStatus all_statuses[] = {RunStatus::waiting,  RunStatus::needs_confirmation,
                                      RunStatus::queued,   RunStatus::processing,
                                      RunStatus::done,     RunStatus::failed,
                                      RunStatus::cancelled};
constexpr ResolutionStep all_steps[] = {ResolutionStep::exact, ResolutionStep::ancestor,
                                        ResolutionStep::latest, ResolutionStep::none};

}  // namespace

std::string_view to_string(RunStatus status) {
  switch (status) {
    case RunStatus::waiting:
      return "waiting";
    case RunStatus::needs_confirmation:
      return "needs_confirmation";
    case RunStatus::queued:
      return "queued";
    case RunStatus::processing:
      return "processing";
    case RunStatus::done:
      return "done";
    case RunStatus::failed:
      return "failed";
    case RunStatus::cancelled:
      return "cancelled";
  }
  return "failed";
}

std::string_view to_string(ResolutionStep step) {
  switch (step) {
    case ResolutionStep::exact:
      return "exact";
    case ResolutionStep::ancestor:
      return "ancestor";
    case ResolutionStep::latest:
      return "latest";
    case ResolutionStep::none:
      return "none";
  }
  return "none";
}

Result<RunStatus> parse_run_status(std::string_view text) {
  for (const RunStatus status : all_statuses)
    if (to_string(status) == text) return status;
  return invalid_input(fmt::format("unknown run status `{}`", text));
}

Result<ResolutionStep> parse_resolution_step(std::string_view text) {
  for (const ResolutionStep step : all_steps)
    if (to_string(step) == text) return step;
  return invalid_input(fmt::format("unknown resolution step `{}`", text));
}

}  // namespace vernier::model
