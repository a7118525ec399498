// SPDX-License-Identifier: Apache-2.0
#include "engine/stored_rows.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace vernier::engine {

namespace {

// See DuckDB's documentation on row groups, and on the virtual columns of its tables and of Parquet files.
constexpr std::int64_t table_group_rows = 122'880;
constexpr std::string_view numbering_columns[] = {"rowid", "file_index", "file_row_number"};

}  // namespace

StoredRows stored_table(const std::string& table) {
  return {"select rowid as vernier_place, * from " + table, table_group_rows};
}

StoredRows stored_files(const std::string& reading, std::int64_t group_rows) {
  return {"select (file_index << 40) + file_row_number as vernier_place, * from " + reading,
          std::max<std::int64_t>(1, group_rows)};
}

std::optional<StoredRows> unless_hidden(StoredRows stored, const std::vector<ColumnInfo>& columns) {
  const bool hidden = std::any_of(columns.begin(), columns.end(), [](const ColumnInfo& column) {
    const std::string name = to_lower(column.name);
    return std::find(std::begin(numbering_columns), std::end(numbering_columns), name) !=
           std::end(numbering_columns);
  });
  return hidden ? std::nullopt : std::optional(std::move(stored));
}

}  // namespace vernier::engine
