// SPDX-License-Identifier: Apache-2.0
#include "dbt/entry_fields.h"

#include <algorithm>

namespace vernier::dbt {
namespace {

struct SectionName {
  std::string_view name;
  std::string_view resource_type;
};
constexpr std::array<SectionName, 8> section_names = {{{"nodes", ""},
                                                       {"sources", "source"},
                                                       {"exposures", "exposure"},
                                                       {"metrics", "metric"},
                                                       {"semantic_models", "semantic_model"},
                                                       {"saved_queries", "saved_query"},
                                                       {"unit_tests", "unit_test"},
                                                       {"functions", "function"}}};

// In the order of the enumeration; the parts of values have no key.
constexpr std::array<std::string_view, field_count> field_names = {"access",
                                                                   "alias",
                                                                   "arguments",
                                                                   "attached_node",
                                                                   "checksum",
                                                                   "column_name",
                                                                   "columns",
                                                                   "compiled_code",
                                                                   "config",
                                                                   "constraints",
                                                                   "contract",
                                                                   "database",
                                                                   "defaults",
                                                                   "depends_on",
                                                                   "deprecation_date",
                                                                   "description",
                                                                   "dimensions",
                                                                   "entities",
                                                                   "exports",
                                                                   "external",
                                                                   "fqn",
                                                                   "freshness",
                                                                   "group",
                                                                   "identifier",
                                                                   "label",
                                                                   "latest_version",
                                                                   "loaded_at_field",
                                                                   "maturity",
                                                                   "measures",
                                                                   "meta",
                                                                   "model",
                                                                   "name",
                                                                   "original_file_path",
                                                                   "owner",
                                                                   "package_name",
                                                                   "patch_path",
                                                                   "primary_entity",
                                                                   "query_params",
                                                                   "quoting",
                                                                   "raw_code",
                                                                   "relation_name",
                                                                   "resource_type",
                                                                   "returns",
                                                                   "schema",
                                                                   "tags",
                                                                   "test_metadata",
                                                                   "type",
                                                                   "unrendered_config",
                                                                   "unrendered_database",
                                                                   "unrendered_schema",
                                                                   "url",
                                                                   "version"};

// Keys are looked up a few hundred thousand times per manifest, hence a hash table made at compile time.
constexpr std::size_t slot_count = 256;
constexpr std::uint8_t free_slot = 0xFF;
constexpr std::size_t slot_of(std::string_view key) {
  const auto first = static_cast<unsigned char>(key.front());
  const auto last = static_cast<unsigned char>(key.back());
  return (key.size() * 37 + first * 11u + last * 3u) % slot_count;
}
constexpr auto slots = [] {
  std::array<std::uint8_t, slot_count> table{};
  table.fill(free_slot);
  for (std::size_t i = 0; i < field_names.size() && !field_names[i].empty(); ++i) {
    std::size_t slot = slot_of(field_names[i]);
    while (table[slot] != free_slot)
      slot = (slot + 1) % slot_count;
    table[slot] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

constexpr Shape::Member element_config_members[] = {{"meta", Default::empty_object}};
constexpr Shape element_config{element_config_members};
constexpr Shape::Member type_params_members[] = {{"validity_params"}};
constexpr Shape type_params{type_params_members};
constexpr Shape::Member entity_members[] = {
    {"description"}, {"label"}, {"role"}, {"expr"}, {"metadata"}, {"config", Default::null, &element_config}};
constexpr Shape entity{entity_members};
constexpr Shape::Member dimension_members[] = {{"description"},
                                               {"label"},
                                               {"is_partition", Default::no},
                                               {"type_params", Default::null, &type_params},
                                               {"expr"},
                                               {"metadata"},
                                               {"config", Default::null, &element_config}};
constexpr Shape dimension{dimension_members};
constexpr Shape::Member measure_members[] = {{"description"},
                                             {"label"},
                                             {"create_metric", Default::no},
                                             {"expr"},
                                             {"agg_params"},
                                             {"metadata"},
                                             {"non_additive_dimension"},
                                             {"agg_time_dimension"},
                                             {"config", Default::null, &element_config}};
constexpr Shape measure{measure_members};
constexpr Shape::Member defaults_members[] = {{"agg_time_dimension"}};
constexpr Shape semantic_defaults{defaults_members};
constexpr Shape::Member quoting_members[] = {{"database"}, {"schema"}, {"identifier"}, {"column"}};
constexpr Shape quoting{quoting_members};
constexpr Shape::Member argument_members[] = {{"description"}, {"default_value"}};
constexpr Shape argument{argument_members};
constexpr Shape::Member returns_members[] = {{"description"}};
constexpr Shape returns{returns_members};
constexpr Shape::Member semantic_config_members[] = {
    {"enabled", Default::yes}, {"group"}, {"meta", Default::empty_object}};
constexpr Shape semantic_config{semantic_config_members};
constexpr Shape::Member cache_members[] = {{"enabled", Default::no}};
constexpr Shape cache{cache_members};
constexpr Shape::Member query_config_members[] = {{"enabled", Default::yes},
                                                  {"group"},
                                                  {"meta", Default::empty_object},
                                                  {"export_as"},
                                                  {"schema"},
                                                  {"cache", Default::shaped_object, &cache}};
constexpr Shape query_config{query_config_members};

constexpr AspectRule node_first[] = {{"body", Field::raw_code}, {"columns.description", Field::columns}};
constexpr AspectRule seed_first[] = {{"body", Field::checksum}, {"columns.description", Field::columns}};
constexpr AspectRule node_rest[] = {
    {"description", Field::description}, {"fqn", Field::fqn}, {"rendered_config", Field::rendered_config}};
constexpr AspectRule model_first[] = {
    {"access", Field::access}, {"body", Field::raw_code}, {"columns.description", Field::columns}};
constexpr AspectRule model_rest[] = {{"contract.checksum", Field::contract_checksum},
                                     {"deprecation_date", Field::deprecation_date},
                                     {"description", Field::description},
                                     {"fqn", Field::fqn},
                                     {"latest_version", Field::latest_version},
                                     {"rendered_config", Field::rendered_config}};
constexpr AspectRule function_first[] = {
    {"arguments", Field::arguments}, {"body", Field::raw_code}, {"columns.description", Field::columns}};
constexpr AspectRule function_rest[] = {{"description", Field::description},
                                        {"fqn", Field::fqn},
                                        {"rendered_config", Field::rendered_config},
                                        {"returns", Field::returns}};
constexpr AspectRule source_rest[] = {{"database", Field::database},
                                      {"external", Field::external},
                                      {"fqn", Field::fqn},
                                      {"freshness", Field::freshness},
                                      {"identifier", Field::identifier},
                                      {"loaded_at_field", Field::loaded_at_field},
                                      {"quoting", Field::quoting},
                                      {"rendered_config", Field::rendered_config},
                                      {"schema", Field::schema},
                                      {"unrendered_database", Field::unrendered_database},
                                      {"unrendered_schema", Field::unrendered_schema}};
constexpr AspectRule exposure_rest[] = {{"depends_on", Field::depends_on},
                                        {"description", Field::description},
                                        {"fqn", Field::fqn},
                                        {"label", Field::label},
                                        {"maturity", Field::maturity},
                                        {"owner", Field::owner},
                                        {"type", Field::type},
                                        {"url", Field::url}};
constexpr AspectRule metric_rest[] = {
    {"description", Field::description}, {"label", Field::label}, {"type", Field::type}};
constexpr AspectRule semantic_rest[] = {{"defaults", Field::defaults},
                                        {"description", Field::description},
                                        {"dimensions", Field::dimensions},
                                        {"entities", Field::entities},
                                        {"group", Field::group},
                                        {"measures", Field::measures},
                                        {"model", Field::model},
                                        {"primary_entity", Field::primary_entity},
                                        {"rendered_config", Field::rendered_config}};
constexpr AspectRule query_rest[] = {{"description", Field::description},
                                     {"exports", Field::exports},
                                     {"group", Field::group},
                                     {"group_by", Field::group_by},
                                     {"label", Field::label},
                                     {"metrics", Field::metrics},
                                     {"rendered_config", Field::rendered_config},
                                     {"tags", Field::tags},
                                     {"where", Field::where}};
constexpr AspectRule unit_test_rest[] = {{"checksum", Field::checksum}};

AspectRules node_aspects(std::string_view resource_type) {
  if (resource_type == "model") return {model_first, model_rest, true, true};
  if (resource_type == "seed") return {seed_first, node_rest, true};
  if (resource_type == "function") return {function_first, function_rest, true};
  return {node_first, node_rest, true};
}

Default default_of(Field field) {
  switch (field) {
    case Field::raw_code:
    case Field::description:
      return Default::empty_text;
    case Field::columns:
    case Field::rendered_config:
      return Default::empty_object;
    case Field::arguments:
    case Field::dimensions:
    case Field::entities:
    case Field::measures:
    case Field::exports:
    case Field::metrics:
    case Field::group_by:
    case Field::tags:
    case Field::fqn:
    case Field::depends_on:
      return Default::empty_list;
    case Field::quoting:
      return Default::shaped_object;
    default:
      return Default::null;
  }
}

}  // namespace

std::optional<Section> parse_section(std::string_view name) {
  const auto found = std::find_if(section_names.begin(), section_names.end(),
                                  [&](const SectionName& section) { return section.name == name; });
  if (found == section_names.end()) return std::nullopt;
  return static_cast<Section>(found - section_names.begin());
}

std::string_view resource_type_of(Section section) {
  return section_names[static_cast<std::size_t>(section)].resource_type;
}

std::optional<Field> parse_field(std::string_view key, int schema_version) {
  if (key.empty()) return std::nullopt;
  for (std::size_t slot = slot_of(key); slots[slot] != free_slot; slot = (slot + 1) % slot_count)
    if (field_names[slots[slot]] == key) return static_cast<Field>(slots[slot]);
  if (schema_version < 12 && key == "raw_sql") return Field::raw_code;
  if (schema_version < 12 && key == "compiled_sql") return Field::compiled_code;
  return std::nullopt;
}

std::string_view name_of(Field field) {
  return field_names[static_cast<std::size_t>(field)];
}

const FieldHashes& default_hashes() {
  static const FieldHashes hashes = [] {
    FieldHashes all;
    for (std::size_t i = 0; i < field_count; ++i) {
      const auto field = static_cast<Field>(i);
      all[i] = hash_of(default_of(field), shape_of(field));
    }
    all[static_cast<std::size_t>(Field::access)] = hash_of_text("protected");
    return all;
  }();
  return hashes;
}

const Shape* shape_of(Field field) {
  switch (field) {
    case Field::arguments:
      return &argument;
    case Field::defaults:
      return &semantic_defaults;
    case Field::dimensions:
      return &dimension;
    case Field::entities:
      return &entity;
    case Field::measures:
      return &measure;
    case Field::quoting:
      return &quoting;
    case Field::returns:
      return &returns;
    default:
      return nullptr;
  }
}

const Shape* config_shape_of(Section section) {
  if (section == Section::semantic_models) return &semantic_config;
  if (section == Section::saved_queries) return &query_config;
  return nullptr;
}

AspectRules aspect_rules(Section section, std::string_view resource_type) {
  switch (section) {
    case Section::nodes:
      return node_aspects(resource_type);
    case Section::functions:
      return {function_first, function_rest, true};
    case Section::sources:
      return {{}, source_rest, true};
    case Section::exposures:
      return {{}, exposure_rest, true};
    case Section::metrics:
      return {{}, metric_rest, true};
    case Section::semantic_models:
      return {{}, semantic_rest};
    case Section::saved_queries:
      return {{}, query_rest};
    case Section::unit_tests:
      return {{}, unit_test_rest};
  }
  return {};
}

}  // namespace vernier::dbt
