// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <fmt/format.h>

namespace vernier {
namespace {

// The deepest nesting of brackets outside strings. nlohmann's parser keeps its stack on the heap, but
// destroying and walking a deep document recurses, so the depth is bounded before parsing.
int nesting_depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(std::string(key));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Error wrong_type(std::string_view key, std::string_view wanted) {
  return invalid_input(fmt::format("`{}` must be {}", key, wanted));
}

Error missing(std::string_view key) {
  return invalid_input(fmt::format("`{}` is missing", key));
}

}  // namespace

Result<Json> parse_json(std::string_view text, int depth_max) {
  if (nesting_depth(text) > depth_max)
    return invalid_input(fmt::format("JSON is nested deeper than {} levels", depth_max));
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return invalid_input(fmt::format("not JSON: malformed at byte {}", error.byte));
  }
}

std::string dump_json(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Result<std::optional<std::string>> optional_string(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (!value) return std::optional<std::string>();
  if (!value->is_string()) return wrong_type(key, "a string");
  return std::optional(value->get<std::string>());
}

Result<std::optional<std::int64_t>> optional_integer(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (!value) return std::optional<std::int64_t>();
  if (!value->is_number_integer()) return wrong_type(key, "an integer");
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX)
    return wrong_type(key, "an integer of at most 63 bits");
  return std::optional(value->get<std::int64_t>());
}

Result<std::optional<double>> optional_number(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (!value) return std::optional<double>();
  if (!value->is_number()) return wrong_type(key, "a number");
  return std::optional(value->get<double>());
}

Result<std::optional<bool>> optional_bool(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (!value) return std::optional<bool>();
  if (!value->is_boolean()) return wrong_type(key, "true or false");
  return std::optional(value->get<bool>());
}

Result<std::string> require_string(const Json& object, std::string_view key) {
  auto value = TRY(optional_string(object, key));
  if (!value) return missing(key);
  return *value;
}

Result<std::int64_t> require_integer(const Json& object, std::string_view key) {
  const auto value = TRY(optional_integer(object, key));
  if (!value) return missing(key);
  return *value;
}

Result<std::vector<std::string>> string_list(const Json& object, std::string_view key) {
  std::vector<std::string> list;
  const Json* value = member(object, key);
  if (!value) return list;
  if (!value->is_array()) return wrong_type(key, "a list of strings");
  for (const Json& item : *value) {
    if (!item.is_string()) return wrong_type(key, "a list of strings");
    list.push_back(item.get<std::string>());
  }
  return list;
}

}  // namespace vernier
