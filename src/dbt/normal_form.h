// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vernier::dbt {

// A constraint as JSON with sorted keys, no white space and the class's defaults filled in; those of a
// model also have `columns`.
std::string canonical_constraint(std::string_view json, bool of_model);

// A date-time with an offset as the same instant in UTC; any other text as it is.
std::string normal_instant(std::string_view text);

}  // namespace vernier::dbt
