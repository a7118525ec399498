// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <duckdb.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace vernier::engine {

// Owns an object of DuckDB's C API.
template <typename Handle, void (*release)(Handle*)>
class Owned {
 public:
  Owned() = default;
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (handle_) release(&handle_);
  }
  Handle get() const { return handle_; }
  Handle* address() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};

using DatabaseHandle = Owned<duckdb_database, &duckdb_close>;
using ConnectionHandle = Owned<duckdb_connection, &duckdb_disconnect>;
using Config = Owned<duckdb_config, &duckdb_destroy_config>;
using Prepared = Owned<duckdb_prepared_statement, &duckdb_destroy_prepare>;
using Chunk = Owned<duckdb_data_chunk, &duckdb_destroy_data_chunk>;
using LogicalType = Owned<duckdb_logical_type, &duckdb_destroy_logical_type>;

// A result that is destroyed whatever state the query left it in.
struct QueryResult {
  duckdb_result result{};
  QueryResult() = default;
  QueryResult(const QueryResult&) = delete;
  QueryResult& operator=(const QueryResult&) = delete;
  ~QueryResult() { duckdb_destroy_result(&result); }
};

// A session on an opened database whose first catalog is `catalog`; that may be written as `file_stem` too.
// Whichever of a database's sessions goes last closes it.
Result<std::unique_ptr<Connection>> duckdb_session(std::shared_ptr<DatabaseHandle> database,
                                                   std::string file_stem);

// Fails with unavailable where DuckDB has none to give.
Result<ConnectionHandle> connect(const DatabaseHandle& database);

// A new database with the functions of engine.h, which keeps its rows in memory or spills them.
Result<std::shared_ptr<DatabaseHandle>> open_in_memory(std::size_t memory_bytes);

// What a DuckDB is told of the memory that this whole process may use.
std::vector<std::pair<const char*, std::string>> memory_settings(std::size_t process_bytes);

// A message of DuckDB, with what can be done where it lacks room.
std::string with_advice(std::string_view message);

// Where a database spills what does not fit its memory: a folder of its own for temporary files.
std::string spill_folder();

}  // namespace vernier::engine
