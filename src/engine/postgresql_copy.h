// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/postgresql_connection.h"
#include "engine/postgresql_types.h"

namespace vernier::engine {

// Rows as PostgreSQL's binary COPY gives them. Used for one COPY after another of the same connection.
class PostgresCopy {
 public:
  explicit PostgresCopy(PostgresConnection& connection) : connection_(connection) {}

  // `from` is the rest of the statement, which calls the table `src`.
  Status begin(const std::vector<const PostgresReader*>& readers, const std::string& from);
  // False after the last row.
  Result<bool> next_row();
  // Writes a cell of that row. False where the column's type cannot hold it.
  Result<bool> write_cell(std::size_t i, ChunkWriter& writer) const {
    if (!cells_[i]) {
      writer.set_null(i);
      return true;
    }
    return TRY_DURING("column " + readers_[i]->column.name, readers_[i]->decode(writer, i, *cells_[i]));
  }
  // Leaves the rest of the rows.
  void give_up();

 private:
  PostgresConnection& connection_;
  std::vector<const PostgresReader*> readers_;
  std::vector<std::optional<std::string_view>> cells_;
  std::string_view piece_;
  bool header_seen_ = false;
  bool running_ = false;
};

}  // namespace vernier::engine
