// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/manifest.h"

namespace vernier::compare {

// How a model's contract differs from the base's.
struct ContractChange {
  bool changed = false;
  std::vector<std::string> breaks;  // what breaks for those who read the model: "column removed: amount"
  // A constraint of a type that dbt knows no support for, over which dbt before 1.12 stumbles.
  bool unknown_constraint = false;
};

// Both nodes are models; `adapter_type` is the head's.
ContractChange contract_change(const model::Node& old, const model::Node& head,
                               std::string_view adapter_type);

// Whether the adapter makes the database hold to constraints of this type.
bool enforces_constraint(std::string_view adapter_type, std::string_view constraint_type);

// A model with an enforced contract that the head no longer has.
struct RemovedContract {
  std::string unique_id;
  std::string what;  // "contracted model model.p.a was disabled"
  bool versioned = false;
};
// `today` as "2026-11-24": a model past its deprecation date may go.
std::vector<RemovedContract> removed_contracts(const model::Manifest& base, const model::Manifest& head,
                                               std::string_view today);

}  // namespace vernier::compare
