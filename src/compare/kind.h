// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "model/manifest.h"

namespace vernier::compare {

// dbt's node classes, as far as their comparisons differ. `code` is what else stands in a manifest's
// `nodes`: analyses, hooks, inline queries.
enum class Kind {
  model,
  seed,
  snapshot,
  generic_test,
  singular_test,
  code,
  function,
  source,
  exposure,
  metric,
  semantic_model,
  saved_query,
  unit_test
};
Kind kind_of(const model::Node& node);

// Whether the class descends from dbt's ParsedNode: everything in `nodes`, and functions.
bool is_parsed(Kind kind);
bool is_test(Kind kind);       // a data test
bool is_yaml_only(Kind kind);  // source, exposure, metric, semantic model, saved query

// Aspects that only this class compares, beside body, configuration, relation, descriptions and fqn.
std::span<const std::string_view> own_aspects(Kind kind);

// Whether `same_config` of the class looks at this key of unrendered_config.
bool compares_config_key(Kind kind, std::string_view key);

}  // namespace vernier::compare
