// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dbt/dbt.h"
#include "dbt/json_reader.h"
#include "dbt/manifest_reader.h"

namespace vernier::dbt {
namespace {

// The commands that create relations.
constexpr std::array<std::string_view, 4> building = {"run", "build", "seed", "snapshot"};
// What a result may be of that leaves a relation behind; a passed test does not.
constexpr std::array<std::string_view, 3> built_types = {"model.", "seed.", "snapshot."};

// The relation that one result left behind; empty where it did not.
std::string built_relation(JsonReader& json, od::value& result) {
  bool success = false;
  std::string relation;
  json.members(result, [&](std::string_view key, od::value& value) {
    if (key == "status") {
      success = json.optional_text(value) == "success";
    } else if (key == "unique_id") {
      const std::string_view id = json.optional_text(value);
      if (std::any_of(built_types.begin(), built_types.end(),
                      [&](std::string_view type) { return id.starts_with(type); }))
        relation = id;
    }
  });
  return success ? relation : std::string();
}

Result<RunResults> read_document(od::document& document, const Limits& limits) {
  JsonReader json(limits.depth_max);
  RunResults run;
  od::object top;
  if (document.get_object().get(top))
    return invalid_input("not a run_results.json: the top level is not a JSON object");
  for (auto member : top) {
    od::field field;
    if (std::move(member).get(field)) return invalid_input("malformed JSON");
    const std::string section(json.text(field.key()));
    json.place.section = section;
    od::value& value = field.value();
    if (section == "metadata") {
      json.members(value, [&](std::string_view key, od::value& item) {
        if (key == "invocation_id") run.invocation_id = json.optional_text(item);
        if (key == "generated_at") run.generated_at = json.optional_text(item);
      });
    } else if (section == "args") {
      json.members(value, [&](std::string_view key, od::value& item) {
        if (key == "which") run.which = json.optional_text(item);
      });
    } else if (section == "results") {
      json.elements(value, [&](od::value& result) {
        if (std::string id = built_relation(json, result); !id.empty()) run.built.push_back(std::move(id));
      });
    }
    if (json.failed()) return json.error();
  }
  const bool builds = std::find(building.begin(), building.end(), run.which) != building.end();
  if (!builds) run.built.clear();
  run.kind = !run.built.empty() ? model::ArtifactKind::built : model::ArtifactKind::declared;
  return run;
}

}  // namespace

Result<RunResults> read_run_results(const std::filesystem::path& path, const Limits& limits) {
  const simdjson::padded_string json = TRY(load_json(path, limits.manifest_bytes_max));
  od::parser parser;
  od::document document;
  if (const auto code = parser.iterate(json).get(document))
    return invalid_input(fmt::format("{}: malformed JSON: {}", path.string(), simdjson::error_message(code)));
  auto run = read_document(document, limits);
  if (!run.ok()) return run.error().during(path.string());
  return run;
}

}  // namespace vernier::dbt
