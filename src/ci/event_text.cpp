// SPDX-License-Identifier: Apache-2.0
#include "ci/event_text.h"

#include "base/json.h"

namespace vernier::ci {
namespace {

Json to_json(const model::PullRequest& told) {
  return {{"number", told.number},
          {"open", told.open},
          {"title", told.title},
          {"author", told.author},
          {"url", told.url},
          {"head_branch", told.head_branch},
          {"head_sha", told.head_sha.text()},
          {"base_branch", told.base_branch},
          {"base_sha", told.base_sha.text()},
          {"merge_base", told.merge_base.text()},
          {"from_fork", told.from_fork},
          {"head_project_id", told.head_project_id},
          {"labels", told.labels}};
}

Result<model::CommitSha> commit(const Json& json, const char* key) {
  const std::string text = TRY(require_string(json, key));
  if (text.empty()) return model::CommitSha();
  return model::CommitSha::parse(text);
}

Result<model::PullRequest> pull_request_from(const Json& json) {
  model::PullRequest told;
  told.number = TRY(require_integer(json, "number"));
  told.open = TRY(optional_bool(json, "open")).value_or(true);
  told.title = TRY(require_string(json, "title"));
  told.author = TRY(require_string(json, "author"));
  told.url = TRY(require_string(json, "url"));
  told.head_branch = TRY(require_string(json, "head_branch"));
  told.head_sha = TRY(commit(json, "head_sha"));
  told.base_branch = TRY(require_string(json, "base_branch"));
  told.base_sha = TRY(commit(json, "base_sha"));
  told.merge_base = TRY(commit(json, "merge_base"));
  told.from_fork = TRY(optional_bool(json, "from_fork")).value_or(false);
  told.head_project_id = TRY(require_integer(json, "head_project_id"));
  told.labels = TRY(string_list(json, "labels"));
  return told;
}

}  // namespace

std::string event_to_text(const forge::Event& event, const std::string& renamed_to) {
  Json json = {{"kind", static_cast<int>(event.kind)}, {"pr_number", event.pr_number}};
  if (!renamed_to.empty()) json["renamed_to"] = renamed_to;
  // Events that ask for the same have the same text, whoever caused them: they are worked on as one.
  if (event.kind == forge::EventKind::comment) {
    json["sender"] = event.sender;
    json["sender_id"] = event.sender_id;
    json["comment"] = event.comment;
    json["author_association"] = event.author_association;
  } else if (event.pr_number == 0) {
    json["head_sha"] = event.head_sha.text();
  }
  if (event.told) json["told"] = to_json(*event.told);
  return dump_json(json);
}

std::string triggered_to_text(std::int64_t run_id) {
  return dump_json({{"run_id", run_id}});
}

Result<StoredEvent> event_from_text(const std::string& text) {
  StoredEvent stored;
  const Json json = TRY(parse_json(text));
  stored.run_id = TRY(optional_integer(json, "run_id")).value_or(0);
  if (stored.run_id != 0) return stored;
  stored.renamed_to = TRY(optional_string(json, "renamed_to")).value_or("");
  forge::Event& event = stored.event;
  event.kind = static_cast<forge::EventKind>(TRY(require_integer(json, "kind")));
  event.pr_number = TRY(require_integer(json, "pr_number"));
  event.sender = TRY(optional_string(json, "sender")).value_or("");
  event.sender_id = TRY(optional_integer(json, "sender_id")).value_or(0);
  event.comment = TRY(optional_string(json, "comment")).value_or("");
  event.author_association = TRY(optional_string(json, "author_association")).value_or("");
  if (const auto head = TRY(optional_string(json, "head_sha")); head && !head->empty())
    event.head_sha = TRY(model::CommitSha::parse(*head));
  if (const auto told = json.find("told"); told != json.end()) event.told = TRY(pull_request_from(*told));
  return stored;
}

}  // namespace vernier::ci
