// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "forge/api.h"
#include "forge/forge.h"

namespace vernier::forge {

// A commit as GitHub and Gitea write it.
Result<Commit> read_commit(const Json& json);

// Both names of a changed file, as GitHub and Gitea write them.
void add_names(const Json& file, std::set<std::string>& names);

// `repository` is the path "/repos/acme/shop".
Result<CompareResult> compare_at_github(Api& api, const std::string& repository, std::string_view base,
                                        std::string_view head);

// Gitea tells the commits and the files of each, but not where they come from: that is the commit among their
// parents from which all other parents descend no further.
Result<CompareResult> compare_at_gitea(Api& api, const std::string& repository, std::string_view base,
                                       std::string_view head);

}  // namespace vernier::forge
