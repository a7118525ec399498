// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::model {

// A whole git commit id, lower case: 40 hexadecimal digits (SHA-1) or 64 (SHA-256). Default-constructed
// it is empty and stands for "no commit".
class CommitSha {
 public:
  CommitSha() = default;

  // Fails with invalid_input on anything but a whole id: abbreviations would never match the id that a
  // forge or a client names later.
  static Result<CommitSha> parse(std::string_view text);

  const std::string& text() const { return text_; }
  // The first seven digits, as git shows them.
  std::string_view abbreviated() const { return std::string_view(text_).substr(0, 7); }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const CommitSha&) const = default;

 private:
  explicit CommitSha(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace vernier::model
