// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "model/relation.h"

namespace vernier::model {

// One thing that state comparison looks at, reduced to a hash of its value by Python's equality
// (state-semantics section 3). Equal hashes mean equal values.
struct Aspect {
  std::string_view name;
  Hash128 hash;
};

// The hash of an aspect whose value is null.
inline constexpr Hash128 null_hash{0xD6E8FEB86659FD93, 0xD6E8FEB86659FD93};

// `aspects` are sorted by name.
Hash128 digest_of(std::span<const Aspect> aspects);

struct Column {
  std::string_view name;
  std::string_view data_type;
  std::span<const std::string_view> constraints;  // canonical JSON, one text each
  std::span<const std::string_view> tags;
  std::string_view meta;  // JSON object as text; empty where there is none
};

// One resource of the project. All views and spans point into the Manifest that owns it.
//
// Aspects, by resource type:
//   model seed snapshot test analysis operation function:
//     body fqn description columns.description config.<key> of unrendered_config;
//     model also latest_version access deprecation_date contract.checksum compiled;
//     function also arguments returns
//   source: fqn database schema identifier unrendered_database unrendered_schema quoting freshness
//     loaded_at_field external config.<key>
//   exposure: fqn type owner maturity url description label depends_on config.<key>
//   metric: type description label config.<key>
//   semantic_model: model description defaults entities dimensions measures primary_entity group
//   rendered_config saved_query: metrics group_by where description label group tags exports rendered_config
//   unit_test: checksum
// An aspect whose value is absent takes the class's default (state-semantics section 2), except config keys,
// where absent means no entry.
// All of the first two rows also have rendered_config, which dbt 2 looks at where config.* differ: `config`
// without alias schema database tags group static_analysis, nulls and empty values left out, pre_hook and
// post_hook (either spelling) as sorted lists with CRLF folded. A text's hash is hash128() of its bytes.
struct Node {
  // What a comparison of equal nodes looks at comes first, to lie in one line of the cache.
  std::string_view unique_id;
  std::string_view resource_type;
  Hash128 digest;                             // of the aspects: equal digests mean equal aspects
  std::span<const std::string_view> parents;  // depends_on.nodes, as in the file
  bool enabled = true;
  bool generic_test = false;      // a test with test_metadata
  bool persist_relation = false;  // config.persist_docs, by Python's truth
  bool persist_columns = false;
  bool contract_enforced = false;
  bool null_macro = false;  // depends_on.macros holds null
  std::string_view name;
  std::string_view package_name;
  std::string_view original_file_path;
  std::string_view patch_path;
  std::string_view database;
  std::string_view schema;
  std::string_view identifier;  // alias, or a source's identifier
  std::string_view materialized;
  std::string_view version;  // as text; empty where the model has none
  std::string_view deprecation_date;
  std::string_view checksum_name;  // of a seed: "sha256", "path", "none"
  std::string_view meta;           // config.meta as JSON text; empty where there is none
  // Of a generic test: what it tests. `test_kwargs` is JSON text.
  std::string_view test_name;
  std::string_view test_namespace;
  std::string_view test_kwargs;
  std::string_view attached_node;
  std::string_view column_name;
  std::span<const std::string_view> fqn;
  std::span<const std::string_view> tags;
  std::span<const std::string_view> macros;       // depends_on.macros, as in the file, null as an empty text
  std::span<const std::string_view> constraints;  // model level, canonical JSON
  std::span<const Aspect> aspects;                // sorted by name
  std::span<const Column> columns;                // in the file's order

  // nullptr where the node has no such aspect.
  const Aspect* aspect(std::string_view aspect_name) const;
  Relation relation() const { return {std::string(database), std::string(schema), std::string(identifier)}; }
};

struct Macro {
  std::string_view unique_id;
  Hash128 sql;
  Hash128 sql_trimmed;  // dbt 2 compares without white space at the ends
  std::span<const std::string_view> macros;
};

// The first entry of `disabled` under one id.
struct DisabledNode {
  std::string_view unique_id;
  std::string_view resource_type;
  std::string_view version;
  std::string_view deprecation_date;
  bool contract_enforced = false;
};

// The fingerprint of one manifest.json: what state comparison, key search and reports need, and no more.
// Movable, not copyable: its nodes point into its storage.
struct Manifest {
  int schema_version = 0;  // the N of manifest/vN.json
  std::string dbt_version;
  std::string adapter_type;
  std::string project_name;
  std::string invocation_id;
  std::string generated_at;
  // Values of metadata.env under names with SHA or COMMIT in them; what was read alone has them, no
  // stored fingerprint.
  std::vector<std::string> env_commits;
  std::vector<Node> nodes;                       // the eight sections together, sorted by unique_id
  std::vector<Macro> macros;                     // sorted by unique_id
  std::vector<DisabledNode> disabled;            // sorted by unique_id
  std::vector<std::unique_ptr<char[]>> storage;  // the memory behind views and spans

  Manifest() = default;
  Manifest(Manifest&&) = default;
  Manifest& operator=(Manifest&&) = default;
  Manifest(const Manifest&) = delete;
  Manifest& operator=(const Manifest&) = delete;

  // Binary search; nullptr where there is none.
  const Node* find(std::string_view unique_id) const;
  const Macro* find_macro(std::string_view unique_id) const;
  const DisabledNode* find_disabled(std::string_view unique_id) const;
};

}  // namespace vernier::model
