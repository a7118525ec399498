// SPDX-License-Identifier: Apache-2.0
#include "forge/fields.h"

#include <fmt/format.h>

#include "base/text.h"

namespace vernier::forge {

const Json& at(const Json& object, std::string_view path) {
  static const Json absent;
  const Json* value = &object;
  for (const std::string& key : split(path, '.')) {
    if (!value->is_object()) return absent;
    const auto found = value->find(key);
    if (found == value->end()) return absent;
    value = &*found;
  }
  return *value;
}

std::string text_at(const Json& object, std::string_view path) {
  const Json& value = at(object, path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::int64_t number_at(const Json& object, std::string_view path) {
  const auto number = require_number(object, path);
  return number.ok() ? *number : 0;
}

bool flag_at(const Json& object, std::string_view path) {
  const Json& value = at(object, path);
  return value.is_boolean() && value.get<bool>();
}

model::CommitSha commit_at(const Json& object, std::string_view path) {
  const std::string text = text_at(object, path);
  if (text.find_first_not_of('0') == std::string::npos) return {};
  const auto commit = model::CommitSha::parse(text);
  return commit.ok() ? *commit : model::CommitSha();
}

Result<std::string> require_text(const Json& object, std::string_view path) {
  std::string text = text_at(object, path);
  if (text.empty()) return invalid_input(fmt::format("`{}` is missing or no text", path));
  return text;
}

Result<std::int64_t> require_number(const Json& object, std::string_view path) {
  const Json& value = at(object, path);
  const bool fits =
      value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
  if (!fits) return invalid_input(fmt::format("`{}` is missing or no integer", path));
  return value.get<std::int64_t>();
}

Result<model::CommitSha> require_commit(const Json& object, std::string_view path) {
  const model::CommitSha commit = commit_at(object, path);
  if (commit.empty()) return invalid_input(fmt::format("`{}` is missing or no commit id", path));
  return commit;
}

}  // namespace vernier::forge
