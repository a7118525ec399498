// SPDX-License-Identifier: Apache-2.0
#include "ci/event_text.h"

#include "base/json.h"

namespace vernier::ci {

std::string event_to_text(const forge::Event& event) {
  // Events that ask for the same have the same text, whoever caused them: they are worked on as one.
  if (event.kind != forge::EventKind::comment)
    return dump_json({{"kind", static_cast<int>(event.kind)},
                      {"sender", ""},
                      {"sender_id", 0},
                      {"pr_number", event.pr_number},
                      {"head_sha", event.pr_number > 0 ? "" : event.head_sha.text()},
                      {"comment", ""},
                      {"author_association", ""}});
  return dump_json({{"kind", static_cast<int>(event.kind)},
                    {"sender", event.sender},
                    {"sender_id", event.sender_id},
                    {"pr_number", event.pr_number},
                    {"head_sha", event.head_sha.text()},
                    {"comment", event.comment},
                    {"author_association", event.author_association}});
}

std::string triggered_to_text(std::int64_t run_id) {
  return dump_json({{"run_id", run_id}});
}

Result<StoredEvent> event_from_text(const std::string& text) {
  StoredEvent stored;
  const Json json = TRY(parse_json(text));
  stored.run_id = TRY(optional_integer(json, "run_id")).value_or(0);
  if (stored.run_id != 0) return stored;
  forge::Event& event = stored.event;
  event.kind = static_cast<forge::EventKind>(TRY(require_integer(json, "kind")));
  event.sender = TRY(require_string(json, "sender"));
  event.sender_id = TRY(require_integer(json, "sender_id"));
  event.pr_number = TRY(require_integer(json, "pr_number"));
  const std::string head = TRY(require_string(json, "head_sha"));
  if (!head.empty()) event.head_sha = TRY(model::CommitSha::parse(head));
  event.comment = TRY(require_string(json, "comment"));
  event.author_association = TRY(require_string(json, "author_association"));
  return stored;
}

}  // namespace vernier::ci
