// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <vector>

namespace vernier::model {

// Where a node lives in the database. Parts are unquoted names as dbt's manifest has them; database and
// schema may be empty where the database has no such level.
struct Relation {
  std::string database;
  std::string schema;
  std::string identifier;

  auto operator<=>(const Relation&) const = default;

  // The parts that are not empty, outermost first.
  std::vector<std::string> parts() const {
    std::vector<std::string> list;
    for (const std::string* part : {&database, &schema, &identifier})
      if (!part->empty()) list.push_back(*part);
    return list;
  }
};

}  // namespace vernier::model
