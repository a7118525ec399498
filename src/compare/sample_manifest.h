// SPDX-License-Identifier: Apache-2.0
#pragma once

// Manifests made by hand, for this module's tests.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/manifest.h"

namespace vernier::compare {

struct SampleColumn {
  std::string name;
  std::string data_type;
  std::vector<std::string> constraints;
};

struct SampleNode {
  std::string unique_id;
  std::string resource_type = "model";
  std::string name;
  std::string package_name = "shop";
  std::string original_file_path;
  std::string patch_path;
  std::string schema;
  std::string materialized;
  std::string version;
  std::string deprecation_date;
  std::string checksum_name;
  std::string meta;
  std::string test_name;
  std::string attached_node;
  bool enabled = true;
  bool generic_test = false;
  bool persist_relation = false;
  bool persist_columns = false;
  bool contract_enforced = false;
  std::vector<std::string> fqn, tags, parents, macros, constraints;
  std::vector<SampleColumn> columns;
  std::map<std::string, std::string> aspects;  // values; "null" is null
};

struct SampleMacro {
  std::string unique_id;
  std::string sql;
  std::vector<std::string> macros;
};

struct SampleDisabled {
  std::string unique_id;
  std::string resource_type = "model";
  std::string version;
  std::string deprecation_date;
  bool contract_enforced = false;
};

struct SampleManifest {
  std::string dbt_version = "1.11.2";
  std::string adapter_type = "duckdb";
  std::string project_name = "shop";
  int schema_version = 12;
  std::vector<SampleNode> nodes;
  std::vector<SampleMacro> macros;
  std::vector<SampleDisabled> disabled;

  // "model.shop.orders" has the name "orders" and whatever `rest` sets.
  SampleNode& add(const std::string& unique_id, const std::vector<std::string>& parents = {}) {
    SampleNode& node = nodes.emplace_back();
    node.unique_id = unique_id;
    const std::size_t dot = unique_id.find('.');
    node.resource_type = unique_id.substr(0, dot);
    node.name = unique_id.substr(unique_id.find('.', dot + 1) + 1);
    node.fqn = {"shop", node.name};
    node.parents = parents;
    return node;
  }
  SampleNode& at(std::string_view unique_id) {
    return *std::find_if(nodes.begin(), nodes.end(),
                         [&](const SampleNode& node) { return node.unique_id == unique_id; });
  }

  model::Manifest build() const;
};

// Copies samples into a manifest that owns everything its views point at.
class SampleBuilder {
 public:
  model::Manifest build(const SampleManifest& sample) {
    manifest_.dbt_version = sample.dbt_version;
    manifest_.adapter_type = sample.adapter_type;
    manifest_.project_name = sample.project_name;
    manifest_.schema_version = sample.schema_version;
    for (const SampleNode& node : sample.nodes)
      manifest_.nodes.push_back(build(node));
    for (const SampleMacro& macro : sample.macros)
      manifest_.macros.push_back(
          {text(macro.unique_id), hash128(macro.sql), hash128(macro.sql), texts(macro.macros)});
    for (const SampleDisabled& gone : sample.disabled)
      manifest_.disabled.push_back({text(gone.unique_id), text(gone.resource_type), text(gone.version),
                                    text(gone.deprecation_date), gone.contract_enforced});
    const auto by_id = [](const auto& a, const auto& b) { return a.unique_id < b.unique_id; };
    std::sort(manifest_.nodes.begin(), manifest_.nodes.end(), by_id);
    std::sort(manifest_.macros.begin(), manifest_.macros.end(), by_id);
    std::sort(manifest_.disabled.begin(), manifest_.disabled.end(), by_id);
    return std::move(manifest_);
  }

 private:
  // The values moved to where they stay as long as the manifest does.
  template <typename T>
  std::span<const T> keep(const std::vector<T>& values) {
    auto& memory = manifest_.storage.emplace_back(std::make_unique<char[]>(values.size() * sizeof(T) + 1));
    T* const place = reinterpret_cast<T*>(memory.get());
    std::uninitialized_copy(values.begin(), values.end(), place);
    return {place, values.size()};
  }

  std::string_view text(const std::string& value) {
    const std::span<const char> copy = keep(std::vector<char>(value.begin(), value.end()));
    return {copy.data(), copy.size()};
  }

  std::span<const std::string_view> texts(const std::vector<std::string>& values) {
    std::vector<std::string_view> list;
    for (const std::string& value : values)
      list.push_back(text(value));
    return keep(list);
  }

  model::Node build(const SampleNode& sample) {
    model::Node node;
    node.unique_id = text(sample.unique_id);
    node.resource_type = text(sample.resource_type);
    node.name = text(sample.name);
    node.package_name = text(sample.package_name);
    node.original_file_path = text(sample.original_file_path);
    node.patch_path = text(sample.patch_path);
    node.schema = text(sample.schema);
    node.materialized = text(sample.materialized);
    node.version = text(sample.version);
    node.deprecation_date = text(sample.deprecation_date);
    node.checksum_name = text(sample.checksum_name);
    node.meta = text(sample.meta);
    node.test_name = text(sample.test_name);
    node.attached_node = text(sample.attached_node);
    node.enabled = sample.enabled;
    node.generic_test = sample.generic_test;
    node.persist_relation = sample.persist_relation;
    node.persist_columns = sample.persist_columns;
    node.contract_enforced = sample.contract_enforced;
    node.fqn = texts(sample.fqn);
    node.tags = texts(sample.tags);
    node.parents = texts(sample.parents);
    node.macros = texts(sample.macros);
    node.constraints = texts(sample.constraints);
    std::vector<model::Aspect> aspects;
    for (const auto& [name, value] : sample.aspects)
      aspects.push_back({text(name), value == "null" ? model::null_hash : hash128(value)});
    node.aspects = keep(aspects);
    node.digest = model::digest_of(node.aspects);
    std::vector<model::Column> columns;
    for (const SampleColumn& column : sample.columns)
      columns.push_back({text(column.name), text(column.data_type), texts(column.constraints), {}, {}});
    node.columns = keep(columns);
    return node;
  }

  model::Manifest manifest_;
};

inline model::Manifest SampleManifest::build() const {
  return SampleBuilder().build(*this);
}

}  // namespace vernier::compare
