// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::forge {

struct Comment {
  std::int64_t id = 0;
  std::string author;
  std::string body;
};

// The comments of one pull request at some forge, the oldest first.
struct CommentCalls {
  std::function<Status(const std::function<void(const Comment&)>& visit)> for_each;
  std::function<Result<Comment>(const std::string& body)> create;
  std::function<Status(std::int64_t id, const std::string& body)> update;  // not_found where it is gone
  std::function<Status(std::int64_t id)> remove;
  // Our account; where the forge does not tell, a comment that we made does.
  std::function<Result<std::string>()> login;
};

// Keeps the one comment that begins with the line `marker`, as Forge::put_comment() says, and gives its id.
// Anybody can paste a marker, so only our own comments count.
Result<std::string> keep_one_comment(const CommentCalls& calls, const std::string& known_id,
                                     std::string_view marker, const std::string& body);

}  // namespace vernier::forge
