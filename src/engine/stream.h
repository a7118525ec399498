// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/chunk_writer.h"

namespace vernier::engine {

// What describe() calls the type of exact numbers of any size, which come as text.
inline constexpr const char* exact_number = "numeric";

struct StreamColumn {
  std::string name;
  std::string type;          // of DuckDB, as the cells come
  std::string cast = {};     // of DuckDB, what the values mean; empty: `type`
  std::string meaning = {};  // what describe() calls the type, where DuckDB has no name for it
};

class TableSnapshot;

// All rows of one table, in the types of DuckDB that mean the same as the table's own.
class RowStream {
 public:
  virtual ~RowStream() = default;
  virtual const std::vector<StreamColumn>& columns() const = 0;
  // Reads all rows. The writer's columns are columns(). False where a value did not fit the type that its
  // column was thought to have: columns() tells what does, and all rows have to be read anew.
  virtual Result<bool> read_into(TableWriter& writer) = 0;
  // From another thread; read_into() then fails with cancelled.
  virtual void cancel() = 0;
  // How many rows the database expects there to be; nullopt where it does not say.
  virtual std::optional<std::int64_t> expected_rows() const = 0;
  // The table as of one moment (snapshot.h), where it takes `bytes_min` or more in its server's files and the
  // server can give that. nullptr elsewhere; then the stream can still be read. Fails with unavailable where
  // the connection is lost.
  virtual Result<std::unique_ptr<TableSnapshot>> snapshot(std::size_t bytes_min);
};

// A relation as its stream reads it: the table, and the rest of the statement, which calls it `src`.
struct StreamSource {
  TableInfo table;
  std::string from;  // " from ... src where (...)"
  std::optional<std::int64_t> expected_rows = {};
};
// Fails with not_found where there is no such table.
Result<StreamSource> stream_source(Connection& connection, const Relation& relation);

// One for each protocol. Fails with not_found where there is no such table.
Result<std::unique_ptr<RowStream>> open_postgresql_stream(const Relation& relation);
Result<std::unique_ptr<RowStream>> open_mysql_stream(const Relation& relation);
Result<std::unique_ptr<RowStream>> open_sqlite_stream(const Relation& relation);

}  // namespace vernier::engine
