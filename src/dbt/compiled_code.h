// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "dbt/json_reader.h"

namespace vernier::dbt {

// Hashes compiled SQL independently of the target it was compiled for: where it names a relation of the
// manifest, as database.schema.identifier or schema.identifier, in quotes or without, the relation's
// unique_id stands in place of the name.
class CompiledCode {
 public:
  // Both texts are string bodies of the document, escapes unresolved, and live as long as it does.
  void add_relation(std::string_view raw_relation_name, std::string_view unique_id);
  // `hash` is filled by hash_all().
  void add_code(std::string_view raw_code, std::string_view unique_id, Hash128& hash);

  void hash_all(JsonReader& json);

 private:
  struct Relation {
    std::string_view raw_name;
    std::string_view unique_id;
  };
  struct Code {
    std::string_view raw;
    std::string_view unique_id;
    Hash128* hash;
  };
  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void index(JsonReader& json);
  std::string_view find(const std::string& name) const;
  void normalise(std::string_view code, std::string& out) const;

  std::vector<Relation> relations_;
  std::vector<Code> codes_;
  // The parts of a name without quotes, with and without the database, joined by a zero byte.
  std::unordered_map<std::string, std::string_view, NameHash, std::equal_to<>> by_name_;
};

}  // namespace vernier::dbt
