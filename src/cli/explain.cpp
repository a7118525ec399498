// SPDX-License-Identifier: Apache-2.0
#include "cli/explain.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "cli/line_diff.h"

namespace vernier::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::array sections = {"nodes"sv,           "sources"sv,   "exposures"sv,  "metrics"sv,
                                 "semantic_models"sv, "functions"sv, "unit_tests"sv, "saved_queries"sv,
                                 "disabled"sv,        "macros"sv};

// Where a manifest keeps what an aspect is made of, for the aspects that are not named after their key.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> places = {{
    {"depends_on", "/depends_on/nodes"},
    {"metrics", "/query_params/metrics"},
    {"group_by", "/query_params/group_by"},
    {"where", "/query_params/where"},
    {"body", "/raw_code"},
    {"compiled", "/compiled_code"},
    {"config", "/config"},
    {"persisted_descriptions", "/description"},
    {"fqn", "/fqn"},
}};

// One manifest file, read again for single entries, since a fingerprint has only their hashes.
class ManifestFile {
 public:
  static Result<ManifestFile> open(const std::filesystem::path& path) {
    ManifestFile file;
    if (simdjson::padded_string::load(path.string()).get(file.text_) != simdjson::SUCCESS)
      return unavailable(fmt::format("cannot read {}", path.string()));
    return file;
  }

  // Null where the file has no such entry.
  Json entry(std::string_view unique_id) const;

 private:
  simdjson::padded_string text_;
};

Json ManifestFile::entry(std::string_view unique_id) const {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (parser.iterate(text_).get(document) != simdjson::SUCCESS) return {};
  for (const std::string_view section : sections) {
    document.rewind();
    simdjson::ondemand::value value;
    if (document[section][unique_id].get(value) != simdjson::SUCCESS) continue;
    std::string_view raw;
    if (simdjson::to_json_string(value).get(raw) != simdjson::SUCCESS) continue;
    const Result<Json> json = parse_json(raw);
    if (!json.ok()) continue;
    return json->is_array() ? (json->empty() ? Json() : json->front()) : *json;
  }
  return {};
}

// The value at a JSON pointer; nullopt where it is absent.
std::optional<Json> at(const Json& entry, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  return entry.contains(place) ? std::optional(entry.at(place)) : std::nullopt;
}

std::string as_text(const std::optional<Json>& value) {
  if (!value) return "(absent)";
  return value->is_string() ? value->get<std::string>() : dump_json(*value, 2);
}

struct Sides {
  Json base;
  Json head;
};

class Explanation {
 public:
  Explanation(const Sides& sides, const TextStyle& style) : sides_(sides), style_(style) {}

  void add_title(std::string_view title) { text_ += coloured(title, Colour::bold, style_) + "\n"; }
  void add_line(std::string_view line) { text_ += fmt::format("{}\n", line); }
  void add_texts(std::string_view title, std::string_view old_text, std::string_view new_text) {
    add_title(title);
    text_ += render_diff(diff_lines(old_text, new_text), style_) + "\n";
  }
  // Shows the place only where the sides differ there.
  void add_place(std::string_view title, const std::string& pointer) {
    const auto old_value = at(sides_.base, pointer);
    const auto new_value = at(sides_.head, pointer);
    if (old_value != new_value) add_texts(title, as_text(old_value), as_text(new_value));
  }
  void add_columns(std::string_view what, const std::string& member);
  void add_relation();
  void add_contract();
  std::string take() { return std::move(text_); }

 private:
  const Sides& sides_;
  TextStyle style_;
  std::string text_;
};

std::string escape_pointer(std::string_view key) {
  std::string text;
  for (const char c : key)
    text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

void Explanation::add_columns(std::string_view what, const std::string& member) {
  std::vector<std::string> names;
  for (const Json* side : {&sides_.base, &sides_.head})
    if (const auto columns = at(*side, "/columns"); columns && columns->is_object())
      for (const auto& [name, ignored] : columns->items())
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const std::string& name : names)
    add_place(fmt::format("{} of column {}", what, printable(name)),
              "/columns/" + escape_pointer(name) + "/" + member);
}

