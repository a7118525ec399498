// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/stream.h"

namespace vernier::engine {

// How a column of PostgreSQL is read: what to select, and how the bytes of its binary form become a cell.
struct PostgresReader {
  StreamColumn column;
  std::string expression;
  // False where the cell's type cannot hold the value.
  std::function<Result<bool>(ChunkWriter&, std::size_t column, std::string_view bytes)> decode;
  bool numeric = false;
};

// Types without a counterpart come as their text.
PostgresReader postgres_reader(const ColumnInfo& column);

// The columns of a table, and how they are read.
struct PostgresColumns {
  explicit PostgresColumns(const TableInfo& table);
  std::vector<PostgresReader> readers;
  std::vector<StreamColumn> columns;  // of the readers
};

// Reads any value as its text, of numerics without the zeros at its end, which say nothing.
PostgresReader postgres_text_reader(const std::string& column, bool numeric);

}  // namespace vernier::engine
