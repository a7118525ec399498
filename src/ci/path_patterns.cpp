// SPDX-License-Identifier: Apache-2.0
#include "ci/path_patterns.h"

#include <fnmatch.h>

#include "base/text.h"

namespace vernier::ci {
namespace {

bool matches_glob(const std::string& pattern, const std::string& path) {
  return ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0;
}

// Segment by segment, where "**" stands for any number of them.
bool matches_segments(const std::vector<std::string>& pattern, std::size_t p,
                      const std::vector<std::string>& path, std::size_t s) {
  for (; p < pattern.size(); ++p, ++s) {
    if (pattern[p] == "**") {
      // At the end it means everything inside, which is at least one segment.
      if (p + 1 == pattern.size()) return s < path.size();
      for (std::size_t skip = s; skip <= path.size(); ++skip)
        if (matches_segments(pattern, p + 1, path, skip)) return true;
      return false;
    }
    if (s >= path.size() || !matches_glob(pattern[p], path[s])) return false;
  }
  return s == path.size();
}

// One pattern against the path and all folders above it: what ignores a folder ignores all that is in it.
bool matches_one(std::string_view pattern, const std::vector<std::string>& segments) {
  const bool folders_only = pattern.ends_with('/');
  while (pattern.ends_with('/'))
    pattern.remove_suffix(1);
  const bool anchored = pattern.find('/') != std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  if (pattern.empty()) return false;
  const std::vector<std::string> parts = split(pattern, '/');
  for (std::size_t depth = 1; depth <= segments.size(); ++depth) {
    if (folders_only && depth == segments.size()) break;
    const std::vector<std::string> head(segments.begin(),
                                        segments.begin() + static_cast<std::ptrdiff_t>(depth));
    if (anchored ? matches_segments(parts, 0, head, 0) : matches_glob(parts[0], head.back())) return true;
  }
  return false;
}

}  // namespace

bool matches_path(const std::vector<std::string>& patterns, std::string_view path) {
  const std::vector<std::string> segments = split(path, '/');
  bool matched = false;
  for (const std::string& line : patterns) {
    std::string_view pattern = trim(line);
    if (pattern.empty() || pattern.starts_with('#')) continue;
    const bool takes_back = pattern.starts_with('!');
    if (takes_back) pattern.remove_prefix(1);
    if (pattern.starts_with('\\')) pattern.remove_prefix(1);
    if (matches_one(pattern, segments)) matched = !takes_back;
  }
  return matched;
}

}  // namespace vernier::ci
