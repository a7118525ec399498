// SPDX-License-Identifier: Apache-2.0
#include "compare/kind.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vernier::compare {
namespace {

using namespace std::string_view_literals;

constexpr std::array test_keys = {"severity"sv, "where"sv,    "limit"sv,          "fail_calc"sv,
                                  "warn_if"sv,  "error_if"sv, "store_failures"sv, "store_failures_as"sv};
constexpr std::array node_keys_left_out = {"alias"sv, "schema"sv, "database"sv, "tags"sv, "group"sv};

constexpr std::array of_model = {"latest_version"sv, "access"sv, "deprecation_date"sv};
constexpr std::array of_function = {"arguments"sv, "returns"sv};
constexpr std::array of_source = {"quoting"sv, "freshness"sv, "loaded_at_field"sv, "external"sv};
constexpr std::array of_exposure = {"type"sv,        "owner"sv, "maturity"sv,  "url"sv,
                                    "description"sv, "label"sv, "depends_on"sv};
constexpr std::array of_metric = {"type"sv, "description"sv, "label"sv};
constexpr std::array of_semantic_model = {"model"sv,      "description"sv, "defaults"sv,       "entities"sv,
                                          "dimensions"sv, "measures"sv,    "primary_entity"sv, "group"sv};
constexpr std::array of_saved_query = {"metrics"sv, "group_by"sv, "where"sv, "description"sv,
                                       "label"sv,   "group"sv,    "tags"sv,  "exports"sv};
constexpr std::array of_unit_test = {"checksum"sv};

bool contains(std::span<const std::string_view> list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

Kind kind_of(const model::Node& node) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 11> names = {{
      {"model", Kind::model},
      {"test", Kind::singular_test},
      {"seed", Kind::seed},
      {"source", Kind::source},
      {"snapshot", Kind::snapshot},
      {"function", Kind::function},
      {"exposure", Kind::exposure},
      {"metric", Kind::metric},
      {"semantic_model", Kind::semantic_model},
      {"saved_query", Kind::saved_query},
      {"unit_test", Kind::unit_test},
  }};
  if (node.generic_test) return Kind::generic_test;
  for (const auto& [name, kind] : names)
    if (node.resource_type == name) return kind;
  return Kind::code;
}

bool is_parsed(Kind kind) {
  return kind <= Kind::function;
}

bool is_test(Kind kind) {
  return kind == Kind::generic_test || kind == Kind::singular_test;
}

bool is_yaml_only(Kind kind) {
  return kind > Kind::function && kind != Kind::unit_test;
}

std::span<const std::string_view> own_aspects(Kind kind) {
  switch (kind) {
    case Kind::model:
      return of_model;
    case Kind::function:
      return of_function;
    case Kind::source:
      return of_source;
    case Kind::exposure:
      return of_exposure;
    case Kind::metric:
      return of_metric;
    case Kind::semantic_model:
      return of_semantic_model;
    case Kind::saved_query:
      return of_saved_query;
    case Kind::unit_test:
      return of_unit_test;
    default:
      return {};
  }
}

bool compares_config_key(Kind kind, std::string_view key) {
  if (is_test(kind)) return contains(test_keys, key);
  if (is_parsed(kind)) return !contains(node_keys_left_out, key);
  if (kind == Kind::metric) return key != "group";
  return kind == Kind::source || kind == Kind::exposure;
}

}  // namespace vernier::compare
