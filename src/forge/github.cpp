// SPDX-License-Identifier: Apache-2.0
#include "forge/github.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

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
    case CheckState::confirmation:
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

WriteAccess access_of(const std::string& permission) {
  const bool writes =
      permission == "admin" || permission == "maintain" || permission == "write" || permission == "owner";
  return writes ? WriteAccess::granted : WriteAccess::refused;
}

// Gitea lets people be assigned whose team reads pull requests, or writes anything, be it the wiki alone.
bool has_assignable_readers_in(const Json& team) {
  const Json& units = at(team, "units_map");
  const auto may = [&](const char* unit) { return units.is_object() ? units.value(unit, "") : ""; };
  if (access_of(may("repo.code")) == WriteAccess::granted) return false;
  return may("repo.pulls") == "read" || std::ranges::any_of(units, [](const Json& unit) {
           return unit.is_string() && access_of(unit.get<std::string>()) == WriteAccess::granted;
         });
}

}  // namespace

const Dialect& github_dialect() {
  static const Dialect dialect{"GitHub", {"per_page", 100}, "Bearer", "/commits/", "", true, 140, false,
                               true};
  return dialect;
}

const Dialect& gitea_dialect() {
  static const Dialect dialect{
      "Gitea", {"limit", 50}, "token", "/git/commits/", "stat=false&verification=false&files=false", false,
      255,     true,          false};
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

Result<std::string> GitHub::name() {
  return require_text(TRY(api_->get(repository_)), "full_name");
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
Result<WriteAccess> GitHub::write_access(const Event& event) {
  if (event.sender.empty()) return WriteAccess::untold;
  if (event.author_association == "OWNER" || to_lower(event.sender) == to_lower(owner_))
    return WriteAccess::granted;
  const auto answer = api_->get(in_repository("/collaborators/" + url_encode(event.sender) + "/permission"));
  if (answer.ok()) return access_of(text_at(*answer, "permission"));
  const ErrorKind kind = answer.error().kind;
  if (kind == ErrorKind::not_found) return WriteAccess::refused;
  if (kind != ErrorKind::denied) return answer.error();
  return dialect_.tells_assignees ? access_of_assignee(event.sender) : WriteAccess::untold;
}

// Whoever may write can be assigned; so can some who only read, where teams are set up so.
Result<WriteAccess> GitHub::access_of_assignee(const std::string& login) {
  bool assignee = false;
  TRY(api_->for_each(in_repository("/assignees"), [&](const Json& user) {
    assignee = to_lower(text_at(user, "login")) == to_lower(login);
    return !assignee;
  }));
  if (!assignee) return WriteAccess::refused;
  return TRY(has_assignable_readers()) ? WriteAccess::untold : WriteAccess::granted;
}

Result<bool> GitHub::has_assignable_readers() {
  bool found = false;
  const Status listed = api_->for_each(in_repository("/teams"), [&](const Json& team) {
    found = has_assignable_readers_in(team);
    return !found;
  });
  // A person's repository has no teams, and Gitea says so with 405.
  if (!listed.ok() && listed.error().kind == ErrorKind::invalid_input) return false;
  if (!listed.ok()) return listed.error();
  return found;
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

// An App has one webhook for all repositories, and asks for it in its own name.
Result<HttpResponse> GitHub::send_as_owner_of_webhook(const Call& call) {
  return app_ ? app_->send_as_app(call) : api_->send(call);
}

Result<std::string> GitHub::webhook() {
  if (app_) return std::string("/app/hook");
  std::string found;
  TRY(api_->for_each(in_repository("/hooks"), [&](const Json& hook) {
    const std::string url = text_at(hook, "config.url");
    if (url.ends_with("/webhooks/github") || url.ends_with("/github/v1/app_hook"))
      found = in_repository(fmt::format("/hooks/{}", number_at(hook, "id")));
    return found.empty();
  }));
  return found;
}

Result<std::vector<FailedDelivery>> GitHub::failed_deliveries() {
  if (!dialect_.keeps_deliveries) return std::vector<FailedDelivery>();
  const auto hook = webhook();
  // To look at webhooks takes more rights than a token needs otherwise.
  const bool refused =
      !hook.ok() && (hook.error().kind == ErrorKind::denied || hook.error().kind == ErrorKind::not_found);
  if (refused || (hook.ok() && hook->empty())) return std::vector<FailedDelivery>();
  if (!hook.ok()) return hook.error();
  return list_failed(
      api_->endpoint(), [this](const Call& call) { return send_as_owner_of_webhook(call); }, *hook,
      static_cast<std::int64_t>(std::time(nullptr)));
}

Status GitHub::redeliver(const FailedDelivery& delivery) {
  const Call call{"POST", delivery.id + "/attempts", Json()};
  const HttpResponse answer = TRY(send_as_owner_of_webhook(call));
  TRY(content_of(api_->endpoint(), call, answer));
  return {};
}

}  // namespace vernier::forge
