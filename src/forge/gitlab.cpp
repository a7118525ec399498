// SPDX-License-Identifier: Apache-2.0
#include "forge/gitlab.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <set>

#include "forge/fields.h"
#include "forge/one_comment.h"
#include "forge/text_limits.h"

namespace vernier::forge {
namespace {

constexpr std::size_t description_characters_max = 255;
constexpr std::size_t files_of_comparison = 1'000;  // that GitLab tells at most, as it comes
constexpr std::int64_t developer = 30;              // the access level from which on one may push

Comment read_note(const Json& json) {
  // Notes of the system tell in our name what we did ("changed the description").
  if (flag_at(json, "system")) return {};
  return {number_at(json, "id"), text_at(json, "author.username"), text_at(json, "body")};
}

Result<Commit> read_commit_of_gitlab(const Json& json) {
  Commit commit;
  commit.sha = TRY(require_commit(json, "id"));
  commit.message = text_at(json, "message");
  for (const std::string& parent : TRY(string_list(json, "parent_ids")))
    commit.parents.push_back(TRY(model::CommitSha::parse(parent)));
  return commit;
}

void add_names(const Json& diff, std::set<std::string>& names) {
  for (const char* const key : {"old_path", "new_path"}) {
    std::string name = text_at(diff, key);
    if (!name.empty()) names.insert(std::move(name));
  }
}

bool is_no_transition(const Result<Json>& answer) {
  return !answer.ok() && answer.error().message.find("Cannot transition") != std::string::npos;
}

std::string status_of(CheckState state) {
  switch (state) {
    case CheckState::waiting:
    case CheckState::confirmation:
      return "pending";
    case CheckState::running:
      return "running";
    case CheckState::success:
    case CheckState::neutral:
      return "success";
    case CheckState::cancelled:
      return "canceled";
    case CheckState::failure:
    case CheckState::action_required:
    case CheckState::error:
      break;
  }
  return "failed";
}

}  // namespace

std::string without_quick_actions(std::string_view text) {
  std::string harmless;
  harmless.reserve(text.size() + 16);
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && c == '/') harmless += ' ';
    harmless += c;
    at_line_start = c == '\n' || c == '\r';
  }
  return harmless;
}

GitLab::GitLab(std::unique_ptr<Api> api, const std::string& path)
    : api_(std::move(api)), project_("/projects/" + path) {}

Result<std::string> GitLab::login() {
  const std::lock_guard lock(mutex_);
  if (login_.empty()) {
    const Json user = TRY(api_->get("/user"));
    login_ = TRY(require_text(user, "username"));
  }
  return login_;
}

Result<std::int64_t> GitLab::project_id() {
  const std::lock_guard lock(mutex_);
  if (project_id_ == 0) {
    const Json project = TRY(api_->get(project_));
    project_id_ = TRY(require_number(project, "id"));
  }
  return project_id_;
}

Result<std::string> GitLab::name() {
  return require_text(TRY(api_->get(project_)), "path_with_namespace");
}

Result<model::PullRequest> GitLab::pull_request(std::int64_t number) {
  const Json json = TRY(api_->get(in_project(fmt::format("/merge_requests/{}", number))));
  model::PullRequest pull;
  pull.number = number;
  pull.open = text_at(json, "state") == "opened";
  pull.title = text_at(json, "title");
  pull.author = text_at(json, "author.username");
  pull.url = text_at(json, "web_url");
  pull.head_branch = text_at(json, "source_branch");
  pull.head_sha = commit_at(json, "sha");
  pull.base_branch = text_at(json, "target_branch");
  pull.base_sha = commit_at(json, "diff_refs.start_sha");
  // The refs are of the version that was last looked at, which may lag behind a push.
  if (commit_at(json, "diff_refs.head_sha") == pull.head_sha)
    pull.merge_base = commit_at(json, "diff_refs.base_sha");
  pull.merge_commit_sha = commit_at(json, "merge_commit_sha");
  pull.head_project_id = number_at(json, "source_project_id");
  pull.from_fork = pull.head_project_id != number_at(json, "target_project_id");
  pull.labels = TRY(string_list(json, "labels"));
  if (pull.head_sha.empty() || pull.base_branch.empty())
    return unavailable(fmt::format("GitLab tells no head or base of merge request {}", number));
  return pull;
}

Result<std::vector<std::int64_t>> GitLab::pull_requests_of(const model::CommitSha& head) {
  std::vector<std::int64_t> numbers;
  TRY(api_->for_each(in_project("/repository/commits/" + head.text() + "/merge_requests"),
                     [&](const Json& json) {
                       if (text_at(json, "state") == "opened" && commit_at(json, "sha") == head)
                         numbers.push_back(number_at(json, "iid"));
                       return true;
                     }));
  return numbers;
}

Result<std::vector<std::string>> GitLab::changed_files(std::int64_t number) {
  std::set<std::string> names;
  TRY(api_->for_each(in_project(fmt::format("/merge_requests/{}/diffs", number)), [&](const Json& diff) {
    add_names(diff, names);
    return true;
  }));
  return std::vector<std::string>(names.begin(), names.end());
}

