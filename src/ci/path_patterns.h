// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vernier::ci {

// Whether gitignore patterns match a path from the repository's root ("docs/a/b.md"), themselves or by one of
// its folders; later patterns win, "!" takes back (git's documentation, gitignore, "PATTERN FORMAT").
bool matches_path(const std::vector<std::string>& patterns, std::string_view path);

}  // namespace vernier::ci
