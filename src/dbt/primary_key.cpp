// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/json.h"
#include "base/text.h"
#include "dbt/dbt.h"

namespace vernier::dbt {
namespace {

using model::Column;
using model::Manifest;
using model::Node;

// A key that a uniqueness test vouches for. Of several the simplest kind counts.
struct Candidate {
  enum class Kind { column, expression, combination };
  Kind kind = Kind::column;
  std::vector<std::string> columns;
};

// What the tests of one model say.
struct TestedKeys {
  std::vector<Candidate> candidates;
  std::vector<std::string> not_null;  // lower case
  std::vector<std::string> warnings;
};

Json parsed(std::string_view json) {
  if (json.empty()) return nullptr;
  auto value = parse_json(json);
  return value.ok() ? std::move(value).value() : Json();
}

bool is_true(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

const Column* find_column(const Node& node, std::string_view name) {
  const std::string wanted = to_lower(name);
  const auto found = std::find_if(node.columns.begin(), node.columns.end(),
                                  [&](const Column& column) { return to_lower(column.name) == wanted; });
  return found == node.columns.end() ? nullptr : &*found;
}

std::string unquoted(std::string_view name) {
  name = trim(name);
  const bool quoted = name.size() > 2 && name.front() == name.back() && (name[0] == '"' || name[0] == '`');
  return std::string(quoted ? name.substr(1, name.size() - 2) : name);
}

bool is_identifier(std::string_view text) {
  if (text.size() > 2 && text.front() == text.back() && (text[0] == '"' || text[0] == '`'))
    return text.substr(1, text.size() - 2).find(text[0]) == std::string_view::npos;
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$';
  };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), is_word);
}

bool is_text_literal(std::string_view text) {
  return text.size() >= 2 && text.front() == '\'' && text.find('\'', 1) == text.size() - 1;
}

// The parts between `separator`, those within quotes aside.
std::vector<std::string> split_outside_quotes(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts(1);
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '\0' && text.substr(i).starts_with(separator)) {
      parts.emplace_back();
      i += separator.size() - 1;
      continue;
    }
    if (quote != '\0' ? c == quote : (c == '\'' || c == '"' || c == '`')) quote = quote == '\0' ? c : '\0';
    parts.back() += c;
  }
  return parts;
}

// The columns of `a || '-' || b` or `concat(a, '-', b)`; empty where the expression is something else.
std::vector<std::string> columns_of_expression(std::string_view expression) {
  expression = trim(expression);
  std::vector<std::string> parts;
  const std::string lower = to_lower(expression);
  if (lower.starts_with("concat") && expression.ends_with(')')) {
    const std::string_view call = trim(expression.substr(6));
    if (!call.starts_with('(')) return {};
    parts = split_outside_quotes(call.substr(1, call.size() - 2), ",");
  } else {
    parts = split_outside_quotes(expression, "||");
  }
  std::vector<std::string> columns;
  for (const std::string& part : parts) {
    const std::string_view piece = trim(part);
    if (is_text_literal(piece)) continue;
    if (!is_identifier(piece)) return {};
    columns.push_back(unquoted(piece));
  }
  return columns;
}

std::string_view tested_node(const Node& test) {
  if (!test.attached_node.empty()) return test.attached_node;
  return test.parents.size() == 1 ? test.parents[0] : std::string_view();
}

std::string tested_column(const Node& test, const Json& kwargs) {
  if (!test.column_name.empty()) return std::string(test.column_name);
  const auto found = kwargs.is_object() ? kwargs.find("column_name") : kwargs.end();
  return kwargs.is_object() && found != kwargs.end() && found->is_string() ? found->get<std::string>() : "";
}

void add_unique_test(const Node& test, const std::string& tested, TestedKeys& keys) {
  std::vector<std::string> columns = columns_of_expression(tested);
  if (columns.empty()) {
    if (!tested.empty())
      keys.warnings.push_back(
          fmt::format("the unique test {} is of the expression `{}`, of which no columns can be told",
                      test.name, tested));
    return;
  }
  const auto kind = columns.size() == 1 ? Candidate::Kind::column : Candidate::Kind::expression;
  keys.candidates.push_back({kind, std::move(columns)});
}

void add_combination_test(const Json& kwargs, TestedKeys& keys) {
  if (!kwargs.is_object()) return;
  const auto list = string_list(kwargs, "combination_of_columns");
  if (!list.ok() || list->empty()) return;
  Candidate candidate{Candidate::Kind::combination, {}};
  for (const std::string& name : *list)
    candidate.columns.push_back(unquoted(name));
  keys.candidates.push_back(std::move(candidate));
}

void add_test(const Node& test, TestedKeys& keys) {
  const Json kwargs = parsed(test.test_kwargs);
  if (test.test_name == "unique_combination_of_columns") return add_combination_test(kwargs, keys);
  const std::string tested = tested_column(test, kwargs);
  if (test.test_name == "unique")
    add_unique_test(test, tested, keys);
  else if (test.test_name == "not_null")
    keys.not_null.push_back(to_lower(unquoted(tested)));
}

