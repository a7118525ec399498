// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "forge/api.h"
#include "forge/forge.h"

namespace vernier::forge {

// In what the forges that speak GitHub's language differ.
struct Dialect {
  std::string forge;  // its name, for messages
  Paging paging;
  std::string token_scheme;    // "Bearer" or "token"
  std::string commits;         // the folder of single commits: "/commits/" or "/git/commits/"
  std::string commit_options;  // of requests for commits: leaves out what is costly and not looked at
  bool compares_fully =
      true;  // tells merge base and files of a comparison, and the pull requests of a commit
  std::size_t description_characters_max = 140;  // of a commit status
  // Only an administrator may ask for a person's rights, but others see who is a collaborator and who may be
  // assigned; both together is whoever may write, or an invited reader whose team reads too.
  bool tells_assignees = false;
};

const Dialect& github_dialect();
const Dialect& gitea_dialect();
const Dialect& forgejo_dialect();

// GitHub, Gitea and Forgejo. With an App, results are check runs, else commit statuses.
class GitHub : public Forge {
 public:
  // `app` is the Api's credentials where they are an App's, else null.
  GitHub(const Dialect& dialect, std::unique_ptr<Api> api, AppCredentials* app, const std::string& name);

  Result<std::string> login() override;
  Result<model::PullRequest> pull_request(std::int64_t number) override;
  Result<std::vector<std::int64_t>> pull_requests_of(const model::CommitSha& head) override;
  Result<std::vector<std::string>> changed_files(std::int64_t number) override;
  Result<CompareResult> compare(std::string_view base, std::string_view head) override;
  Result<std::string> commit_message(const model::CommitSha& commit) override;
  Result<bool> may_write(const Event& event) override;
  Result<std::string> put_comment(std::int64_t number, const std::string& known_id, std::string_view marker,
                                  const std::string& body) override;
  Status add_comment(std::int64_t number, const std::string& body) override;
  Result<std::string> put_check(const CheckOrder& order) override;

 private:
  std::string in_repository(std::string_view rest) const { return repository_ + std::string(rest); }
  std::string commit_path(std::string_view commit) const;
  Result<std::string> put_status(const CheckOrder& order);
  Result<bool> is_writing_collaborator(const std::string& login);

  const Dialect& dialect_;
  const std::unique_ptr<Api> api_;
  AppCredentials* const app_;
  const std::string owner_;
  const std::string repository_;  // its path: "/repos/acme/shop"
  std::mutex login_mutex_;
  std::string login_;
  std::mutex comment_mutex_;
};

}  // namespace vernier::forge
