// SPDX-License-Identifier: Apache-2.0
#include "server/fields.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace vernier::server {

namespace {

bool wants_nothing(const Json& value) {
  return value.is_null() || value == Json(false) || value == Json("") ||
         (value.is_structured() && value.empty());
}

}  // namespace

Fields::Fields(const Json& object, Json loc) : object_(object), loc_(std::move(loc)) {
  if (!object_.is_object()) problems_.push_back({loc_, "must be a JSON object", "type_error"});
}

bool Fields::has(std::string_view key) const {
  if (!object_.is_object()) return false;
  const auto found = object_.find(std::string(key));
  return found != object_.end() && !found->is_null();
}

template <typename T>
T Fields::take(std::string_view key, Result<T> result) {
  known_.emplace(key);
  if (result.ok()) return std::move(result).value();
  if (!object_.is_object()) return T();  // said once, by the constructor
  Json loc = loc_;
  loc.push_back(key);
  problems_.push_back({std::move(loc), result.error().message, has(key) ? "type_error" : "missing"});
  return T();
}

std::string Fields::string(std::string_view key) {
  return take(key, require_string(object_, key));
}

std::string Fields::optional_string(std::string_view key) {
  return take(key, vernier::optional_string(object_, key)).value_or("");
}

std::int64_t Fields::integer(std::string_view key) {
  return take(key, require_integer(object_, key));
}

std::vector<std::string> Fields::required_list(std::string_view key) {
  if (has(key)) return optional_list(key);
  return take(key, Result<std::vector<std::string>>(invalid_input(fmt::format("`{}` is missing", key))));
}

std::vector<std::string> Fields::optional_list(std::string_view key) {
  return take(key, string_list(object_, key));
}

bool Fields::optional_bool(std::string_view key, bool fallback) {
  return take(key, vernier::optional_bool(object_, key)).value_or(fallback);
}

std::int64_t Fields::optional_integer(std::string_view key, std::int64_t fallback) {
  return take(key, vernier::optional_integer(object_, key)).value_or(fallback);
}

Json Fields::member(std::string_view key) {
  known_.emplace(key);
  return has(key) ? object_[std::string(key)] : Json();
}

void Fields::add_problem(std::string_view key, std::string message) {
  Json loc = loc_;
  loc.push_back(key);
  problems_.push_back({std::move(loc), std::move(message), "value_error"});
}

void Fields::refuse(std::string_view key, std::string_view why) {
  if (!wants_nothing(member(key))) add_problem(key, fmt::format("`{}` is not supported: {}", key, why));
}

void Fields::refuse_others() {
  if (!object_.is_object()) return;
  for (const auto& [key, value] : object_.items()) {
    if (!known_.contains(key) && !wants_nothing(value))
      add_problem(key, fmt::format("`{}` is not supported", key));
  }
}

std::vector<Problem> missing_fields(const Form& form, const std::vector<std::string>& names) {
  std::vector<Problem> problems;
  for (const std::string& name : names)
    if (field_or_empty(form, name).empty())
      problems.push_back({Json::array({"body", name}), fmt::format("`{}` is missing", name), "missing"});
  return problems;
}

Result<std::int64_t> query_integer(const Form& query, const std::string& name, std::int64_t fallback,
                                   const Bounds& bounds) {
  const std::string text = field_or_empty(query, name);
  if (text.empty()) return fallback;
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < bounds.min || number > bounds.max)
    return invalid_input(fmt::format("`{}` must be an integer from {} to {}", name, bounds.min, bounds.max));
  return number;
}

}  // namespace vernier::server
