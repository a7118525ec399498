// SPDX-License-Identifier: Apache-2.0
#include "engine/chunk_writer.h"

#include "engine/adapters.h"

namespace vernier::engine {

namespace {

// What an appender holds is beyond the database's memory limit, and by itself it waits for 204,800 rows.
constexpr std::size_t unflushed_bytes_max = std::size_t{8} << 20;

}  // namespace

void ChunkWriter::start(duckdb_data_chunk chunk) {
  row_ = 0;
  vectors_.resize(duckdb_data_chunk_get_column_count(chunk));
  data_.resize(vectors_.size());
  for (idx_t i = 0; i < vectors_.size(); ++i) {
    vectors_[i] = duckdb_data_chunk_get_vector(chunk, i);
    data_[i] = duckdb_vector_get_data(vectors_[i]);
  }
}

void ChunkWriter::set_null(std::size_t column) {
  duckdb_vector_ensure_validity_writable(vectors_[column]);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vectors_[column]), row_);
}

void ChunkWriter::set_decimal(std::size_t column, int width, duckdb_hugeint value) {
  if (width <= 4)
    set(column, static_cast<std::int16_t>(value.lower));
  else if (width <= 9)
    set(column, static_cast<std::int32_t>(value.lower));
  else if (width <= 18)
    set(column, static_cast<std::int64_t>(value.lower));
  else
    set(column, value);
}

void ChunkWriter::set_bytes(std::size_t column, std::string_view bytes) {
  text_bytes_ += bytes.size();
  duckdb_vector_assign_string_element_len(vectors_[column], row_, bytes.data(), bytes.size());
}

Result<std::unique_ptr<TableWriter>> TableWriter::open(duckdb_connection connection, const std::string& table,
                                                       Progress* progress) {
  duckdb_appender appender = nullptr;
  if (duckdb_appender_create(connection, nullptr, table.c_str(), &appender) == DuckDBError) {
    duckdb_appender_destroy(&appender);
    return unavailable("DuckDB gave no appender to the table " + table);
  }
  return std::unique_ptr<TableWriter>(new TableWriter(appender, progress));
}

TableWriter::TableWriter(duckdb_appender appender, Progress* progress)
    : appender_(appender), progress_(progress) {
  const idx_t count = duckdb_appender_column_count(appender_);
  std::vector<LogicalType> types(count);
  std::vector<duckdb_logical_type> raw;
  for (idx_t i = 0; i < count; ++i) {
    *types[i].address() = duckdb_appender_column_type(appender_, i);
    raw.push_back(types[i].get());
  }
  *chunk_.address() = duckdb_create_data_chunk(raw.data(), count);
  start_chunk();
}

TableWriter::~TableWriter() {
  duckdb_appender_destroy(&appender_);
}

void TableWriter::start_chunk() {
  duckdb_data_chunk_reset(chunk_.get());
  start(chunk_.get());
}

Status TableWriter::end_row() {
  complete_row();
  return is_full() ? flush() : Status();
}

Status TableWriter::flush() {
  duckdb_data_chunk_set_size(chunk_.get(), rows());
  if (duckdb_append_data_chunk(appender_, chunk_.get()) == DuckDBError) return failure();
  unflushed_bytes_ += rows() * columns() * sizeof(std::uint64_t) + std::exchange(text_bytes_, 0);
  if (unflushed_bytes_ >= unflushed_bytes_max) {
    unflushed_bytes_ = 0;
    if (duckdb_appender_flush(appender_) == DuckDBError) return failure();
  }
  rows_written_ += static_cast<std::int64_t>(rows());
  if (progress_) progress_->add(static_cast<std::int64_t>(rows()));
  start_chunk();
  return {};
}

Status TableWriter::close() {
  if (rows() > 0) TRY(flush());
  if (duckdb_appender_close(appender_) == DuckDBError) return failure();
  return {};
}

Status TableWriter::failure() const {
  duckdb_error_data error = duckdb_appender_error_data(appender_);
  const char* message = duckdb_error_data_message(error);
  const std::string text = with_advice(message ? message : "no message");
  duckdb_destroy_error_data(&error);
  return unavailable(text);
}

}  // namespace vernier::engine
