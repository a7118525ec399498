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
  std::function<Status(ChunkWriter&, std::size_t column, std::string_view bytes)> decode;
};

// Types without a counterpart come as their text.
PostgresReader postgres_reader(const ColumnInfo& column);

}  // namespace vernier::engine
