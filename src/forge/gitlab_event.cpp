// SPDX-License-Identifier: Apache-2.0
#include "forge/gitlab_event.h"

#include "forge/fields.h"
#include "forge/pull_request_fields.h"
#include "forge/text_limits.h"

namespace vernier::forge {
namespace {

Result<Event> merge_request(const Json& payload, Event event) {
  event.kind = EventKind::pull_request;
  event.repository = TRY(require_text(payload, "project.path_with_namespace"));
  event.pr_number = TRY(require_number(payload, "object_attributes.iid"));
  event.head_sha = commit_at(payload, "object_attributes.last_commit.id");
  const std::string state = text_at(payload, "object_attributes.state");
  event.closed = state == "closed" || state == "merged";
  event.told = merge_request_of(payload);
  return event;
}

Result<Event> note(const Json& payload, Event event) {
  // Before 16.11 there is no action, and only new notes are told of.
  const std::string action = text_at(payload, "object_attributes.action");
  if (text_at(payload, "object_attributes.noteable_type") != "MergeRequest" ||
      flag_at(payload, "object_attributes.system") || (!action.empty() && action != "create"))
    return event;
  event.kind = EventKind::comment;
  event.repository = TRY(require_text(payload, "project.path_with_namespace"));
  event.sender = TRY(require_text(payload, "user.username"));
  event.pr_number = TRY(require_number(payload, "merge_request.iid"));
  event.head_sha = commit_at(payload, "merge_request.last_commit.id");
  event.comment_id = TRY(require_number(payload, "object_attributes.id"));
  event.comment = cut_bytes(text_at(payload, "object_attributes.note"), comment_bytes_max);
  return event;
}

Result<Event> push(const Json& payload, Event event) {
  event.kind = EventKind::push;
  event.repository = TRY(require_text(payload, "project.path_with_namespace"));
  event.sender = text_at(payload, "user_username");
  event.branch = branch_of(TRY(require_text(payload, "ref")));
  event.before = commit_at(payload, "before");
  event.after = commit_at(payload, "after");
  return event;
}

}  // namespace

Result<Event> read_gitlab_event(const Json& payload) {
  Event event;
  event.repository = text_at(payload, "project.path_with_namespace");
  event.sender = text_at(payload, "user.username");
  event.sender_id = number_at(payload, "user.id");
  const std::string kind = text_at(payload, "object_kind");
  if (kind == "merge_request") return merge_request(payload, std::move(event));
  if (kind == "note") return note(payload, std::move(event));
  if (kind == "push" || kind == "tag_push") return push(payload, std::move(event));
  return event;
}

}  // namespace vernier::forge
