// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/stream.h"

namespace vernier::engine {

// What to read of a snapshot.
struct SnapshotPart {
  std::vector<std::size_t> columns;  // positions in TableSnapshot::columns()
  std::string condition;             // in the server's dialect, of the table as `src`; empty: none
  std::size_t number = 0;            // of parts(); with a condition there is one part, of all rows
};

// A session that reads parts of a snapshot, one after the other. Used by one thread at a time, but for
// cancel().
class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  virtual Status begin(const SnapshotPart& part) = 0;
  // Writes the next row's cells, in the order of the part's columns. False after the last row. Fails with the
  // error that must_be_read_once() knows on a value that its column's type cannot hold.
  virtual Result<bool> read_row(ChunkWriter& writer) = 0;
  // Leaves the rest of the part unread; another can begin.
  virtual Status give_up() = 0;
  virtual void cancel() = 0;
};

// A server's table as of one moment, to be read any number of times and by several sessions at once.
class TableSnapshot {
 public:
  virtual ~TableSnapshot() = default;
  virtual Dialect dialect() const = 0;
  virtual const std::vector<StreamColumn>& columns() const = 0;
  virtual std::int64_t rows_max() const = 0;    // more than there can be
  virtual std::int64_t rows_about() const = 0;  // as the server expects
  virtual std::string first_rows() const = 0;   // a condition, as of RemoteRows
  virtual std::size_t parts() const = 0;
  // Sessions that see the snapshot, at least one. To be taken once.
  virtual std::vector<std::unique_ptr<SnapshotReader>> take_readers() = 0;
};

// What a statement fails with where read_row() met a value that does not fit its column.
Error does_not_fit(const std::string& column);

}  // namespace vernier::engine
