// SPDX-License-Identifier: Apache-2.0
#include "compare/differences.h"

#include <algorithm>

namespace vernier::compare {
namespace {

using model::null_hash;
constexpr std::string_view config_prefix = "config.";

// Python's dict.get(): absent is null.
Hash128 value_or_null(const model::Aspect* aspect) {
  return aspect ? aspect->hash : null_hash;
}

bool same_or_both_null(const model::Node& a, const model::Node& b, std::string_view name) {
  return value_or_null(a.aspect(name)) == value_or_null(b.aspect(name));
}

// Names of aspects that differ or that one side has alone, sorted.
std::vector<std::string_view> differing_aspects(const model::Node& a, const model::Node& b) {
  std::vector<std::string_view> names;
  auto left = a.aspects.begin();
  auto right = b.aspects.begin();
  while (left != a.aspects.end() || right != b.aspects.end()) {
    const bool take_left = right == b.aspects.end() || (left != a.aspects.end() && left->name <= right->name);
    const bool take_right =
        left == a.aspects.end() || (right != b.aspects.end() && right->name <= left->name);
    if (!(take_left && take_right && left->hash == right->hash))
      names.push_back(take_left ? left->name : right->name);
    if (take_left) ++left;
    if (take_right) ++right;
  }
  return names;
}

bool same_source_relation(const model::Node& old, const model::Node& head, const Judging& judging) {
  if (!same_or_both_null(old, head, "identifier")) return false;
  const auto known = [&](std::string_view name) {
    return value_or_null(old.aspect(name)) != null_hash && value_or_null(head.aspect(name)) != null_hash;
  };
  const auto same = [&](std::string_view rendered, std::string_view unrendered) {
    const bool by_unrendered = judging.rules == Rules::dbt2 ? known(unrendered) : judging.more_unrendered;
    return same_or_both_null(old, head, by_unrendered ? unrendered : rendered);
  };
  return same("database", "unrendered_database") && same("schema", "unrendered_schema");
}

bool same_relation(const model::Node& old, const model::Node& head) {
  return same_or_both_null(old, head, "config.database") && same_or_both_null(old, head, "config.schema") &&
         same_or_both_null(old, head, "config.alias");
}

bool config_key_counts(Kind kind, std::string_view key, Rules rules) {
  if (!compares_config_key(kind, key)) return false;
  return rules == Rules::dbt1 || (key != "static_analysis" && !(kind == Kind::source && key == "tags"));
}

// dbt 2 lets equal rendered configs outweigh different spellings of them.
bool same_rendered_config(const model::Node& old, const model::Node& head) {
  const model::Aspect* a = old.aspect("rendered_config");
  const model::Aspect* b = head.aspect("rendered_config");
  return a && b && a->hash == b->hash;
}

}  // namespace

Differences differences(const model::Node& old, const model::Node& head, Kind kind, const Judging& judging) {
  Differences found;
  // A checksum that is none equals nothing, not even itself.
  if (kind == Kind::seed && head.checksum_name == "none") found.body = true;
  if (old.digest == head.digest) return found;

  const bool persists = is_parsed(kind) && !is_test(kind);
  const bool config_is_rendered = kind == Kind::semantic_model || kind == Kind::saved_query;
  const auto own = own_aspects(kind);
  for (const std::string_view name : differing_aspects(old, head)) {
    if (name.starts_with(config_prefix)) {
      const std::string_view key = name.substr(config_prefix.size());
      if (config_key_counts(kind, key, judging.rules)) found.config_keys.push_back(key);
    } else if (name == "rendered_config") {
      if (config_is_rendered) found.config_keys.push_back({});
    } else if (name == "compiled") {
      found.compiled = old.aspect(name) && head.aspect(name);
    } else if (std::find(own.begin(), own.end(), name) != own.end()) {
      found.own.push_back(name);
    } else if (name == "body") {
      found.body = true;
    } else if (name == "fqn") {
      found.fqn = true;
    } else if (name == "description") {
      found.persisted |= persists && head.persist_relation;
    } else if (name == "columns.description") {
      found.persisted |= persists && head.persist_columns;
    }
  }
  if (judging.rules == Rules::dbt2 && !config_is_rendered && same_rendered_config(old, head))
    found.config_keys.clear();
  if (is_parsed(kind)) found.relation = !same_relation(old, head);
  if (kind == Kind::source) found.relation = !same_source_relation(old, head, judging);
  return found;
}

}  // namespace vernier::compare
