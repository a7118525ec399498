// SPDX-License-Identifier: Apache-2.0
#include "compare/criterion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace vernier::compare {
namespace {

using namespace std::string_view_literals;

constexpr std::array methods = {"fqn"sv,           "tag"sv,       "group"sv,          "access"sv,
                                "source"sv,        "path"sv,      "file"sv,           "package"sv,
                                "config"sv,        "test_name"sv, "test_type"sv,      "resource_type"sv,
                                "state"sv,         "exposure"sv,  "metric"sv,         "result"sv,
                                "source_status"sv, "version"sv,   "semantic_model"sv, "saved_query"sv,
                                "unit_test"sv};

constexpr std::size_t criteria_max = 1000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A word character as Python's \w has it, or a dot; letters beyond ASCII count.
bool is_method_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t count_leading(std::string_view text, bool (*accepts)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), accepts) - text.begin());
}

// No digits mean no limit; more than an int holds is as good as none.
std::optional<int> parse_depth(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  int depth = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), depth);
  return error == std::errc() ? depth : std::numeric_limits<int>::max();
}

void take_prefix(std::string_view& rest, Criterion& criterion) {
  if (rest.starts_with('@')) {
    criterion.childrens_parents = true;
    rest.remove_prefix(1);
  }
  const std::size_t digits = count_leading(rest, is_digit);
  if (digits == rest.size() || rest[digits] != '+') return;
  criterion.parents = true;
  criterion.parents_depth = parse_depth(rest.substr(0, digits));
  rest.remove_prefix(digits + 1);
}

void take_suffix(std::string_view& rest, Criterion& criterion) {
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[rest.size() - 1 - digits]))
    ++digits;
  if (digits == rest.size() || rest[rest.size() - 1 - digits] != '+') return;
  criterion.children = true;
  criterion.children_depth = parse_depth(rest.substr(rest.size() - digits));
  rest.remove_suffix(digits + 1);
}

std::string default_method(std::string_view value) {
  if (value.find('/') != std::string_view::npos) return "path";
  const std::string lower = to_lower(value);
  for (const std::string_view ending : {".sql", ".py", ".csv"})
    if (lower.ends_with(ending)) return "file";
  return "fqn";
}

}  // namespace

Result<Criterion> parse_criterion(std::string_view text) {
  Criterion criterion;
  std::string_view rest = text;
  if (rest.find('\n') != std::string_view::npos) return invalid_input("selector contains a line break");
  take_prefix(rest, criterion);
  const std::size_t name_size = count_leading(rest, is_method_character);
  const bool has_method = name_size > 0 && name_size < rest.size() && rest[name_size] == ':';
  const std::string_view name = rest.substr(0, has_method ? name_size : 0);
  if (has_method) rest.remove_prefix(name_size + 1);
  take_suffix(rest, criterion);
  if (criterion.childrens_parents && criterion.children)
    return invalid_input(fmt::format("selector {}: @ in front and + behind do not go together", text));
  criterion.value = rest;
  if (!has_method) {
    criterion.method = default_method(rest);
    return criterion;
  }
  std::vector<std::string> parts = split(name, '.');
  criterion.method = parts.front();
  criterion.arguments.assign(parts.begin() + 1, parts.end());
  if (std::find(methods.begin(), methods.end(), criterion.method) == methods.end())
    return invalid_input(fmt::format("selector {}: {} is no selection method", text, criterion.method));
  return criterion;
}

Result<Expression> parse_expression(std::string_view text) {
  Expression expression;
  std::size_t count = 0;
  for (const std::string& part : split(text, ' ')) {
    auto& intersection = expression.emplace_back();
    for (const std::string& term : split(part, ',')) {
      if (++count > criteria_max)
        return invalid_input(fmt::format("selector has more than {} terms", criteria_max));
      intersection.push_back(TRY(parse_criterion(term)));
    }
  }
  return expression;
}

}  // namespace vernier::compare
