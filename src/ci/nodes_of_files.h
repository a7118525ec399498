// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/manifest.h"

namespace vernier::ci {

// unique_ids of the nodes with rows that stand in, or are described by, the files (paths from the
// repository's root, of which the dbt project may be a folder); nullopt where a file may matter to nodes that
// it does not name (a macro, dbt_project.yml, something unknown).
std::optional<std::vector<std::string>> nodes_of_files(const model::Manifest& manifest,
                                                       const std::vector<std::string>& files);

}  // namespace vernier::ci
