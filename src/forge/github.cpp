// SPDX-License-Identifier: Apache-2.0
#include "forge/github.h"

#include <fmt/format.h>

#include "base/text.h"
#include "forge/check_run.h"
#include "forge/comparison.h"
#include "forge/fields.h"
#include "forge/one_comment.h"
#include "forge/pull_request_fields.h"
#include "forge/text_limits.h"

namespace vernier::forge {
namespace {

Comment read_comment(const Json& json) {
  return {number_at(json, "id"), text_at(json, "user.login"), text_at(json, "body")};
}

// Four states, for forges without check runs. Gitea's "warning" would turn the whole commit red.
std::string status_of(CheckState state) {
  switch (state) {
    case CheckState::waiting:
    case CheckState::running:
      return "pending";
    case CheckState::success:
    case CheckState::neutral:
      return "success";
    case CheckState::failure:
      return "failure";
    case CheckState::action_required:
    case CheckState::cancelled:
    case CheckState::error:
      break;
  }
  return "error";
}

}  // namespace

const Dialect& github_dialect() {
  static const Dialect dialect{"GitHub", {"per_page", 100}, "Bearer", "/commits/", "", true, 140, false};
  return dialect;
}

const Dialect& gitea_dialect() {
  static const Dialect dialect{
      "Gitea", {"limit", 50}, "token", "/git/commits/", "stat=false&verification=false&files=false",
      false,   255,           true};
  return dialect;
}

const Dialect& forgejo_dialect() {
  static const Dialect dialect = [] {
    Dialect forgejo = gitea_dialect();
    forgejo.forge = "Forgejo";
    return forgejo;
  }();
  return dialect;
}

GitHub::GitHub(const Dialect& dialect, std::unique_ptr<Api> api, AppCredentials* app, const std::string& name)
    : dialect_(dialect),
      api_(std::move(api)),
      app_(app),
      owner_(name.substr(0, name.find('/'))),
      repository_("/repos/" + name) {}

Result<std::string> GitHub::login() {
  const std::lock_guard lock(login_mutex_);
  if (!login_.empty()) return login_;
  if (app_) {
    login_ = TRY(app_->login());
  } else {
    const Json user = TRY(api_->get("/user"));
    login_ = TRY(require_text(user, "login"));
  }
  return login_;
}

Result<model::PullRequest> GitHub::pull_request(std::int64_t number) {
  auto pull = pull_request_of(TRY(api_->get(in_repository(fmt::format("/pulls/{}", number)))));
  if (pull.head_sha.empty() || pull.base_branch.empty())
    return unavailable(fmt::format("{} tells no head or base of pull request {}", dialect_.forge, number));
  return pull;
}

Result<std::vector<std::int64_t>> GitHub::pull_requests_of(const model::CommitSha& head) {
  std::vector<std::int64_t> numbers;
  const auto keep_matching = [&](const Json& pull) {
    if (text_at(pull, "state") == "open" && commit_at(pull, "head.sha") == head)
      numbers.push_back(number_at(pull, "number"));
    return true;
  };
  if (dialect_.compares_fully) {
    const Status found = api_->for_each(in_repository("/commits/" + head.text() + "/pulls"), keep_matching);
    if (!found.ok() && found.error().kind != ErrorKind::not_found) return found.error();
  }
  // The above does not know the commits of forks, and Gitea only those that are merged.
  if (numbers.empty()) TRY(api_->for_each(in_repository("/pulls?state=open"), keep_matching));
  return numbers;
}

Result<std::vector<std::string>> GitHub::changed_files(std::int64_t number) {
  std::set<std::string> names;
  TRY(api_->for_each(in_repository(fmt::format("/pulls/{}/files", number)), [&](const Json& file) {
    add_names(file, names);
    return true;
  }));
  return std::vector<std::string>(names.begin(), names.end());
}

Result<CompareResult> GitHub::compare(std::string_view base, std::string_view head) {
  return dialect_.compares_fully ? compare_at_github(*api_, repository_, base, head)
                                 : compare_at_gitea(*api_, repository_, base, head);
}

std::string GitHub::commit_path(std::string_view commit) const {
  std::string path = repository_ + dialect_.commits + std::string(commit);
  return dialect_.commit_options.empty() ? path : path + "?" + dialect_.commit_options;
}

Result<std::string> GitHub::commit_message(const model::CommitSha& commit) {
  return text_at(TRY(api_->get(commit_path(commit.text()))), "commit.message");
}

// Where the forge does not tell us the sender's rights, only the repository's owner is believed to have them:
// organisation members and collaborators may be allowed to read and no more.
Result<bool> GitHub::may_write(const Event& event) {
  if (event.sender.empty()) return false;
  if (event.author_association == "OWNER" || to_lower(event.sender) == to_lower(owner_)) return true;
  const auto answer = api_->get(in_repository("/collaborators/" + url_encode(event.sender) + "/permission"));
  if (answer.ok()) {
    const std::string permission = text_at(*answer, "permission");
    return permission == "admin" || permission == "maintain" || permission == "write" ||
           permission == "owner";
  }
  const ErrorKind kind = answer.error().kind;
  if (kind != ErrorKind::denied && kind != ErrorKind::not_found) return answer.error();
  // A member or collaborator may be one who only reads.
  if (!dialect_.tells_assignees) return false;
  return is_writing_collaborator(event.sender);
}

Result<bool> GitHub::is_writing_collaborator(const std::string& login) {
  const auto collaborator = api_->get(in_repository("/collaborators/" + url_encode(login)));
  if (!collaborator.ok()) {
    // Gitea answers 422 where there is no such account.
    const ErrorKind kind = collaborator.error().kind;
    if (kind == ErrorKind::not_found || kind == ErrorKind::invalid_input) return false;
    return collaborator.error();
  }
  bool assignee = false;
  TRY(api_->for_each(in_repository("/assignees"), [&](const Json& user) {
    assignee = to_lower(text_at(user, "login")) == to_lower(login);
    return !assignee;
  }));
  return assignee;
}

Result<std::string> GitHub::put_comment(std::int64_t number, const std::string& known_id,
                                        std::string_view marker, const std::string& body) {
  const std::lock_guard lock(comment_mutex_);
  const std::string list = in_repository(fmt::format("/issues/{}/comments", number));
  const auto one = [this](std::int64_t id) { return in_repository(fmt::format("/issues/comments/{}", id)); };
  const CommentCalls calls{[&](const auto& visit) {
                             return api_->for_each(list, [&](const Json& comment) {
                               visit(read_comment(comment));
                               return true;
                             });
                           },
                           [&](const std::string& text) -> Result<Comment> {
                             return read_comment(TRY(api_->ask({"POST", list, Json{{"body", text}}})));
                           },
                           [&](std::int64_t id, const std::string& text) -> Status {
                             TRY(api_->ask({"PATCH", one(id), Json{{"body", text}}}));
                             return {};
                           },
                           [&](std::int64_t id) -> Status {
                             TRY(api_->ask({"DELETE", one(id), Json()}));
                             return {};
                           },
                           [this] { return login(); }};
  return keep_one_comment(calls, known_id, marker, body);
}

Status GitHub::add_comment(std::int64_t number, const std::string& body) {
  TRY(api_->ask({"POST", in_repository(fmt::format("/issues/{}/comments", number)), Json{{"body", body}}}));
  return {};
}

Result<std::string> GitHub::put_check(const CheckOrder& order) {
  if (!app_) return put_status(order);
  const std::string account = TRY(login());
  return put_check_run(*api_, repository_, account, order);
}

Result<std::string> GitHub::put_status(const CheckOrder& order) {
  Json body = {
      {"state", status_of(order.state)},
      {"context", order.context},
      {"description", cut_characters(one_line(order.description), dialect_.description_characters_max)}};
  if (!order.url.empty()) body["target_url"] = order.url;
  const Call call{"POST", in_repository("/statuses/" + order.sha.text()), body};
  const HttpResponse answer = TRY(api_->send(call));
  if (answer.status == 500) {
    // So Gitea answers where it does not know the commit, and no second try would help.
    const auto commit = api_->get(commit_path(order.sha.text()));
    if (!commit.ok() && commit.error().kind == ErrorKind::not_found) return commit.error();
  }
  TRY(content_of(api_->endpoint(), call, answer));
  return std::string();
}

}  // namespace vernier::forge
