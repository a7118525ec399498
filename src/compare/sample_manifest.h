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
    reserve(sample);
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
  // Spans point into these vectors, which therefore must not grow.
  void reserve(const SampleManifest& sample) {
    std::size_t texts = 0, aspects = 0, columns = 0;
    for (const SampleNode& node : sample.nodes) {
      texts += node.fqn.size() + node.tags.size() + node.parents.size() + node.macros.size() +
               node.constraints.size();
      for (const SampleColumn& column : node.columns)
        texts += column.constraints.size();
      aspects += node.aspects.size();
      columns += node.columns.size();
    }
    for (const SampleMacro& macro : sample.macros)
      texts += macro.macros.size();
    manifest_.storage.texts.reserve(texts);
    manifest_.storage.aspects.reserve(aspects);
    manifest_.storage.columns.reserve(columns);
  }

  std::string_view text(const std::string& value) {
    auto& copy = manifest_.storage.text.emplace_back(std::make_unique<char[]>(value.size() + 1));
    std::copy(value.begin(), value.end(), copy.get());
    return {copy.get(), value.size()};
  }

  std::span<const std::string_view> texts(const std::vector<std::string>& values) {
    auto& all = manifest_.storage.texts;
    const std::size_t begin = all.size();
    for (const std::string& value : values)
      all.push_back(text(value));
    return std::span(all).subspan(begin);
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
    auto& aspects = manifest_.storage.aspects;
    const std::size_t first_aspect = aspects.size();
    for (const auto& [name, value] : sample.aspects)
      aspects.push_back({text(name), value == "null" ? model::null_hash : hash128(value)});
    node.aspects = std::span(aspects).subspan(first_aspect);
    auto& columns = manifest_.storage.columns;
    const std::size_t first_column = columns.size();
    for (const SampleColumn& column : sample.columns)
      columns.push_back({text(column.name), text(column.data_type), texts(column.constraints), {}, {}});
    node.columns = std::span(columns).subspan(first_column);
    return node;
  }

  model::Manifest manifest_;
};

inline model::Manifest SampleManifest::build() const {
  return SampleBuilder().build(*this);
}

}  // namespace vernier::compare
