// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/comparison_text.h"
#include "model/manifest.h"

namespace vernier::cli {

struct ManifestPair {
  const model::Manifest& base;
  const model::Manifest& head;
  std::filesystem::path base_path;
  std::filesystem::path head_path;
};

// Old and new of everything that made the node a change, read from the two files. `name` is a unique_id or
// a name that one node alone has. Fails with invalid_input where it names no node or several.
Result<std::string> explain(const ManifestPair& pair, const compare::Comparison& comparison,
                            std::string_view name, const TextStyle& style);

}  // namespace vernier::cli
