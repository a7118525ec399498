// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/hash.h"
#include "dbt/value_hash.h"

namespace vernier::dbt {

// The sections whose entries are nodes.
enum class Section {
  nodes,
  sources,
  exposures,
  metrics,
  semantic_models,
  saved_queries,
  unit_tests,
  functions
};
std::optional<Section> parse_section(std::string_view name);
// What an entry of the section is that does not say so; empty for `nodes`.
std::string_view resource_type_of(Section section);

// The keys of an entry that a fingerprint needs; the reader skips all others. The last five are parts of a
// key's value.
enum class Field : std::uint8_t {
  access,
  alias,
  arguments,
  attached_node,
  checksum,
  column_name,
  columns,
  compiled_code,
  config,
  constraints,
  contract,
  database,
  defaults,
  depends_on,
  deprecation_date,
  description,
  dimensions,
  entities,
  exports,
  external,
  fqn,
  freshness,
  group,
  identifier,
  label,
  latest_version,
  loaded_at_field,
  maturity,
  measures,
  meta,
  model,
  name,
  original_file_path,
  owner,
  package_name,
  patch_path,
  primary_entity,
  query_params,
  quoting,
  raw_code,
  relation_name,
  resource_type,
  returns,
  schema,
  tags,
  test_metadata,
  type,
  unrendered_config,
  unrendered_database,
  unrendered_schema,
  url,
  version,
  contract_checksum,
  group_by,
  metrics,
  rendered_config,
  where
};
constexpr std::size_t field_count = static_cast<std::size_t>(Field::where) + 1;

// The field of a key; the names that schema versions before 12 used count only there.
std::optional<Field> parse_field(std::string_view key, int schema_version);
std::string_view name_of(Field field);

// One hash for each field that some aspect is made of.
using FieldHashes = std::array<Hash128, field_count>;
// The hashes of an entry that has none of its keys. In a semantic model and a saved query `config` has
// defaults of its own.
const FieldHashes& default_hashes();
const Shape* shape_of(Field field);
const Shape* config_shape_of(Section section);

struct AspectRule {
  std::string_view name;
  Field field;
};
// The aspects of a resource type in the order of their names, with those of `unrendered_config`, if it has
// them, between `first` and `rest`.
struct AspectRules {
  std::span<const AspectRule> first;
  std::span<const AspectRule> rest;
  bool has_config = false;
  bool has_compiled = false;
};
AspectRules aspect_rules(Section section, std::string_view resource_type);

}  // namespace vernier::dbt
