// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "compare/compare.h"
#include "compare/kind.h"

namespace vernier::compare {

// What differs between the two sides of one node, check by check. Macros and contracts are judged elsewhere.
struct Differences {
  bool body = false;
  bool relation = false;
  bool persisted = false;  // descriptions that the head writes to the database
  bool fqn = false;
  bool compiled = false;                      // never counts for dbt
  std::vector<std::string_view> config_keys;  // those that count; one empty key for a config judged whole
  std::vector<std::string_view> own;          // of own_aspects()

  bool config() const { return !config_keys.empty(); }
  // Not `same_contents`, contracts aside.
  bool contents(Kind kind) const {
    if (kind == Kind::generic_test) return config() || fqn;
    return body || relation || persisted || fqn || config() || !own.empty();
  }
};

struct Judging {
  Rules rules = Rules::dbt1;
  bool more_unrendered = false;
};
Differences differences(const model::Node& old, const model::Node& head, Kind kind, const Judging& judging);

}  // namespace vernier::compare
