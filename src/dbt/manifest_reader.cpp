// SPDX-License-Identifier: Apache-2.0
#include "dbt/manifest_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <numeric>

#include "base/text.h"
#include "dbt/arena.h"
#include "dbt/entry_reader.h"
#include "dbt/huge_pages.h"
#include "dbt/json_number.h"
#include "dbt/json_reader.h"

namespace vernier::dbt {
namespace {

constexpr int oldest_version = 4;   // dbt 1.0
constexpr int newest_version = 12;  // dbt 1.8 to 2.0
constexpr int preview_version = 20;
constexpr std::size_t env_commits_max = 20;

// The entries by unique_id; of equal ids the last in the file counts, as in any JSON object.
template <typename Entry>
std::vector<Entry> sorted_by_id(const std::vector<Entry>& entries) {
  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return entries[a].unique_id < entries[b].unique_id;
  });
  std::vector<Entry> sorted;
  sorted.reserve(entries.size());
  for (const std::uint32_t i : order) {
    if (!sorted.empty() && sorted.back().unique_id == entries[i].unique_id)
      sorted.back() = entries[i];
    else
      sorted.push_back(entries[i]);
  }
  return sorted;
}

// The N of ".../manifest/vN.json", or nullopt.
std::optional<int> schema_number(std::string_view url) {
  constexpr std::string_view before = "/manifest/v";
  const std::size_t at = url.rfind(before);
  if (at == std::string_view::npos || !url.ends_with(".json")) return std::nullopt;
  const std::string_view digits = url.substr(at + before.size(), url.size() - at - before.size() - 5);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0) return std::nullopt;
  return number;
}

class ManifestReader {
 public:
  explicit ManifestReader(const Limits& limits) : json_(limits.depth_max) {}

  Result<model::Manifest> read(od::document& document) {
    TRY(read_metadata(document));
    EntryReader entries(json_, arena_, manifest_.schema_version);
    document.rewind();
    od::object top;
    if (document.get_object().get(top)) return invalid_input("malformed JSON");
    for (auto section : top) {
      od::field field;
      if (std::move(section).get(field)) return invalid_input("malformed JSON between sections");
      const std::string name(json_.text(field.key()));
      json_.place = {name, {}, {}};
      if (!json_.failed()) read_section(name, field.value(), entries);
      if (json_.failed()) return json_.error();
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      return invalid_input("malformed JSON: text after the end of the manifest");
    entries.compiled_code().hash_all(json_);
    if (json_.failed()) return json_.error();
    manifest_.nodes = sorted_by_id(manifest_.nodes);
    for (model::Node& node : manifest_.nodes)
      node.digest = model::digest_of(node.aspects);
    manifest_.macros = sorted_by_id(manifest_.macros);
    manifest_.disabled = sorted_by_id(manifest_.disabled);
    manifest_.storage = arena_.release();
    return std::move(manifest_);
  }

 private:
  // Before all else, wherever it stands in the file: the version decides how the rest is read.
  Status read_metadata(od::document& document);
  void read_metadata_field(std::string_view key, od::value& value, std::string& schema_url);
  void read_env(od::value& value);
  void read_section(const std::string& name, od::value& section, EntryReader& entries);
  void read_macro(std::string_view unique_id, od::value& value);
  void read_disabled(std::string_view unique_id, od::value& value);
  void read_disabled_field(model::DisabledNode& node, std::string_view key, od::value& value);

  model::Manifest manifest_;
  Arena arena_;
  JsonReader json_;
  std::vector<std::string> seen_;
  std::vector<std::string_view> texts_;
};

Status ManifestReader::read_metadata(od::document& document) {
  static constexpr std::string_view advice = "pass the manifest.json of a dbt target folder";
  od::value metadata;
  const auto code = document.find_field_unordered("metadata").get(metadata);
  if (code == simdjson::NO_SUCH_FIELD)
    return invalid_input(fmt::format("not a manifest: no `metadata`; {}", advice));
  if (code == simdjson::INCORRECT_TYPE)
    return invalid_input(fmt::format("not a manifest: the top level is not a JSON object; {}", advice));
  if (code) return invalid_input(fmt::format("malformed JSON: {}", simdjson::error_message(code)));
  std::string schema_url;
  json_.place = {"metadata", {}, {}};
  json_.members(metadata,
                [&](std::string_view key, od::value& value) { read_metadata_field(key, value, schema_url); });
  if (json_.failed()) return json_.error();
  if (schema_url.empty())
    return invalid_input(fmt::format("not a manifest: no `metadata.dbt_schema_version`; {}", advice));
  const auto number = schema_number(schema_url);
  if (!number)
    return invalid_input(
        fmt::format("not a manifest: its schema is \"{}\"; {}", schema_url.substr(0, 200), advice));
  if ((*number < oldest_version || *number > newest_version) && *number != preview_version)
    return invalid_input(
        fmt::format("manifest schema v{} is not supported, only v{} to v{} (dbt 1.0 and later)", *number,
                    oldest_version, newest_version));
  manifest_.schema_version = *number;
  return {};
}

void ManifestReader::read_metadata_field(std::string_view key, od::value& value, std::string& schema_url) {
  if (key == "dbt_schema_version")
    schema_url = json_.optional_text(value);
  else if (key == "dbt_version")
    manifest_.dbt_version = json_.optional_text(value);
  else if (key == "adapter_type")
    manifest_.adapter_type = json_.optional_text(value);
  else if (key == "project_name")
    manifest_.project_name = json_.optional_text(value);
  else if (key == "invocation_id")
    manifest_.invocation_id = json_.optional_text(value);
  else if (key == "generated_at")
    manifest_.generated_at = json_.optional_text(value);
  else if (key == "env")
    read_env(value);
}

// What DBT_ENV_CUSTOM_ENV_* variables held. Anything may stand there, so what is no text is passed over.
void ManifestReader::read_env(od::value& value) {
  json_.members(value, [&](std::string_view name, od::value& item) {
    const std::string lower = to_lower(name);
    const bool names_commit =
        lower.find("sha") != std::string::npos || lower.find("commit") != std::string::npos;
    if (!names_commit || manifest_.env_commits.size() >= env_commits_max) return;
    std::string_view text;
    if (!item.get_string().get(text)) manifest_.env_commits.emplace_back(text.substr(0, 100));
  });
}

void ManifestReader::read_section(const std::string& name, od::value& section, EntryReader& entries) {
  const auto kind = parse_section(name);
  if (!kind && name != "macros" && name != "disabled") return;
  if (std::find(seen_.begin(), seen_.end(), name) != seen_.end())
    return json_.fail("the section is there twice");
  seen_.push_back(name);
  if (kind == Section::metrics && manifest_.schema_version <= 9) return;  // another kind of metric
  json_.members(section, [&](std::string_view key, od::value& value) {
    const std::string_view unique_id = arena_.copy(key);
    json_.place = {name, unique_id, {}};
    if (kind)
      manifest_.nodes.push_back(entries.read(*kind, unique_id, value));
    else if (name == "macros")
      read_macro(unique_id, value);
    else
      read_disabled(unique_id, value);
  });
}

void ManifestReader::read_macro(std::string_view unique_id, od::value& value) {
  model::Macro macro;
  macro.unique_id = unique_id;
  macro.sql = macro.sql_trimmed = hash128("");
  if (JsonReader::is_null(value)) return json_.fail("expected an object, found null");
  json_.members(value, [&](std::string_view key, od::value& item) {
    if (key == "macro_sql") {
      json_.place.field = "macro_sql";
      const std::string_view sql = json_.optional_text(item);
      macro.sql = hash128(sql);
      macro.sql_trimmed = hash128(trim(sql));
    } else if (key == "depends_on") {
      json_.place.field = "depends_on";
      json_.members(item, [&](std::string_view kind, od::value& ids) {
        if (kind != "macros") return;
        texts_.clear();
        json_.elements(ids, [&](od::value& id) {
          if (!JsonReader::is_null(id)) texts_.push_back(arena_.copy(json_.text(id)));
        });
        macro.macros = arena_.copy(texts_);
      });
    }
  });
  manifest_.macros.push_back(macro);
}

void ManifestReader::read_disabled(std::string_view unique_id, od::value& value) {
  model::DisabledNode node;
  node.unique_id = unique_id;
  bool any = false;
  json_.elements(value, [&](od::value& entry) {
    if (std::exchange(any, true)) return;
    json_.members(entry,
                  [&](std::string_view key, od::value& item) { read_disabled_field(node, key, item); });
  });
  const bool old_metric = manifest_.schema_version <= 9 && node.resource_type == "metric";
  if (any && !old_metric) manifest_.disabled.push_back(node);
}

void ManifestReader::read_disabled_field(model::DisabledNode& node, std::string_view key, od::value& value) {
  if (key == "resource_type") {
    node.resource_type = arena_.copy(json_.optional_text(value));
  } else if (key == "deprecation_date") {
    node.deprecation_date = arena_.copy(json_.optional_text(value));
  } else if (key == "version") {
    const std::string_view token = JsonReader::token(value);
    node.version = arena_.copy(canonical_number(token) ? token : json_.optional_text(value));
  } else if (key == "contract") {
    json_.members(value, [&](std::string_view name, od::value& item) {
      if (name == "enforced") node.contract_enforced = is_true(ValueHasher(json_).hash(item));
    });
  }
}

}  // namespace

