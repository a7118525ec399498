// SPDX-License-Identifier: Apache-2.0
#include "forge/comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "forge/fields.h"

namespace vernier::forge {
namespace {

constexpr std::size_t pages_max = 10;         // of commits, a hundred each
constexpr std::size_t files_of_github = 300;  // that a comparison tells at most
constexpr std::size_t candidates_max = 20;    // for a merge base

std::string compare_path(const std::string& repository, std::string_view base, std::string_view head) {
  return fmt::format("{}/compare/{}...{}", repository, url_encode(base), url_encode(head));
}

Status add_commits(const Json& list, std::vector<Commit>& commits) {
  if (!list.is_array()) return invalid_input("`commits` is missing or no list");
  for (const Json& item : list)
    commits.push_back(TRY(read_commit(item)));
  return {};
}

Result<Json> gitea_comparison(Api& api, const std::string& repository, std::string_view base,
                              std::string_view head) {
  return api.get(compare_path(repository, base, head) + "?verification=false");
}

// The parents of the commits that are not among them, in the order of the commits, each once.
std::vector<model::CommitSha> outer_parents(const std::vector<Commit>& commits) {
  std::set<model::CommitSha> seen;
  for (const Commit& commit : commits)
    seen.insert(commit.sha);
  std::vector<model::CommitSha> parents;
  for (const Commit& commit : commits)
    for (const auto& parent : commit.parents)
      if (seen.insert(parent).second) parents.push_back(parent);
  return parents;
}

// The base branch may have been merged into the head, so that several commits of the base are parents of the
// head's; the merge base is the one of which the others are ancestors.
Result<model::CommitSha> newest_of(Api& api, const std::string& repository,
                                   const std::vector<model::CommitSha>& candidates) {
  model::CommitSha newest = candidates.front();
  const std::size_t count = std::min(candidates.size(), candidates_max);
  for (std::size_t i = 1; i < count; ++i) {
    const Json between = TRY(gitea_comparison(api, repository, newest.text(), candidates[i].text()));
    if (number_at(between, "total_commits") > 0) newest = candidates[i];
  }
  return newest;
}

// With nothing to compare the head is in the base already, and is the merge base itself.
Result<model::CommitSha> tip_of(Api& api, const std::string& repository, std::string_view reference) {
  const Json commit = TRY(api.get(fmt::format("{}/git/commits/{}?stat=false&verification=false&files=false",
                                              repository, url_encode(reference))));
  return require_commit(commit, "sha");
}

}  // namespace

Result<Commit> read_commit(const Json& json) {
  Commit commit;
  commit.sha = TRY(require_commit(json, "sha"));
  commit.message = text_at(json, "commit.message");
  const Json& parents = at(json, "parents");
  if (!parents.is_array()) return commit;
  for (const Json& parent : parents)
    commit.parents.push_back(TRY(require_commit(parent, "sha")));
  return commit;
}

void add_names(const Json& file, std::set<std::string>& names) {
  for (const char* const key : {"filename", "previous_filename"}) {
    std::string name = text_at(file, key);
    if (!name.empty()) names.insert(std::move(name));
  }
}

Result<CompareResult> compare_at_github(Api& api, const std::string& repository, std::string_view base,
                                        std::string_view head) {
  CompareResult result;
  std::set<std::string> names;
  std::size_t files = 0;
  std::size_t total = 1;
  for (std::size_t page = 1; page <= pages_max && result.commits.size() < total; ++page) {
    const Json answer =
        TRY(api.get(fmt::format("{}?per_page=100&page={}", compare_path(repository, base, head), page)));
    const std::size_t before = result.commits.size();
    TRY(add_commits(at(answer, "commits"), result.commits));
    total = static_cast<std::size_t>(std::max<std::int64_t>(0, number_at(answer, "total_commits")));
    if (page == 1) {
      result.merge_base = TRY(require_commit(answer, "merge_base_commit.sha"));
      for (const Json& file : at(answer, "files")) {
        add_names(file, names);
        ++files;
      }
    }
    if (result.commits.size() == before) break;
  }
  result.files.assign(names.begin(), names.end());
  result.complete = result.commits.size() >= total && files < files_of_github;
  return result;
}

Result<CompareResult> compare_at_gitea(Api& api, const std::string& repository, std::string_view base,
                                       std::string_view head) {
  CompareResult result;
  const Json answer = TRY(gitea_comparison(api, repository, base, head));
  if (at(answer, "commits").is_array()) TRY(add_commits(at(answer, "commits"), result.commits));
  std::set<std::string> names;
  for (const Json& commit : at(answer, "commits"))
    for (const Json& file : at(commit, "files"))
      add_names(file, names);
  result.files.assign(names.begin(), names.end());
  std::ranges::reverse(result.commits);
  const auto candidates = outer_parents(result.commits);
  if (!candidates.empty())
    result.merge_base = TRY(newest_of(api, repository, candidates));
  else if (result.commits.empty())
    result.merge_base = TRY(tip_of(api, repository, head));
  return result;
}

}  // namespace vernier::forge
