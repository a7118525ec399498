// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "ci/ci.h"
#include "ci/settings.h"
#include "engine/engine.h"

namespace vernier::ci {
namespace {

constexpr std::uint64_t config_bytes_max = 1'000'000;
constexpr int config_depth_max = 20;

// A plain YAML scalar by YAML 1.2's core schema; a quoted one is always text.
Json scalar_to_json(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  std::int64_t integer = 0;
  if (YAML::convert<std::int64_t>::decode(node, integer)) return integer;
  double number = 0;
  if (YAML::convert<double>::decode(node, number)) return number;
  return text;
}

Result<Json> yaml_to_json(const YAML::Node& node, int depth) {
  if (depth > config_depth_max)
    return invalid_input(fmt::format("nested deeper than {} levels", config_depth_max));
  if (node.IsScalar()) return scalar_to_json(node);
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node)
      list.push_back(TRY(yaml_to_json(item, depth + 1)));
    return list;
  }
  if (!node.IsMap()) return Json();
  Json object = Json::object();
  for (const auto& member : node) {
    if (!member.first.IsScalar())
      return invalid_input(fmt::format("line {}: a key must be text", member.first.Mark().line + 1));
    object[member.first.Scalar()] = TRY(yaml_to_json(member.second, depth + 1));
  }
  return object;
}

Result<Json> read_yaml(const std::filesystem::path& path) {
  const std::string text = TRY(read_file(path, config_bytes_max));
  try {
    return yaml_to_json(YAML::Load(text), 0);
  } catch (const YAML::Exception& error) {
    return invalid_input(fmt::format("{}:{}: not YAML: {}", path.string(), error.mark.line + 1, error.msg));
  }
}

// Replaces "env:NAME" and "file:PATH" by what they name, so that no secret has to stand in the file.
Status resolve_secrets(Json& value) {
  if (value.is_structured()) {
    for (auto& item : value)
      TRY(resolve_secrets(item));
    return {};
  }
  if (!value.is_string()) return {};
  const std::string text = value.get<std::string>();
  if (text.starts_with("env:")) {
    const char* found = std::getenv(text.c_str() + 4);
    if (!found) return not_found(fmt::format("the environment variable {} is not set", text.substr(4)));
    value = found;
  } else if (text.starts_with("file:")) {
    const std::string content = TRY(read_file(text.substr(5), 64'000));
    value = std::string(trim(content));
  }
  return {};
}

template <typename Item>
const Item* find_by_name(const std::vector<Item>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

Status apply_data_source(store::Store& store, const Json& fields) {
  model::DataSource source = TRY(parse_data_source(fields));
  TRY(engine::check_source(source));
  const auto existing = TRY(store.data_sources());
  if (const model::DataSource* same = find_by_name(existing, source.name)) {
    source.id = same->id;
    return store.update_data_source(source);
  }
  TRY(store.add_data_source(source));
  return {};
}

Status apply_ci_config(store::Store& store, Json fields) {
  const std::string name = TRY(require_string(fields, "name"));
  if (const auto source_name = TRY(optional_string(fields, "data_source"))) {
    const auto sources = TRY(store.data_sources());
    const model::DataSource* source = find_by_name(sources, *source_name);
    if (!source) return not_found(fmt::format("no data source is named `{}`", *source_name));
    fields.erase("data_source");
    fields["data_source_id"] = source->id;
  }
  const auto existing = TRY(store.ci_configs());
  const model::CiConfig* same = find_by_name(existing, name);
  const model::CiConfig config = TRY(parse_ci_config(fields, same ? *same : model::CiConfig()));
  if (same) return store.update_ci_config(config);
  TRY(store.add_ci_config(config));
  return {};
}

Status apply_list(store::Store& store, const Json& config, const char* key, auto apply) {
  const auto list = config.find(key);
  if (list == config.end()) return {};
  for (std::size_t i = 0; i < list->size(); ++i)
    if (const Status done = apply(store, (*list)[i]); !done.ok())
      return done.error().during(fmt::format("{}[{}]", key, i));
  return {};
}

// The settings that can be judged without the record.
Status check_data_source(const Json& fields) {
  return engine::check_source(TRY(parse_data_source(fields)));
}

Status check_ci_config(Json fields) {
  if (fields.is_object() && fields.contains("data_source")) {
    TRY(require_string(fields, "data_source"));
    fields.erase("data_source");
    fields["data_source_id"] = 1;
  }
  TRY(parse_ci_config(fields, {}));
  return {};
}

template <typename Check>
Status check_list(const Json& config, const char* key, Check check) {
  const auto list = config.find(key);
  if (list == config.end()) return {};
  if (!list->is_array()) return invalid_input(fmt::format("`{}` must be a list", key));
  std::set<std::string> names;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (const Status done = check((*list)[i]); !done.ok())
      return done.error().during(fmt::format("{}[{}]", key, i));
    const std::string name = TRY(require_string((*list)[i], "name"));
    if (!names.insert(name).second)
      return invalid_input(fmt::format("{}[{}]: the name `{}` is there twice", key, i, name));
  }
  return {};
}

// "env:WAREHOUSE_PASSWORD": where an exported file has a secret's place.
std::string placeholder(const std::string& name, std::string_view key) {
  std::string variable;
  for (const char c : name + "_" + std::string(key))
    variable += std::isalnum(static_cast<unsigned char>(c))
                    ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                    : '_';
  return "env:" + variable;
}

Json exported(const model::DataSource& source) {
  Json json = to_json(source);
  json.erase("id");
  for (const auto& [key, value] : source.options.items())
    if (!json["options"].contains(key)) json["options"][key] = placeholder(source.name, key);
  return json;
}

Json exported(const model::CiConfig& config, const std::string& data_source) {
  Json json = to_json(config);
  json.erase("id");
  json.erase("data_source_id");
  json["data_source"] = data_source;
  const auto hide = [&](Json& object, const char* key, const std::string& secret) {
    if (!secret.empty()) object[key] = placeholder(config.name, key);
  };
  if (config.repository.provider.empty()) {
    json.erase("repository");
  } else {
    hide(json["repository"], "token", config.repository.token);
    hide(json["repository"], "webhook_secret", config.repository.webhook_secret);
    hide(json["repository"], "app_private_key", config.repository.app_private_key);
  }
  if (config.dbt_cloud.url.empty()) {
    json.erase("dbt_cloud");
  } else {
    hide(json["dbt_cloud"], "token", config.dbt_cloud.token);
    hide(json["dbt_cloud"], "webhook_secret", config.dbt_cloud.webhook_secret);
  }
  return json;
}

void emit(YAML::Emitter& out, const Json& json) {
  if (json.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, value] : json.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, value);
    }
    out << YAML::EndMap;
  } else if (json.is_array()) {
    out << YAML::BeginSeq;
    for (const Json& item : json)
      emit(out, item);
    out << YAML::EndSeq;
  } else if (json.is_string()) {
    // Quoted, so that a text that looks like a number stays a text.
    out << YAML::DoubleQuoted << json.get<std::string>();
  } else {
    out << json.dump();
  }
}

}  // namespace

