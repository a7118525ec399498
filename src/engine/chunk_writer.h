// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "engine/duckdb_handles.h"

namespace vernier::engine {

// Fills a chunk of rows of an embedded DuckDB cell by cell. The caller gives each cell the C type that DuckDB
// keeps the column's type in.
class ChunkWriter {
 public:
  // Starts at the first row of an empty chunk, which the caller keeps.
  void start(duckdb_data_chunk chunk);
  std::size_t columns() const { return vectors_.size(); }
  idx_t rows() const { return row_; }  // that are complete
  bool is_full() const { return row_ == duckdb_vector_size(); }

  template <typename T>
  void set(std::size_t column, T value) {
    static_cast<T*>(data_[column])[row_] = value;
  }
  void set_null(std::size_t column);
  // `value` is the decimal without its point; `width` is that of the column's type.
  void set_decimal(std::size_t column, int width, duckdb_hugeint value);
  // Of texts (in UTF-8) and binary values.
  void set_bytes(std::size_t column, std::string_view bytes);
  void complete_row() { ++row_; }

 protected:
  std::size_t text_bytes_ = 0;  // of all chunks so far

 private:
  std::vector<duckdb_vector> vectors_;
  std::vector<void*> data_;
  idx_t row_ = 0;
};

// Fills a table of an embedded DuckDB.
class TableWriter : public ChunkWriter {
 public:
  // The table exists; its columns have the types. `progress`, where there is one, is told of rows written.
  static Result<std::unique_ptr<TableWriter>> open(duckdb_connection connection, const std::string& table,
                                                   Progress* progress);
  ~TableWriter();
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  std::int64_t rows_written() const { return rows_written_; }  // without those of the chunk in hand
  Status end_row();
  // Without it nothing of the last rows is kept.
  Status close();

 private:
  TableWriter(duckdb_appender appender, Progress* progress);
  void start_chunk();
  Status flush();
  Status failure() const;

  duckdb_appender appender_;
  Chunk chunk_;
  Progress* progress_;
  std::int64_t rows_written_ = 0;
  std::size_t unflushed_bytes_ = 0;  // about, without those of texts in the chunk in hand
};

}  // namespace vernier::engine
