// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ci/ci.h"
#include "engine/engine.h"

namespace vernier::ci {

// Fails with invalid_input, saying what is run instead, unless the statement begins as one that reads. Beside
// that, sessions are read-only.
Status check_reads(std::string_view sql);

// The keys of a table that are unique and not null in all its rows. What is tried comes out of a sample of
// the rows; each key that is given was counted in the table itself.
Result<FoundKeys> find_keys_in(engine::Connection& connection, const engine::TableInfo& table,
                               const KeySearch& search);

}  // namespace vernier::ci
