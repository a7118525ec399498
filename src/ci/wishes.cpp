// SPDX-License-Identifier: Apache-2.0
#include "ci/wishes.h"

#include <algorithm>
#include <sstream>

#include "base/json.h"
#include "base/text.h"

namespace vernier::ci {
namespace {

constexpr std::size_t renames_max = 500;
constexpr std::size_t name_bytes_max = 300;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; words.size() < 6 && stream >> word;)
    words.push_back(word);
  return words;
}

// "datafold", "/datafold", "datafold:", "X-Datafold:" and the same of vernier, in any letter case.
bool addresses_us(const std::string& word) {
  std::string name = to_lower(word);
  if (name.ends_with(':')) name.pop_back();
  if (name.starts_with('/')) name.erase(0, 1);
  if (name.starts_with("x-")) name.erase(0, 2);
  return name == "datafold" || name == "vernier";
}

bool is_rename(const std::string& word) {
  const std::string verb = to_lower(word);
  return verb == "remap" || verb == "remapped" || verb == "rename" || verb == "renamed";
}

void add_chained(std::vector<Rename>& renames, Rename added) {
  for (Rename& earlier : renames)
    if (earlier.to == added.from && earlier.models == added.models) {
      earlier.to = added.to;
      return;
    }
  if (renames.size() < renames_max) renames.push_back(std::move(added));
}

}  // namespace

std::string to_text(const Wishes& wishes) {
  Json renames = Json::array();
  for (const Rename& rename : wishes.renames)
    renames.push_back({{"from", rename.from}, {"to", rename.to}, {"models", rename.models}});
  return dump_json({{"confirmed", wishes.confirmed},
                    {"all_downstream", wishes.all_downstream},
                    {"models", wishes.models},
                    {"renames", std::move(renames)}});
}

Result<Wishes> parse_wishes(const std::string& text) {
  Wishes wishes;
  if (text.empty()) return wishes;
  const Json json = TRY(parse_json(text));
  wishes.confirmed = TRY(optional_bool(json, "confirmed")).value_or(false);
  wishes.all_downstream = TRY(optional_bool(json, "all_downstream")).value_or(false);
  wishes.models = TRY(string_list(json, "models"));
  const auto renames = json.find("renames");
  if (renames == json.end()) return wishes;
  for (const Json& item : *renames) {
    Rename rename;
    rename.from = TRY(require_string(item, "from"));
    rename.to = TRY(require_string(item, "to"));
    rename.models = TRY(require_string(item, "models"));
    wishes.renames.push_back(std::move(rename));
  }
  return wishes;
}

std::vector<Rename> renames_in(const std::vector<std::string>& messages) {
  std::vector<Rename> renames;
  for (const std::string& message : messages)
    for (const std::string& line : split(message, '\n')) {
      const std::vector<std::string> words = words_of(line);
      if (words.size() < 4 || words.size() > 5 || !addresses_us(words[0]) || !is_rename(words[1])) continue;
      if (std::any_of(words.begin(), words.end(),
                      [](const auto& word) { return word.size() > name_bytes_max; }))
        continue;
      add_chained(renames, {words[2], words[3], words.size() == 5 ? words[4] : ""});
    }
  std::erase_if(renames, [](const Rename& rename) { return rename.from == rename.to; });
  return renames;
}

bool asks_to_skip(std::string_view message) {
  const std::string lower = to_lower(message);
  return lower.find("datafold-skip-ci") != std::string::npos ||
         lower.find("vernier-skip-ci") != std::string::npos;
}

}  // namespace vernier::ci
