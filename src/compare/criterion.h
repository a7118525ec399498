// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vernier::compare {

// One term of a selector: "2+state:modified.body+".
struct Criterion {
  std::string method;                  // "state"; guessed from the value as dbt does where none was given
  std::vector<std::string> arguments;  // behind the method's dot: "materialized" of "config.materialized"
  std::string value;                   // "modified.body"
  bool childrens_parents = false;      // @ in front
  bool parents = false;                // + in front
  std::optional<int> parents_depth;
  bool children = false;  // + behind
  std::optional<int> children_depth;
};

// Fails with invalid_input on what dbt cannot read and on methods that it does not know.
Result<Criterion> parse_criterion(std::string_view text);

// A selector: a union (spaces) of intersections (commas).
using Expression = std::vector<std::vector<Criterion>>;
Result<Expression> parse_expression(std::string_view text);

}  // namespace vernier::compare
