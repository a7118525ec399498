// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "forge/api.h"
#include "forge/deliveries.h"
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
  // Only the repository's administrators may ask for a person's rights; others see who may be assigned and
  // which teams there are.
  bool tells_assignees = false;
  bool keeps_deliveries = false;  // tells which deliveries of webhooks failed, and repeats them
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
  Result<std::vector<FailedDelivery>> failed_deliveries() override;
  Status redeliver(const FailedDelivery& delivery) override;

 private:
  std::string in_repository(std::string_view rest) const { return repository_ + std::string(rest); }
  std::string commit_path(std::string_view commit) const;
  Result<std::string> put_status(const CheckOrder& order);
  Result<std::string> webhook();
  Result<HttpResponse> send_as_owner_of_webhook(const Call& call);
  Result<WriteAccess> access_of_assignee(const std::string& login);
  Result<bool> has_assignable_readers();

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