Result<Json> read_config(const std::filesystem::path& path) {
  Json config = TRY(read_yaml(path));
  if (!config.is_object()) return invalid_input(fmt::format("{}: must be a map", path.string()));
  const Status resolved = resolve_secrets(config);
  if (!resolved.ok()) return resolved.error().during(path.string());
  const Status checked = check_config(config);
  if (!checked.ok()) return checked.error().during(path.string());
  return config;
}

Status check_config(const Json& config) {
  if (!config.is_object()) return invalid_input("the settings must be a map");
  for (const auto& [key, value] : config.items())
    if (key != "data_sources" && key != "ci_configs")
      return invalid_input(fmt::format("unknown key `{}`; known are data_sources, ci_configs", key));
  TRY(check_list(config, "data_sources", check_data_source));
  return check_list(config, "ci_configs", check_ci_config);
}

std::string config_to_yaml(const Json& config) {
  YAML::Emitter out;
  emit(out, config);
  return std::string(out.c_str()) + "\n";
}

Status Service::apply_config(const Json& config) {
  TRY(check_config(config));
  TRY(apply_list(store_, config, "data_sources", apply_data_source));
  return apply_list(store_, config, "ci_configs", apply_ci_config);
}

Result<Json> Service::export_config() {
  std::map<std::int64_t, std::string> names;
  Json sources = Json::array();
  for (const model::DataSource& source : TRY(store_.data_sources())) {
    names[source.id] = source.name;
    sources.push_back(exported(source));
  }
  Json configs = Json::array();
  for (const model::CiConfig& config : TRY(store_.ci_configs()))
    configs.push_back(exported(config, names[config.data_source_id]));
  return Json{{"data_sources", std::move(sources)}, {"ci_configs", std::move(configs)}};
}

}  // namespace vernier::ci
