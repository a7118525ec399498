// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace vernier::engine {

// Of a table that DuckDB keeps itself.
StoredRows stored_table(const std::string& table);

// Of Parquet files that `reading` reads.
StoredRows stored_files(const std::string& reading, std::int64_t group_rows);

// nullopt where a column of the table's own has the name of one that rows are numbered by.
std::optional<StoredRows> unless_hidden(StoredRows stored, const std::vector<ColumnInfo>& columns);

}  // namespace vernier::engine
