// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/json.h"
#include "dbt/dbt.h"

namespace vernier::dbt {
namespace {

// Reads settings of one model and notes those of the wrong type.
class SettingsReader {
 public:
  SettingsReader(const Json& settings, std::string_view unique_id, Findings& findings)
      : settings_(settings), unique_id_(unique_id), findings_(findings) {}

  bool flag(const char* key) const {
    const Json* value = find(key);
    if (value && !value->is_boolean()) wrong(key, "true or false");
    return value && value->is_boolean() && value->get<bool>();
  }

  // A point in time may be a number: seconds before now.
  std::string text(const char* key, bool number_too = false) const {
    const Json* value = find(key);
    if (!value) return {};
    if (value->is_string()) return value->get<std::string>();
    if (number_too && value->is_number()) return dump_json(*value);
    wrong(key, "text");
    return {};
  }

  std::vector<std::string> list(const char* key) const {
    const Json* value = find(key);
    if (!value) return {};
    if (value->is_string()) return {value->get<std::string>()};
    std::vector<std::string> items;
    if (value->is_array())
      for (const Json& item : *value)
        if (item.is_string()) items.push_back(item.get<std::string>());
    if (!value->is_array() || items.size() != value->size()) wrong(key, "a list of column names");
    return items;
  }

  void wrong(std::string_view key, std::string_view wanted) const {
    findings_.push_back(
        {"setting_invalid",
         fmt::format("The setting `meta.datafold.datadiff.{}` of {} is ignored: it must be {}.", key,
                     unique_id_, wanted),
         ""});
  }

 private:
  const Json* find(const char* key) const {
    const auto found = settings_.find(key);
    return found == settings_.end() || found->is_null() ? nullptr : &*found;
  }

  const Json& settings_;
  std::string_view unique_id_;
  Findings& findings_;
};

// meta.datafold.datadiff, or null.
Json datadiff_of(std::string_view meta) {
  Json level = nullptr;
  if (auto parsed = meta.empty() ? Result<Json>(Json()) : parse_json(meta); parsed.ok()) level = *parsed;
  for (const char* key : {"datafold", "datadiff"}) {
    if (!level.is_object() || !level.contains(key)) return nullptr;
    Json below = level[key];
    level = std::move(below);
  }
  return level;
}

}  // namespace

DatadiffSettings datadiff_settings(const model::Node& node) {
  DatadiffSettings found;
  const Json settings = datadiff_of(node.meta);
  if (!settings.is_object()) return found;
  const SettingsReader reader(settings, node.unique_id, found.findings);
  found.never_diff = reader.flag("never_diff");
  found.slim_diff = reader.text("slim_diff");
  if (!found.slim_diff.empty() && found.slim_diff != "diff_when_downstream") {
    reader.wrong("slim_diff", "\"diff_when_downstream\"");
    found.slim_diff.clear();
  }
  found.filter = reader.text("filter");
  found.include_columns = reader.list("include_columns");
  found.exclude_columns = reader.list("exclude_columns");
  found.time_column = reader.text("time_column");
  found.prod_time_travel = reader.text("prod_time_travel", true);
  found.pr_time_travel = reader.text("pr_time_travel", true);
  return found;
}

}  // namespace vernier::dbt
