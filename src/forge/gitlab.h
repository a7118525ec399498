// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "forge/api.h"
#include "forge/forge.h"

namespace vernier::forge {

class GitLab : public Forge {
 public:
  // `path` is the project's, percent-encoded: "acme%2Fshop".
  GitLab(std::unique_ptr<Api> api, const std::string& path);

  Result<std::string> login() override;
  Result<std::string> name() override;
  Result<model::PullRequest> pull_request(std::int64_t number) override;
  Result<std::vector<std::int64_t>> pull_requests_of(const model::CommitSha& head) override;
  Result<std::vector<std::string>> changed_files(std::int64_t number) override;
  Result<CompareResult> compare(std::string_view base, std::string_view head) override;
  Result<std::string> commit_message(const model::CommitSha& commit) override;
  Result<WriteAccess> write_access(const Event& event) override;
  Result<std::string> put_comment(std::int64_t number, const std::string& known_id, std::string_view marker,
                                  const std::string& body) override;
  Status add_comment(std::int64_t number, const std::string& body) override;
  Result<std::string> put_check(const CheckOrder& order) override;

 private:
  std::string in_project(std::string_view rest) const { return project_ + std::string(rest); }
  std::string notes_of(std::int64_t number) const;
  Result<std::int64_t> project_id();

  const std::unique_ptr<Api> api_;
  const std::string project_;  // its path: "/projects/acme%2Fshop"
  std::mutex mutex_;           // of the two below, which are asked for once
  std::string login_;
  std::int64_t project_id_ = 0;
  std::mutex comment_mutex_;
};

// The text with no line that GitLab would take for a command ("/close"): such a line is indented.
std::string without_quick_actions(std::string_view text);

}  // namespace vernier::forge
