// SPDX-License-Identifier: Apache-2.0
#include "forge/one_comment.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace vernier::forge {
namespace {

bool begins_with_line(std::string_view body, std::string_view line) {
  if (!body.starts_with(line)) return false;
  const std::string_view rest = body.substr(line.size());
  return rest.empty() || rest.front() == '\n' || rest.front() == '\r';
}

std::int64_t to_id(const std::string& text) {
  std::int64_t id = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  return failure == std::errc() && end == text.data() + text.size() ? id : 0;
}

// Comments that start with the marker, whoever wrote them.
Result<std::vector<Comment>> marked(const CommentCalls& calls, std::string_view marker) {
  std::vector<Comment> comments;
  TRY(calls.for_each([&](const Comment& comment) {
    if (begins_with_line(comment.body, marker)) comments.push_back({comment.id, comment.author, {}});
  }));
  return comments;
}

// Ids rise with time, so the lowest is the oldest.
std::vector<std::int64_t> ours(const std::vector<Comment>& comments, const std::string& login) {
  std::vector<std::int64_t> ids;
  for (const Comment& comment : comments)
    // Logins are the same in whatever case they are written.
    if (to_lower(comment.author) == to_lower(login)) ids.push_back(comment.id);
  std::ranges::sort(ids);
  return ids;
}

// Whether the comment was still there to be updated.
Result<bool> update_if_there(const CommentCalls& calls, std::int64_t id, const std::string& body) {
  if (id <= 0) return false;
  const Status updated = calls.update(id, body);
  if (updated.ok()) return true;
  if (updated.error().kind == ErrorKind::not_found) return false;
  return updated.error();
}

// The report stands already, so a comment too many is no reason to fail.
void remove_all(const CommentCalls& calls, const std::vector<std::int64_t>& ids, std::int64_t but) {
  for (const std::int64_t id : ids) {
    if (id == but) continue;
    const Status removed = calls.remove(id);
    if (!removed.ok()) spdlog::warn("remove comment {}: {}", id, removed.error().message);
  }
}

// Of two processes that create at once, each finds both comments then and keeps the older.
Result<std::string> create(const CommentCalls& calls, std::string_view marker, const std::string& body) {
  const Comment created = TRY(calls.create(body));
  const auto comments = marked(calls, marker);
  if (!comments.ok()) {
    spdlog::warn("list comments after making {}: {}", created.id, comments.error().message);
    return std::to_string(created.id);
  }
  const std::vector<std::int64_t> ids = ours(*comments, created.author);
  const std::int64_t oldest = ids.empty() ? created.id : ids.front();
  if (oldest == created.id || !TRY(update_if_there(calls, oldest, body))) return std::to_string(created.id);
  remove_all(calls, ids, oldest);
  return std::to_string(oldest);
}

}  // namespace

Result<std::string> keep_one_comment(const CommentCalls& calls, const std::string& known_id,
                                     std::string_view marker, const std::string& body) {
  const std::string text = begins_with_line(body, marker) ? body : std::string(marker) + "\n" + body;
  if (TRY(update_if_there(calls, to_id(known_id), text))) return known_id;
  // Anyone can paste a marker: only where one is found it matters who we are.
  const std::vector<Comment> comments = TRY(marked(calls, marker));
  if (!comments.empty()) {
    const auto login = calls.login();
    if (!login.ok() &&
        (login.error().kind == ErrorKind::unavailable || login.error().kind == ErrorKind::timed_out))
      return login.error();
    if (login.ok())
      for (const std::int64_t id : ours(comments, *login))
        if (TRY(update_if_there(calls, id, text))) return std::to_string(id);
  }
  return create(calls, marker, text);
}

}  // namespace vernier::forge
