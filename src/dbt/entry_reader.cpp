// SPDX-License-Identifier: Apache-2.0
#include "dbt/entry_reader.h"

#include <algorithm>

#include "dbt/json_number.h"
#include "dbt/normal_form.h"

namespace vernier::dbt {
namespace {

using ConfigKey = EntryReader::ConfigKey;

ConfigKey config_key_of(std::string_view key) {
  static constexpr std::pair<std::string_view, ConfigKey> known[] = {
      {"enabled", ConfigKey::enabled},           {"materialized", ConfigKey::materialized},
      {"persist_docs", ConfigKey::persist_docs}, {"meta", ConfigKey::meta},
      {"pre-hook", ConfigKey::pre_hook},         {"pre_hook", ConfigKey::pre_hook},
      {"post-hook", ConfigKey::post_hook},       {"post_hook", ConfigKey::post_hook},
      {"alias", ConfigKey::not_compared},        {"schema", ConfigKey::not_compared},
      {"database", ConfigKey::not_compared},     {"tags", ConfigKey::not_compared},
      {"group", ConfigKey::not_compared},        {"static_analysis", ConfigKey::not_compared}};
  for (const auto& [name, kind] : known)
    if (name == key) return kind;
  return ConfigKey::other;
}

}  // namespace

model::Node EntryReader::read(Section section, std::string_view unique_id, od::value& entry) {
  section_ = section;
  node_ = {};
  node_.unique_id = unique_id;
  node_.resource_type = resource_type_of(section);
  hashes_ = default_hashes();
  if (const Shape* shape = config_shape_of(section))
    hash_of(Field::rendered_config) = dbt::hash_of(Default::shaped_object, shape);
  compiled_raw_ = top_meta_ = {};
  config_aspects_.clear();
  if (JsonReader::is_null(entry)) json_.fail("expected an object, found null");
  json_.members(entry, [&](std::string_view key, od::value& value) {
    const auto field = parse_field(key, schema_version_);
    if (!field) return;
    json_.place.field = name_of(*field);
    read_field(*field, value);
  });
  if (json_.failed()) return {};
  json_.place.field = {};
  // An older manifest or a preview of dbt 2 may leave the type out; the id begins with it.
  if (node_.resource_type.empty()) node_.resource_type = unique_id.substr(0, unique_id.find('.'));
  if (node_.meta.empty()) node_.meta = top_meta_;
  if (schema_version_ < 12 && node_.resource_type == "seed") node_.parents = {};
  store_aspects();
  return node_;
}

void EntryReader::read_field(Field field, od::value& value) {
  switch (field) {
    case Field::compiled_code:
      compiled_raw_ = JsonReader::is_null(value) ? std::string_view() : json_.raw_text(value);
      return;
    case Field::relation_name:
      if (!JsonReader::is_null(value)) compiled_.add_relation(json_.raw_text(value), node_.unique_id);
      return;
    case Field::fqn:
      node_.fqn = read_texts(value, field);
      return;
    case Field::tags:
      node_.tags = read_texts(value, field);
      return;
    case Field::meta:
      top_meta_ = read_meta(value);
      return;
    case Field::version:
      node_.version = keep(scalar_text(value));
      return;
    case Field::columns:
      return read_columns(value);
    case Field::config:
      return read_config(value);
    case Field::unrendered_config:
      return read_unrendered_config(value);
    case Field::depends_on:
      return read_depends_on(value);
    case Field::checksum:
      return read_checksum(value);
    case Field::contract:
      return read_contract(value);
    case Field::constraints:
      node_.constraints = read_constraints(value, true);
      return;
    case Field::test_metadata:
      return read_test_metadata(value);
    case Field::query_params:
      return read_query_params(value);
    case Field::exports:
      return read_exports(value);
    default:
      return read_text_field(field, value);
  }
}

// Fields that a Node keeps as text, and all that are only compared.
void EntryReader::read_text_field(Field field, od::value& value) {
  const auto slot = static_cast<std::size_t>(field);
  std::string_view* kept = nullptr;
  switch (field) {
    case Field::name:
      kept = &node_.name;
      break;
    case Field::package_name:
      kept = &node_.package_name;
      break;
    case Field::resource_type:
      if (section_ == Section::nodes) kept = &node_.resource_type;
      break;
    case Field::original_file_path:
      kept = &node_.original_file_path;
      break;
    case Field::patch_path:
      kept = &node_.patch_path;
      break;
    case Field::database:
      kept = &node_.database;
      break;
    case Field::schema:
      kept = &node_.schema;
      break;
    case Field::alias:
    case Field::identifier:
      kept = &node_.identifier;
      break;
    case Field::attached_node:
      kept = &node_.attached_node;
      break;
    case Field::column_name:
      kept = &node_.column_name;
      break;
    case Field::deprecation_date:
      kept = &node_.deprecation_date;
      break;
    default:
      hashes_[slot] =
          JsonReader::is_null(value) ? default_hashes()[slot] : hasher_.hash(value, shape_of(field));
      return;
  }
  if (!kept) return;
  const std::string_view text = json_.optional_text(value);
  *kept = keep(text);
  hashes_[slot] = JsonReader::is_null(value)         ? default_hashes()[slot]
                  : field == Field::deprecation_date ? hash_of_text(normal_instant(text))
                                                     : hash_of_text(text);
}

std::string_view EntryReader::scalar_text(od::value& value) {
  const std::string_view token = JsonReader::token(value);
  if (token == "null") return {};
  if (token.front() == '"') return json_.text(value);
  if (canonical_number(token)) return token;
  json_.fail("expected a number or text");
  return {};
}

std::span<const std::string_view> EntryReader::read_texts(od::value& value, Field field) {
  texts_.clear();
  text_hashes_.clear();
  const auto add = [&](od::value& item) {
    const std::string_view text = json_.text(item);
    texts_.push_back(keep(text));
    text_hashes_.push_back(hash_of_text(text));
  };
  if (JsonReader::token(value).front() == '"')  // dbt takes one tag for a list of one
    add(value);
  else
    json_.elements(value, add);
  hash_of(field) = hash_of_list(text_hashes_);
  return arena_.copy(texts_);
}

std::string_view EntryReader::read_meta(od::value& value) {
  return meta_text(value, hasher_.hash(value));
}

// The text of `meta` once it has been hashed; empty where there is nothing in it.
std::string_view EntryReader::meta_text(od::value& value, Hash128 hash) {
  const bool is_object = JsonReader::token(value).front() == '{';
  return is_object && !is_empty(hash) ? keep(json_.read_json(value)) : std::string_view();
}

// `config` as it is rendered. A semantic model's and a saved query's is compared whole, with the class's
// defaults; of the others dbt 2 compares what an author can have meant (see model::Node).
void EntryReader::read_config(od::value& value) {
  const Shape* const shape = config_shape_of(section_);
  members_.clear();
  json_.members(value, [&](std::string_view key, od::value& item) {
    const ConfigKey kind = config_key_of(key);
    const bool is_hook = kind == ConfigKey::pre_hook || kind == ConfigKey::post_hook;
    const Hash128 name = hash_of_text(!is_hook                      ? key
                                      : kind == ConfigKey::pre_hook ? "pre_hook"
                                                                    : "post_hook");
    const Hash128 hash = read_config_value(kind, item, shape_of(shape, key));
    if (shape || (kind != ConfigKey::not_compared && !is_empty(hash))) members_.emplace_back(name, hash);
  });
  if (shape) add_absent(members_, 0, *shape);
  hash_of(Field::rendered_config) = hash_of_object(members_);
}

Hash128 EntryReader::read_config_value(ConfigKey key, od::value& value, const Shape* shape) {
  switch (key) {
    case ConfigKey::enabled: {
      const Hash128 hash = hasher_.hash(value);
      node_.enabled = is_true(hash);
      return hash;
    }
    case ConfigKey::materialized:
      node_.materialized = keep(json_.optional_text(value));
      return hasher_.hash(value);
    case ConfigKey::persist_docs:
      return read_persist_docs(value);
    case ConfigKey::meta: {
      const Hash128 hash = hasher_.hash(value);
      node_.meta = meta_text(value, hash);
      return hash;
    }
    case ConfigKey::pre_hook:
    case ConfigKey::post_hook:
      return read_hooks(value);
    case ConfigKey::not_compared:
    case ConfigKey::other:
      break;
  }
  return hasher_.hash(value, shape);
}

Hash128 EntryReader::read_persist_docs(od::value& value) {
  std::vector<HashedMember> members;
  node_.persist_relation = node_.persist_columns = false;
  json_.members(value, [&](std::string_view key, od::value& item) {
    const Hash128 name = hash_of_text(key);
    bool* const wanted = key == "relation"  ? &node_.persist_relation
                         : key == "columns" ? &node_.persist_columns
                                            : nullptr;
    const Hash128 hash = hasher_.hash(item);
    if (wanted) *wanted = is_true(hash);
    members.emplace_back(name, hash);
  });
  return hash_of_object(members);
}

// Hooks as a multiset of their SQL, whichever line ends it was written with.
Hash128 EntryReader::read_hooks(od::value& value) {
  text_hashes_.clear();
  const auto add = [&](od::value& sql) {
    std::string text(json_.optional_text(sql));
    std::erase(text, '\r');
    text_hashes_.push_back(hash_of_text(text));
  };
  const auto add_hook = [&](od::value& hook) {
    if (JsonReader::token(hook).front() != '{') return add(hook);
    json_.members(hook, [&](std::string_view key, od::value& item) {
      if (key == "sql") add(item);
    });
  };
  if (JsonReader::token(value).front() == '[')
    json_.elements(value, add_hook);
  else if (!JsonReader::is_null(value))
    add_hook(value);
  std::sort(text_hashes_.begin(), text_hashes_.end());
  return hash_of_list(text_hashes_);
}

void EntryReader::read_unrendered_config(od::value& value) {
  config_aspects_.clear();
  json_.members(value, [&](std::string_view key, od::value& item) {
    const std::string_view name = config_aspect_name(key);
    config_aspects_.push_back({name, hasher_.hash(item)});
  });
}

std::string_view EntryReader::config_aspect_name(std::string_view key) {
  if (const auto known = config_names_.find(key); known != config_names_.end()) return known->second;
  const std::string_view name = keep("config." + std::string(key));
  config_names_.emplace(key, name);
  return name;
}

void EntryReader::read_columns(od::value& value) {
  columns_.clear();
  members_.clear();
  json_.members(value, [&](std::string_view key, od::value& item) {
    const Hash128 name = hash_of_text(key);
    Hash128 description = dbt::hash_of(Default::empty_text);
    columns_.push_back(read_column(keep(key), item, description));
    members_.emplace_back(name, description);
  });
  node_.columns = arena_.copy(columns_);
  hash_of(Field::columns) = hash_of_object(members_);
}

model::Column EntryReader::read_column(std::string_view name, od::value& value, Hash128& description) {
  model::Column column;
  column.name = name;
  std::string_view meta;
  texts_.clear();
  const auto add_tags = [&](od::value& tags) {
    json_.elements(tags, [&](od::value& tag) { texts_.push_back(keep(json_.text(tag))); });
  };
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (key == "description")
      description = hash_of_text(json_.optional_text(item));
    else if (key == "data_type")
      column.data_type = keep(json_.optional_text(item));
    else if (key == "constraints")
      column.constraints = read_constraints(item, false);
    else if (key == "tags")
      add_tags(item);
    else if (key == "meta")
      meta = read_meta(item);
    else if (key == "config")
      json_.members(item, [&](std::string_view config_key, od::value& config_item) {
        if (config_key == "tags")
          add_tags(config_item);
        else if (config_key == "meta")
          column.meta = read_meta(config_item);
      });
  });
  if (column.meta.empty()) column.meta = meta;
  std::sort(texts_.begin(), texts_.end());
  texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
  column.tags = arena_.copy(texts_);
  return column;
}

