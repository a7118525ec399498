// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.h"

namespace vernier::engine {

// One per protocol, each in a file of its own. The options were not looked at yet.
Result<std::string> duckdb_path(const model::DataSource& source);
Result<std::unique_ptr<Database>> open_duckdb(const model::DataSource& source);
Result<std::unique_ptr<Database>> open_postgresql(const model::DataSource& source);

// Fails with invalid_input naming the first option that is not in `known`.
Status check_options(const model::DataSource& source, const std::vector<std::string_view>& known);

// A database's message on one line, without the excerpt of the statement that follows it.
std::string one_line(std::string_view message);

}  // namespace vernier::engine
