// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "engine/duckdb_handles.h"

namespace vernier::engine {

// Fills a table of an embedded DuckDB cell by cell, a chunk of rows at a time. The caller gives each cell the
// C type that DuckDB keeps the column's type in.
class ChunkWriter {
 public:
  // The table exists; its columns have the types. `progress`, where there is one, is told of rows written.
  static Result<std::unique_ptr<ChunkWriter>> open(duckdb_connection connection, const std::string& table,
                                                   Progress* progress);
  ~ChunkWriter();
  ChunkWriter(const ChunkWriter&) = delete;
  ChunkWriter& operator=(const ChunkWriter&) = delete;

  std::size_t columns() const { return vectors_.size(); }
  std::int64_t rows_written() const { return rows_written_; }  // without those of the chunk in hand

  template <typename T>
  void set(std::size_t column, T value) {
    static_cast<T*>(data_[column])[row_] = value;
  }
  void set_null(std::size_t column);
  // `value` is the decimal without its point; `width` is that of the column's type.
  void set_decimal(std::size_t column, int width, duckdb_hugeint value);
  // Of texts (in UTF-8) and binary values.
  void set_bytes(std::size_t column, std::string_view bytes);

  Status end_row();
  // Without it nothing of the last rows is kept.
  Status close();

 private:
  ChunkWriter(duckdb_appender appender, Progress* progress);
  void start_chunk();
  Status flush();
  Status failure() const;

  duckdb_appender appender_;
  Chunk chunk_;
  std::vector<duckdb_vector> vectors_;
  std::vector<void*> data_;
  idx_t row_ = 0;
  Progress* progress_;
  std::int64_t rows_written_ = 0;
  std::size_t unflushed_bytes_ = 0;  // about
};

}  // namespace vernier::engine