void EntryReader::read_depends_on(od::value& value) {
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (key == "nodes") {
      node_.parents = read_texts(item, Field::depends_on);
    } else if (key == "macros") {
      texts_.clear();
      node_.null_macro = false;
      json_.elements(item, [&](od::value& macro) {
        if (JsonReader::is_null(macro)) node_.null_macro = true;
        texts_.push_back(keep(json_.optional_text(macro)));
      });
      node_.macros = arena_.copy(texts_);
    }
  });
  if (section_ != Section::exposures) return;
  // An exposure's dependencies are compared as a set.
  text_hashes_.clear();
  for (const std::string_view parent : node_.parents)
    text_hashes_.push_back(hash_of_text(parent));
  std::sort(text_hashes_.begin(), text_hashes_.end());
  text_hashes_.erase(std::unique(text_hashes_.begin(), text_hashes_.end()), text_hashes_.end());
  hash_of(Field::depends_on) = hash_of_list(text_hashes_);
}

void EntryReader::read_checksum(od::value& value) {
  if (JsonReader::token(value).front() != '{') {
    hash_of(Field::checksum) = hasher_.hash(value);
    return;
  }
  std::array<Hash128, 2> parts = {dbt::hash_of(Default::null), dbt::hash_of(Default::null)};
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (key == "name") {
      const std::string_view name = json_.optional_text(item);
      parts[0] = hash_of_text(name);
      if (node_.resource_type == "seed" || section_ == Section::nodes) node_.checksum_name = keep(name);
    } else if (key == "checksum") {
      parts[1] = hasher_.hash(item);
    }
  });
  hash_of(Field::checksum) = hash_of_list(parts);
}

