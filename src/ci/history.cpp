// SPDX-License-Identifier: Apache-2.0
#include "ci/history.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

namespace vernier::ci {
namespace {

// First parents from `commit` back through `commits`, nearest first, the first one outside of them included.
std::vector<model::CommitSha> chain_from(const model::CommitSha& commit,
                                         const std::vector<forge::Commit>& commits) {
  std::map<model::CommitSha, model::CommitSha> first_parents;
  for (const forge::Commit& one : commits)
    if (!one.parents.empty()) first_parents.emplace(one.sha, one.parents.front());
  std::vector<model::CommitSha> chain;
  for (auto at = first_parents.find(commit); at != first_parents.end() && chain.size() < commits.size();
       at = first_parents.find(chain.back()))
    chain.push_back(at->second);
  return chain;
}

// Commits of production uploads, the newest first, each once.
Result<std::vector<model::CommitSha>> production_commits(store::Store& store, std::int64_t ci_config_id) {
  constexpr std::size_t commits_max = 5;
  store::UploadFilter filter;
  filter.run_type = model::RunType::production;
  std::vector<model::CommitSha> commits;
  for (const model::Upload& upload : TRY(store.uploads(ci_config_id, filter)))
    if (commits.size() < commits_max &&
        std::find(commits.begin(), commits.end(), upload.commit_sha) == commits.end())
      commits.push_back(upload.commit_sha);
  return commits;
}

}  // namespace

Result<bool> History::learn(const model::CiConfig& config, const model::CommitSha& commit) {
  if (!has_forge(config) || commit.empty()) return true;
  const std::int64_t ci_config_id = config.id;
  store::Store& store = store_;
  const auto opened = TRY(forges_.of(config));
  forge::Forge& forge = *opened;
  for (const model::CommitSha& built : TRY(production_commits(store, ci_config_id))) {
    if (built == commit || TRY(store.distance(ci_config_id, built, commit)).has_value()) return true;
    if (TRY(store.distance(ci_config_id, commit, built)).has_value()) continue;  // known to be ahead
    auto compared = forge.compare(built.text(), commit.text());
    // The history only makes the ladder longer: a run goes on without it.
    if (!compared.ok()) {
      spdlog::warn("history of {}: {}", commit.abbreviated(), compared.error().message);
      if (may_pass(compared.error())) return false;  // nor will it answer the next question
      continue;
    }
    if (compared->merge_base == built) {
      TRY(store.add_ancestors(ci_config_id, commit, chain_from(commit, compared->commits)));
      return true;
    }
    if (compared->merge_base != commit) continue;
    // Production is ahead of the pull request's base.
    compared = forge.compare(commit.text(), built.text());
    if (compared.ok()) TRY(store.add_ancestors(ci_config_id, built, chain_from(built, compared->commits)));
  }
  return true;
}

std::optional<std::vector<std::string>> History::files_between(const model::CiConfig& config,
                                                               const model::CommitSha& from,
                                                               const model::CommitSha& to) {
  if (!has_forge(config)) return std::nullopt;
  const auto forge = forges_.of(config);
  if (!forge.ok()) return std::nullopt;
  auto compared = (*forge)->compare(from.text(), to.text());
  if (!compared.ok()) {
    spdlog::warn("files between {} and {}: {}", from.abbreviated(), to.abbreviated(),
                 compared.error().message);
    return std::nullopt;
  }
  if (!compared->complete || compared->files.empty()) return std::nullopt;
  return std::move(compared->files);
}

}  // namespace vernier::ci
