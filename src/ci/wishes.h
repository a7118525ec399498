// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vernier::ci {

// A column that has another name in the pull request, as a commit message says.
struct Rename {
  std::string from;    // in production
  std::string to;      // in the pull request
  std::string models;  // a pattern over model names; empty: all
};

// What a run was told beside its commits.
struct Wishes {
  bool confirmed = false;           // diff also above the threshold
  bool all_downstream = false;      // as if Slim Diff were off
  std::vector<std::string> models;  // to be diffed whatever else says no, by name
  std::vector<Rename> renames;
};

// The text that a RunRecord keeps, and back.
std::string to_text(const Wishes& wishes);
Result<Wishes> parse_wishes(const std::string& text);

// The renames that commit messages ask for, a line each: "datafold remap OLD NEW [MODELS]", "X-Datafold:
// rename OLD NEW", "/datafold renamed OLD NEW" (client-api.md, "Renames"), the same with "vernier". Messages
// are oldest first; renames of renamed columns are chained.
std::vector<Rename> renames_in(const std::vector<std::string>& messages);

// Whether the newest commit message asks for no run: "datafold-skip-ci" or "vernier-skip-ci".
bool asks_to_skip(std::string_view message);

}  // namespace vernier::ci