void EntryReader::read_contract(od::value& value) {
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (key == "enforced")
      node_.contract_enforced = is_true(hasher_.hash(item));
    else if (key == "checksum")
      hash_of(Field::contract_checksum) = hasher_.hash(item);
  });
}

void EntryReader::read_test_metadata(od::value& value) {
  if (JsonReader::is_null(value)) return;
  node_.generic_test = true;
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (key == "name")
      node_.test_name = keep(json_.optional_text(item));
    else if (key == "namespace")
      node_.test_namespace = keep(json_.optional_text(item));
    else if (key == "kwargs")
      node_.test_kwargs = keep(json_.raw_json(item));
  });
}

void EntryReader::read_query_params(od::value& value) {
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (JsonReader::is_null(item)) return;
    if (key == "metrics")
      hash_of(Field::metrics) = hasher_.hash(item);
    else if (key == "group_by")
      hash_of(Field::group_by) = hasher_.hash(item);
    else if (key == "where")
      hash_of(Field::where) = hasher_.hash(item);
  });
}

void EntryReader::read_exports(od::value& value) {
  text_hashes_.clear();
  json_.elements(value, [&](od::value& item) { text_hashes_.push_back(read_export(item)); });
  hash_of(Field::exports) = hash_of_list(text_hashes_);
}

