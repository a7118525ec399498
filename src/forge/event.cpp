// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "forge/fields.h"
#include "forge/forge.h"
#include "forge/gitlab_event.h"
#include "forge/pull_request_fields.h"
#include "forge/signature.h"
#include "forge/text_limits.h"

namespace vernier::forge {
namespace {

constexpr std::size_t id_bytes_max = 200;

// What changes the head, the base, the labels or the state of a pull request; beside GitHub's names those of
// Gitea and Forgejo. The others (assigned, review_requested, locked, ...) change nothing that is looked at.
constexpr std::array<std::string_view, 12> actions_of_interest = {
    "opened",  "reopened",  "closed",        "synchronize",   "synchronized",     "edited",
    "labeled", "unlabeled", "label_updated", "label_cleared", "ready_for_review", "converted_to_draft"};

Result<Event> pull_request(const Json& payload, Event event) {
  const std::string action = TRY(require_text(payload, "action"));
  if (std::ranges::find(actions_of_interest, action) == actions_of_interest.end()) return event;
  event.kind = EventKind::pull_request;
  event.repository = TRY(require_text(payload, "repository.full_name"));
  event.pr_number = TRY(require_number(payload, "pull_request.number"));
  event.head_sha = TRY(require_commit(payload, "pull_request.head.sha"));
  event.closed = action == "closed";
  event.told = pull_request_of(at(payload, "pull_request"));
  return event;
}

Result<Event> comment(const Json& payload, Event event) {
  const bool on_pull_request = at(payload, "issue.pull_request").is_object() || flag_at(payload, "is_pull");
  if (text_at(payload, "action") != "created" || !on_pull_request) return event;
  event.kind = EventKind::comment;
  event.repository = TRY(require_text(payload, "repository.full_name"));
  event.sender = TRY(require_text(payload, "sender.login"));
  event.pr_number = TRY(require_number(payload, "issue.number"));
  event.comment_id = TRY(require_number(payload, "comment.id"));
  event.comment = cut_bytes(text_at(payload, "comment.body"), comment_bytes_max);
  event.author_association = text_at(payload, "comment.author_association");
  return event;
}

// A check run or suite names its pull requests, also those that other repositories have of the commit, but
// none that comes from a fork.
std::int64_t first_of_ours(const Json& pull_requests, const Json& payload) {
  if (!pull_requests.is_array()) return 0;
  for (const Json& entry : pull_requests) {
    const std::int64_t base = number_at(entry, "base.repo.id");
    if (base == 0 || base == number_at(payload, "repository.id")) return number_at(entry, "number");
  }
  return 0;
}

Result<Event> rerun(const Json& payload, Event event, const std::string& subject) {
  if (text_at(payload, "action") != "rerequested") return event;
  event.kind = EventKind::rerun;
  event.repository = TRY(require_text(payload, "repository.full_name"));
  event.head_sha = TRY(require_commit(payload, subject + ".head_sha"));
  event.pr_number = first_of_ours(at(payload, subject + ".pull_requests"), payload);
  return event;
}

Result<Event> push(const Json& payload, Event event) {
  event.kind = EventKind::push;
  event.repository = TRY(require_text(payload, "repository.full_name"));
  event.branch = branch_of(TRY(require_text(payload, "ref")));
  event.before = commit_at(payload, "before");
  event.after = commit_at(payload, "after");
  return event;
}

Result<Event> read_github_event(const Json& payload, std::string_view name) {
  Event event;
  event.repository = text_at(payload, "repository.full_name");
  event.sender = text_at(payload, "sender.login");
  event.sender_id = number_at(payload, "sender.id");
  if (name == "pull_request") return pull_request(payload, std::move(event));
  if (name == "issue_comment") return comment(payload, std::move(event));
  if (name == "check_run" || name == "check_suite")
    return rerun(payload, std::move(event), std::string(name));
  if (name == "push") return push(payload, std::move(event));
  return event;
}

// The id that tells repeats. Where GitLab signs, the one that is part of what is signed goes first.
std::string delivery_id(const Delivery& delivery, const std::string& provider) {
  const std::string own = "x-" + provider + "-delivery";
  for (const std::string_view name :
       {std::string_view(own), std::string_view("webhook-id"), std::string_view("idempotency-key"),
        std::string_view("x-gitlab-event-uuid")}) {
    const std::string_view id = header_of(delivery, name);
    if (!id.empty()) return cut_bytes(id, id_bytes_max);
  }
  return {};
}

}  // namespace

Result<Event> read_event(const Delivery& delivery) {
  const std::string provider = provider_of(delivery);
  if (provider.empty()) return invalid_input("no delivery of a forge: none of its headers names an event");
  if (delivery.body.starts_with("payload="))
    return invalid_input("the delivery is a form; set the webhook's content type to application/json");
  const Json payload = TRY_DURING("read delivery", parse_json(delivery.body));
  if (!payload.is_object()) return invalid_input("the delivery is no JSON object");
  Event event = TRY_DURING("read delivery",
                           provider == "gitlab"
                               ? read_gitlab_event(payload)
                               : read_github_event(payload, header_of(delivery, "x-" + provider + "-event")));
  event.id = delivery_id(delivery, provider);
  return event;
}

}  // namespace vernier::forge