Result<CompareResult> GitLab::compare(std::string_view base, std::string_view head) {
  CompareResult result;
  const std::string from = url_encode(base);
  const std::string to = url_encode(head);
  const Json common =
      TRY(api_->get(in_project(fmt::format("/repository/merge_base?refs[]={}&refs[]={}", from, to))));
  result.merge_base = TRY(require_commit(common, "id"));
  const Json answer = TRY(api_->get(in_project(fmt::format("/repository/compare?from={}&to={}", from, to))));
  for (const Json& item : at(answer, "commits"))
    result.commits.push_back(TRY(read_commit_of_gitlab(item)));
  std::set<std::string> names;
  for (const Json& diff : at(answer, "diffs"))
    add_names(diff, names);
  result.files.assign(names.begin(), names.end());
  result.complete = !flag_at(answer, "compare_timeout") && at(answer, "diffs").size() < files_of_comparison;
  return result;
}

Result<std::string> GitLab::commit_message(const model::CommitSha& commit) {
  return text_at(TRY(api_->get(in_project("/repository/commits/" + commit.text()))), "message");
}

Result<WriteAccess> GitLab::write_access(const Event& event) {
  if (event.sender_id <= 0) return WriteAccess::untold;
  const auto member = api_->get(in_project(fmt::format("/members/all/{}", event.sender_id)));
  if (member.ok())
    return number_at(*member, "access_level") >= developer ? WriteAccess::granted : WriteAccess::refused;
  if (member.error().kind == ErrorKind::not_found) return WriteAccess::refused;
  if (member.error().kind == ErrorKind::denied) return WriteAccess::untold;
  return member.error();
}

std::string GitLab::notes_of(std::int64_t number) const {
  return in_project(fmt::format("/merge_requests/{}/notes", number));
}

Result<std::string> GitLab::put_comment(std::int64_t number, const std::string& known_id,
                                        std::string_view marker, const std::string& body) {
  const std::lock_guard lock(comment_mutex_);
  const std::string notes = notes_of(number);
  const CommentCalls calls{[&](const auto& visit) {
                             return api_->for_each(notes + "?sort=asc&order_by=created_at",
                                                   [&](const Json& note) {
                                                     visit(read_note(note));
                                                     return true;
                                                   });
                           },
                           [&](const std::string& text) -> Result<Comment> {
                             return read_note(TRY(api_->ask({"POST", notes, Json{{"body", text}}})));
                           },
                           [&](std::int64_t id, const std::string& text) -> Status {
                             TRY(api_->ask({"PUT", fmt::format("{}/{}", notes, id), Json{{"body", text}}}));
                             return {};
                           },
                           [&](std::int64_t id) -> Status {
                             TRY(api_->ask({"DELETE", fmt::format("{}/{}", notes, id), Json()}));
                             return {};
                           },
                           [this] { return login(); }};
  return keep_one_comment(calls, known_id, marker, without_quick_actions(body));
}

Status GitLab::add_comment(std::int64_t number, const std::string& body) {
  TRY(api_->ask({"POST", notes_of(number), Json{{"body", without_quick_actions(body)}}}));
  return {};
}

Result<std::string> GitLab::put_check(const CheckOrder& order) {
  const std::string project =
      order.head_project_id > 0 ? fmt::format("/projects/{}", order.head_project_id) : project_;
  Json body = {{"state", status_of(order.state)},
               {"name", order.context},
               {"description", cut_characters(one_line(order.description), description_characters_max)}};
  if (!order.branch.empty()) body["ref"] = order.branch;
  if (!order.url.empty()) body["target_url"] = order.url;
  Call call{"POST", project + "/statuses/" + order.sha.text(), body};
  auto answer = api_->ask(call);
  if (is_no_transition(answer) && order.state == CheckState::confirmation) {
    // What is pending or runs keeps its description, which has to say now how to confirm: it ends, and a new
    // one of the same name waits.
    call.body["state"] = status_of(CheckState::cancelled);
    answer = api_->ask(call);
    call.body["state"] = status_of(order.state);
    if (answer.ok()) answer = api_->ask(call);
  }
  // A status that is pending or running already is not to be made so again.
  if (answer.ok() || is_no_transition(answer)) return std::string();
  const Error& error = answer.error();
  // Two updates at once: one of them is told to come again.
  if (error.kind == ErrorKind::conflict) return Error{ErrorKind::unavailable, error.message, 10};
  const bool is_refused = error.kind == ErrorKind::denied || error.kind == ErrorKind::not_found;
  if (!is_refused || order.head_project_id <= 0 || order.head_project_id == TRY(project_id())) return error;
  spdlog::warn("no status on {} in the fork, where we may not write; the note alone tells: {}",
               order.sha.abbreviated(), error.message);
  return std::string();
}

}  // namespace vernier::forge