Hash128 EntryReader::read_export(od::value& value) {
  static constexpr std::array<std::string_view, 3> compared = {"export_as", "schema", "alias"};
  std::array<Hash128, 4> parts;
  parts.fill(dbt::hash_of(Default::null));
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (key == "name")
      parts[0] = hasher_.hash(item);
    else if (key == "unrendered_config")
      json_.members(item, [&](std::string_view config_key, od::value& config_item) {
        const auto found = std::find(compared.begin(), compared.end(), config_key);
        if (found == compared.end()) return;
        parts[static_cast<std::size_t>(found - compared.begin()) + 1] = hasher_.hash(config_item);
      });
  });
  return hash_of_list(parts);
}

std::span<const std::string_view> EntryReader::read_constraints(od::value& value, bool of_model) {
  std::vector<std::string_view> constraints;  // not texts_: a column's tags are being gathered there
  json_.elements(value, [&](od::value& item) {
    constraints.push_back(keep(canonical_constraint(json_.raw_json(item), of_model)));
  });
  return arena_.copy(constraints);
}

void EntryReader::store_aspects() {
  const AspectRules rules = aspect_rules(section_, node_.resource_type);
  aspects_.clear();
  const auto add = [&](std::span<const AspectRule> group) {
    for (const AspectRule& rule : group)
      aspects_.push_back({rule.name, hash_of(rule.field)});
  };
  add(rules.first);
  const bool has_code = rules.has_compiled && !compiled_raw_.empty();
  const std::size_t compiled_at = aspects_.size();
  if (has_code) aspects_.push_back({"compiled", {}});
  if (rules.has_config) {
    const auto by_name = [](const model::Aspect& a, const model::Aspect& b) { return a.name < b.name; };
    std::stable_sort(config_aspects_.begin(), config_aspects_.end(), by_name);
    for (const model::Aspect& aspect : config_aspects_) {
      if (!aspects_.empty() && aspects_.back().name == aspect.name)
        aspects_.back() = aspect;  // the last of equal keys counts
      else
        aspects_.push_back(aspect);
    }
  }
  add(rules.rest);
  const std::span<model::Aspect> stored = arena_.copy(aspects_);
  node_.aspects = stored;
  if (has_code) compiled_.add_code(compiled_raw_, node_.unique_id, stored[compiled_at].hash);
}

}  // namespace vernier::dbt