void Explanation::add_relation() {
  for (const std::string_view key : {"database"sv, "schema"sv, "alias"sv})
    add_place(fmt::format("relation: configured {}", key), fmt::format("/unrendered_config/{}", key));
  for (const std::string_view key :
       {"unrendered_database"sv, "unrendered_schema"sv, "database"sv, "schema"sv, "identifier"sv})
    add_place(fmt::format("relation: {}", key), fmt::format("/{}", key));
}

void Explanation::add_contract() {
  add_place("contract", "/contract");
  add_columns("data type", "data_type");
  add_columns("constraints", "constraints");
  add_place("constraints of the model", "/constraints");
}

std::string place_of(std::string_view aspect) {
  for (const auto& [name, place] : places)
    if (name == aspect) return std::string(place);
  return fmt::format("/{}", escape_pointer(aspect));
}

void explain_reason(const std::string& reason, const ManifestFile& base, const ManifestFile& head,
                    Explanation& page) {
  if (reason.starts_with("macro:")) {
    const std::string id = reason.substr(6);
    const auto sql = [&](const ManifestFile& file) { return as_text(at(file.entry(id), "/macro_sql")); };
    page.add_texts(printable(reason), sql(base), sql(head));
  } else if (reason.starts_with("config.")) {
    const std::string key = escape_pointer(reason.substr(7));
    page.add_place(printable(reason), "/unrendered_config/" + key);
  } else if (reason == "relation") {
    page.add_relation();
  } else if (reason.starts_with("contract")) {
    page.add_contract();
  } else if (reason == "persisted_descriptions") {
    page.add_place("description", "/description");
    page.add_columns("description", "description");
  } else {
    page.add_place(printable(reason), place_of(reason));
    if (reason == "body") page.add_place("checksum", "/checksum");
  }
}

Result<std::string> resolve(const ManifestPair& pair, std::string_view name) {
  if (pair.head.find(name) || pair.base.find(name)) return std::string(name);
  std::vector<std::string> ids;
  for (const model::Manifest* manifest : {&pair.head, &pair.base})
    for (const model::Node& node : manifest->nodes)
      if (node.name == name && std::find(ids.begin(), ids.end(), node.unique_id) == ids.end())
        ids.emplace_back(node.unique_id);
  if (ids.empty()) return invalid_input(fmt::format("--explain: no node is called {}", name));
  if (ids.size() > 1)
    return invalid_input(fmt::format("--explain: {} is ambiguous, give one of {}", name, join(ids, ", ")));
  return ids.front();
}

const model::Change* find_change(const std::vector<model::Change>& changes, std::string_view id) {
  const auto found = std::find_if(changes.begin(), changes.end(),
                                  [&](const model::Change& change) { return change.unique_id == id; });
  return found == changes.end() ? nullptr : &*found;
}

}  // namespace

Result<std::string> explain(const ManifestPair& pair, const compare::Comparison& comparison,
                            std::string_view name, const TextStyle& style) {
  const std::string id = TRY(resolve(pair, name));
  const model::Change* change = find_change(comparison.changes, id);
  const model::Change* compiled = find_change(comparison.compiled_only, id);
  const ManifestFile base = TRY(ManifestFile::open(pair.base_path));
  const ManifestFile head = TRY(ManifestFile::open(pair.head_path));
  const Sides sides{base.entry(id), head.entry(id)};
  Explanation page(sides, style);
  page.add_title(printable(id));
  if (!change && !compiled) page.add_line("unchanged");
  if (change) {
    std::string words(model::to_string(change->kind));
    if (!change->reasons.empty()) words += ": " + join(change->reasons, ", ");
    page.add_line(printable(words));
  }
  if (change && change->same_compiled) page.add_line("compiles to the same text on both sides");
  page.add_line("");
  if (change && change->kind == model::ChangeKind::modified) {
    bool contract_shown = false;
    for (const std::string& reason : change->reasons) {
      const bool contract = reason.starts_with("contract");
      if (!contract || !contract_shown) explain_reason(reason, base, head, page);
      contract_shown |= contract;
    }
  }
  if (compiled) explain_reason("compiled", base, head, page);
  return page.take();
}

}  // namespace vernier::cli
