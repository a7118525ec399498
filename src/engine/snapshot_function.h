// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/duckdb_handles.h"
#include "engine/snapshot.h"

namespace vernier::engine {

// A snapshot as a table function of an embedded DuckDB: each statement that calls NAME(condition) reads the
// rows anew, all of them where the condition (SnapshotPart) is empty, and only the columns that it needs.
// DuckDB's threads read parts of the table at once.
class SnapshotFunction {
 public:
  // `progress`, where there is one, is told of rows as they are read.
  static Result<std::unique_ptr<SnapshotFunction>> create(duckdb_connection connection,
                                                          const std::string& name,
                                                          std::unique_ptr<TableSnapshot> snapshot,
                                                          Progress* progress);
  SnapshotFunction(const SnapshotFunction&) = delete;
  SnapshotFunction& operator=(const SnapshotFunction&) = delete;

  const TableSnapshot& snapshot() const;
  // Stops what is read now; from any thread.
  void cancel();
  // Why the rows of a statement that failed could not be read; nullopt where it failed for another reason.
  // What is returned is forgotten.
  std::optional<Error> take_failure();

 private:
  struct State;
  struct Scan;
  explicit SnapshotFunction(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace vernier::engine
