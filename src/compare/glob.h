// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vernier::compare {

// Python's fnmatch: *, ?, [set] and [!set], over whole characters of UTF-8 and with no regard to slashes.
bool matches_glob(std::string_view pattern, std::string_view text);

// Python's Path.glob, held against one path: a pattern matches segment by segment, ** any folders.
class PathPattern {
 public:
  explicit PathPattern(std::string_view pattern);

  // The prefixes of `path` (folders, and the whole of it) that the pattern names, "." for the root.
  std::vector<std::string_view> matched_prefixes(std::string_view path) const;

 private:
  bool matches(const std::vector<std::string_view>& segments, std::size_t count, bool is_folder) const;

  std::vector<std::string> parts_;
  bool folders_only_ = false;
};

}  // namespace vernier::compare
