// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/relation.h"

namespace vernier::model {

enum class ChangeKind { modified, added, removed, downstream };
// "modified", "new", "removed", "downstream", as the report has them.
std::string_view to_string(ChangeKind kind);

// A node that differs between base and head, or depends on one that does.
struct Change {
  std::string unique_id;
  std::string name;
  std::string resource_type;
  ChangeKind kind = ChangeKind::modified;
  // Aspects, worst first: "body", "config.materialized", "macro:macro.p.name". For a downstream node the
  // unique_ids of its nearest changed ancestors.
  std::vector<std::string> reasons;
  int distance = 0;  // edges from the nearest changed ancestor; 0 where the node changed itself
  // Both sides were compiled, to the same text: a modified model that most likely builds the same rows.
  bool same_compiled = false;

  bool operator==(const Change&) const = default;
};

}  // namespace vernier::model