bool is_key_test(const Node& node) {
  return node.generic_test && node.enabled &&
         (node.test_name == "unique" || node.test_name == "not_null" ||
          node.test_name == "unique_combination_of_columns");
}

// The names with the spelling that the project's documentation gives them.
std::vector<std::string> spelled_as_documented(const Node& node, std::vector<std::string> names) {
  for (std::string& name : names)
    if (const Column* column = find_column(node, name)) name = std::string(column->name);
  return names;
}

std::vector<std::string> meta_names(const Json& value) {
  std::vector<std::string> names;
  if (value.is_string()) names.push_back(value.get<std::string>());
  if (value.is_array())
    for (const Json& item : value)
      if (item.is_string()) names.push_back(item.get<std::string>());
  return names;
}

bool from_model_meta(const Node& node, const std::string& tag, PrimaryKey& key) {
  const Json meta = parsed(node.meta);
  if (!meta.is_object() || !meta.contains(tag)) return false;
  for (const std::string& name : meta_names(meta[tag])) {
    if (node.columns.empty() || find_column(node, name))
      key.columns.push_back(name);
    else
      key.warnings.push_back(fmt::format("`{}` in meta `{}` is not a column of {}", name, tag, node.name));
  }
  if (key.columns.empty()) return false;
  if (node.columns.empty())
    key.warnings.push_back(
        fmt::format("{} documents no columns, so meta `{}` is taken as it is", node.name, tag));
  key.columns = spelled_as_documented(node, std::move(key.columns));
  key.origin = "model meta";
  return true;
}

template <typename Marks>
bool from_columns(const Node& node, std::string_view origin, PrimaryKey& key, Marks marks) {
  for (const Column& column : node.columns)
    if (marks(column)) key.columns.emplace_back(column.name);
  if (key.columns.empty()) return false;
  key.origin = origin;
  return true;
}

void from_tests(const Node& node, const TestedKeys& tests, PrimaryKey& key) {
  key.warnings.insert(key.warnings.end(), tests.warnings.begin(), tests.warnings.end());
  std::vector<Candidate> candidates = tests.candidates;
  if (candidates.empty()) return;
  const auto place = [&](const Candidate& candidate) {
    const Column* column = find_column(node, candidate.columns[0]);
    return column ? column - node.columns.data() : static_cast<std::ptrdiff_t>(node.columns.size());
  };
  std::stable_sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
    return std::pair(a.kind, place(a)) < std::pair(b.kind, place(b));
  });
  const auto never_null = [&](const Candidate& candidate) {
    return candidate.kind == candidates[0].kind &&
           std::all_of(candidate.columns.begin(), candidate.columns.end(), [&](const std::string& name) {
             return std::find(tests.not_null.begin(), tests.not_null.end(), to_lower(name)) !=
                    tests.not_null.end();
           });
  };
  const auto best = std::find_if(candidates.begin(), candidates.end(), never_null);
  const Candidate& chosen = best == candidates.end() ? candidates[0] : *best;
  key.columns = spelled_as_documented(node, chosen.columns);
  key.origin = chosen.kind == Candidate::Kind::combination ? "unique_combination_of_columns" : "unique test";
}

PrimaryKey key_of(const Node& node, const std::string& tag, const TestedKeys& tests) {
  PrimaryKey key;
  const auto in_meta = [&](const Column& column) {
    const Json meta = parsed(column.meta);
    return meta.is_object() && meta.contains(tag) && is_true(meta[tag]);
  };
  const auto is_tagged = [&](const Column& column) {
    return std::find(column.tags.begin(), column.tags.end(), tag) != column.tags.end();
  };
  if (from_model_meta(node, tag, key) || from_columns(node, "column meta", key, in_meta) ||
      from_columns(node, "column tag", key, is_tagged))
    return key;
  from_tests(node, tests, key);
  return key;
}

}  // namespace

PrimaryKey primary_key(const Manifest& manifest, const Node& node, std::string_view tag) {
  TestedKeys tests;
  for (const Node& test : manifest.nodes)
    if (is_key_test(test) && tested_node(test) == node.unique_id) add_test(test, tests);
  return key_of(node, std::string(tag), tests);
}

std::vector<PrimaryKey> primary_keys(const Manifest& manifest, std::string_view tag) {
  std::unordered_map<std::string_view, TestedKeys> tests;
  for (const Node& test : manifest.nodes)
    if (is_key_test(test)) add_test(test, tests[tested_node(test)]);
  std::vector<PrimaryKey> keys;
  keys.reserve(manifest.nodes.size());
  for (const Node& node : manifest.nodes)
    keys.push_back(key_of(node, std::string(tag), tests[node.unique_id]));
  return keys;
}

}  // namespace vernier::dbt
