// SPDX-License-Identifier: Apache-2.0
#include "forge/pull_request_fields.h"

#include "forge/fields.h"

namespace vernier::forge {

model::PullRequest pull_request_of(const Json& json) {
  model::PullRequest pull;
  pull.number = number_at(json, "number");
  pull.open = text_at(json, "state") == "open";
  pull.title = text_at(json, "title");
  pull.author = text_at(json, "user.login");
  pull.url = text_at(json, "html_url");
  pull.head_branch = text_at(json, "head.ref");
  pull.head_sha = commit_at(json, "head.sha");
  pull.base_branch = text_at(json, "base.ref");
  pull.base_sha = commit_at(json, "base.sha");
  pull.merge_base = commit_at(json, "merge_base");
  pull.merge_commit_sha = commit_at(json, "merge_commit_sha");
  // The head's repository is null where the fork is gone.
  pull.from_fork = text_at(json, "head.repo.full_name") != text_at(json, "base.repo.full_name");
  for (const Json& label : at(json, "labels"))
    pull.labels.push_back(text_at(label, "name"));
  return pull;
}

model::PullRequest merge_request_of(const Json& delivery) {
  const Json& json = at(delivery, "object_attributes");
  model::PullRequest pull;
  pull.number = number_at(json, "iid");
  pull.open = text_at(json, "state") == "opened";
  pull.title = text_at(json, "title");
  pull.url = text_at(json, "url");
  pull.head_branch = text_at(json, "source_branch");
  pull.head_sha = commit_at(json, "last_commit.id");
  pull.base_branch = text_at(json, "target_branch");
  pull.head_project_id = number_at(json, "source_project_id");
  pull.from_fork = pull.head_project_id != number_at(json, "target_project_id");
  for (const Json& label : at(delivery, "labels"))
    pull.labels.push_back(text_at(label, "title"));
  return pull;
}

}  // namespace vernier::forge
