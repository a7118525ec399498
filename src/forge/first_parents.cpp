// SPDX-License-Identifier: Apache-2.0
#include "forge/first_parents.h"

namespace vernier::forge {
namespace {

constexpr int requests_max = 30;

}  // namespace

Result<std::vector<model::CommitSha>> walk_first_parents(const CommitCalls& calls,
                                                         const model::CommitSha& commit, std::size_t count) {
  std::vector<model::CommitSha> ancestors;
  Parents known;
  model::CommitSha current = commit;
  bool has_pages = true;
  for (int requests = 0; ancestors.size() < count;) {
    auto entry = known.find(current);
    if (entry == known.end()) {
      if (requests++ == requests_max) break;
      auto read = has_pages ? calls.page(current) : calls.one(current);
      if (has_pages && !read.ok() && read.error().kind == ErrorKind::not_found) {
        has_pages = false;
        read = calls.one(current);
      }
      known.merge(TRY(std::move(read)));
      entry = known.find(current);
    }
    if (entry == known.end() || entry->second.empty()) break;
    current = entry->second.front();
    ancestors.push_back(current);
  }
  return ancestors;
}

}  // namespace vernier::forge
