// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "model/change.h"
#include "model/manifest.h"

namespace vernier::compare {

// Whose rules decide: dbt 1.11's or dbt 2's (state-semantics 11.2).
enum class Rules { dbt1, dbt2 };

struct Options {
  // The head project's flag state_modified_compare_more_unrendered_values; matters to sources only.
  bool more_unrendered = false;
  // Unset: dbt2 where the head was written by dbt 2 or Fusion, else dbt1.
  std::optional<Rules> rules;
  std::string today;  // "2026-11-24", for deprecation dates; empty means the system's date (UTC)
};

// What a report needs: every node that is modified, new, removed or downstream of one of these, judged
// without indirect selection; sorted by unique_id. `findings` tells what could not be compared fairly.
struct Comparison {
  std::vector<model::Change> changes;
  std::int64_t unchanged = 0;
  Findings findings;
  // Beyond dbt's rules: nodes that are not among the changes and yet compile to another text, names of
  // relations aside, because of vars, the environment or what macros were given. Their reason is "compiled".
  std::vector<model::Change> compiled_only;
  std::vector<model::Change> below_compiled;  // what is downstream of those, and of no change
};
Comparison compare(const model::Manifest& base, const model::Manifest& head, const Options& options = {});

enum class IndirectSelection { eager, cautious, buildable, empty };
Result<IndirectSelection> parse_indirect_selection(std::string_view text);

struct Selection {
  std::vector<std::string> unique_ids;  // sorted
  Findings warnings;                    // as dbt would warn: unversioned breaking changes, big seeds
};
// What `dbt ls --select EXPRESSION --state BASE` lists for the head. Fails with invalid_input where dbt
// calls the expression wrong, and with conflict where dbt refuses a breaking change of a versioned
// model's contract; the message says what breaks.
Result<Selection> select(const model::Manifest& base, const model::Manifest& head,
                         std::string_view expression, const Options& options = {},
                         IndirectSelection indirect = IndirectSelection::eager);

}  // namespace vernier::compare
