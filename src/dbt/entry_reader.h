// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dbt/arena.h"
#include "dbt/compiled_code.h"
#include "dbt/entry_fields.h"
#include "dbt/json_reader.h"
#include "dbt/value_hash.h"
#include "model/manifest.h"

namespace vernier::dbt {

// Reads entries of the eight node sections. What a Node keeps is copied into the arena; compiled code is
// only noted, since the relations it names are known at the end of the file.
class EntryReader {
 public:
  EntryReader(JsonReader& json, Arena& arena, int schema_version)
      : json_(json), arena_(arena), hasher_(json), schema_version_(schema_version) {}

  // `unique_id` is the entry's key and lives in the arena. After a failure the node is of no use.
  model::Node read(Section section, std::string_view unique_id, od::value& entry);

  CompiledCode& compiled_code() { return compiled_; }

  // What is done with a key of `config`, beside comparing it.
  enum class ConfigKey {
    enabled,
    materialized,
    persist_docs,
    meta,
    pre_hook,
    post_hook,
    not_compared,
    other
  };

 private:
  struct StringHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void read_field(Field field, od::value& value);
  void read_text_field(Field field, od::value& value);
  void read_config(od::value& value);
  Hash128 read_config_value(ConfigKey key, od::value& value, const Shape* shape);
  Hash128 read_persist_docs(od::value& value);
  Hash128 read_hooks(od::value& value);
  void read_unrendered_config(od::value& value);
  void read_columns(od::value& value);
  model::Column read_column(std::string_view name, od::value& value, Hash128& description);
  void read_depends_on(od::value& value);
  void read_checksum(od::value& value);
  void read_contract(od::value& value);
  void read_test_metadata(od::value& value);
  void read_query_params(od::value& value);
  void read_exports(od::value& value);
  Hash128 read_export(od::value& value);
  std::span<const std::string_view> read_constraints(od::value& value, bool of_model);
  std::span<const std::string_view> read_texts(od::value& value, Field field);
  std::string_view read_meta(od::value& value);
  std::string_view meta_text(od::value& value, Hash128 hash);
  std::string_view scalar_text(od::value& value);
  std::string_view keep(std::string_view text) { return arena_.copy(text); }
  std::string_view config_aspect_name(std::string_view key);
  void store_aspects();

  Hash128& hash_of(Field field) { return hashes_[static_cast<std::size_t>(field)]; }

  JsonReader& json_;
  Arena& arena_;
  ValueHasher hasher_;
  int schema_version_;
  CompiledCode compiled_;

  // Of the entry being read.
  Section section_ = Section::nodes;
  model::Node node_;
  FieldHashes hashes_;
  std::string_view compiled_raw_;
  std::string_view top_meta_;
  std::vector<model::Aspect> config_aspects_;

  // Reused from entry to entry.
  std::vector<model::Aspect> aspects_;
  std::vector<model::Column> columns_;
  std::vector<std::string_view> texts_;
  std::vector<Hash128> text_hashes_;
  std::vector<HashedMember> members_;
  std::unordered_map<std::string, std::string_view, StringHash, std::equal_to<>> config_names_;
};

}  // namespace vernier::dbt
