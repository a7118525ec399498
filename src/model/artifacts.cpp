// SPDX-License-Identifier: Apache-2.0
#include "model/artifacts.h"

#include <fmt/format.h>

namespace vernier::model {

std::string_view to_string(RunType type) {
  return type == RunType::production ? "production" : "pull_request";
}

std::string_view to_string(ArtifactKind kind) {
  return kind == ArtifactKind::built ? "built" : "declared";
}

Result<RunType> parse_run_type(std::string_view text) {
  if (text == "production") return RunType::production;
  if (text == "pull_request") return RunType::pull_request;
  return invalid_input(
      fmt::format("unknown run type `{}`: give `production` or `pull_request`", text.substr(0, 80)));
}

Result<ArtifactKind> parse_artifact_kind(std::string_view text) {
  if (text == "built") return ArtifactKind::built;
  if (text == "declared") return ArtifactKind::declared;
  return invalid_input(fmt::format("unknown artifact kind `{}`", text.substr(0, 80)));
}

}  // namespace vernier::model