Result<simdjson::padded_string> load_json(const std::filesystem::path& path, std::uint64_t bytes_max) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) return not_found(fmt::format("{} does not exist", path.string()));
  if (!std::filesystem::is_regular_file(status))
    return invalid_input(fmt::format("{} is not a file", path.string()));
  const auto size = std::filesystem::file_size(path, code);
  if (code) return unavailable(fmt::format("read {}: {}", path.string(), code.message()));
  if (size > bytes_max)
    return too_large(
        fmt::format("{} has {} bytes, more than the {} allowed", path.string(), size, bytes_max));
  simdjson::padded_string json(static_cast<std::size_t>(size));
  prefer_huge_pages(json.data(), json.size());
  std::ifstream file(path, std::ios::binary);
  file.read(json.data(), static_cast<std::streamsize>(json.size()));
  if (!file || file.peek() != std::ifstream::traits_type::eof())
    return unavailable(fmt::format("read {}: the file changed or cannot be read", path.string()));
  return json;
}

Result<model::Manifest> read_padded_manifest(const simdjson::padded_string& json, const Limits& limits) {
  od::parser parser;
  od::document document;
  if (const auto code = parser.iterate(json).get(document))
    return invalid_input(fmt::format("malformed JSON: {}", simdjson::error_message(code)));
  return ManifestReader(limits).read(document);
}

Result<model::Manifest> read_manifest(const std::filesystem::path& path, const Limits& limits) {
  return read_padded_manifest(TRY(load_json(path, limits.manifest_bytes_max)), limits);
}

Result<model::Manifest> read_manifest(std::string_view json, const Limits& limits) {
  if (json.size() > limits.manifest_bytes_max)
    return too_large(fmt::format("the manifest has {} bytes, more than the {} allowed", json.size(),
                                 limits.manifest_bytes_max));
  return read_padded_manifest(simdjson::padded_string(json), limits);
}

}  // namespace vernier::dbt
