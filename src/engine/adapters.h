// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.h"

namespace vernier::engine {

// The option path of DuckDB and SQLite files.
Result<std::string> file_path(const model::DataSource& source);

// One per protocol, each in a file of its own. The options were not looked at yet.
Result<std::unique_ptr<Database>> open_duckdb(const model::DataSource& source,
                                              std::optional<std::size_t> memory_bytes);
Result<std::unique_ptr<Database>> open_postgresql(const model::DataSource& source);
Result<std::unique_ptr<Database>> open_mysql(const model::DataSource& source);
Result<std::unique_ptr<Database>> open_sqlite(const model::DataSource& source);

// What a DuckDB may use where nobody says.
std::size_t half_of_machine();

// Fails with invalid_input naming the first option that is not in `known`.
Status check_options(const model::DataSource& source, const std::vector<std::string_view>& known);

// The options of a server as texts by name, numbers included; those that are null are left out. Fails with
// invalid_input where one is unknown or has the wrong type, or where no dbname is given.
Result<std::map<std::string, std::string>> server_options(const model::DataSource& source);

// A database's message on one line, without the excerpt of the statement that follows it.
std::string one_line(std::string_view message);

}  // namespace vernier::engine
