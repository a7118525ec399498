// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace vernier::engine {

// The files of a data source of type "parquet" or "csv", at least one. Fails with not_found where there is
// none, with too_large where there are more than can be read together.
Result<std::vector<std::string>> find_files(Connection& session, const model::DataSource& source);

// "['a.csv', 'b.csv']", as DuckDB's readers take it.
std::string file_list(const std::vector<std::string>& files);

// From then on the session's database reads no other files, loads no code and reaches for no network.
Status close_off(Connection& session, const std::vector<std::string>& files);

// A database whose one table, files_table, has the rows of all of the data source's files.
Result<std::unique_ptr<Database>> open_files(const model::DataSource& source, std::size_t memory_bytes);

}  // namespace vernier::engine
