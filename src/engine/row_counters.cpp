// SPDX-License-Identifier: Apache-2.0
#include "engine/row_counters.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "engine/duckdb_handles.h"

namespace vernier::engine {

namespace {

using ScalarFunction = Owned<duckdb_scalar_function, &duckdb_destroy_scalar_function>;

constexpr const char* too_many_counted = "more rows than vernier_counted() was told of";
constexpr std::size_t counters_max =
    10'000;  // of a database; SQL that came with a filter can call the function too
constexpr const char* no_counter = "there is no such row counter";

struct Counters {
  std::shared_mutex mutex;  // of the map; its numbers are counted up by many threads at once
  std::map<std::int64_t, std::atomic<std::int64_t>> rows;
  std::int64_t last = 0;
};

using Shared = std::shared_ptr<Counters>;

Counters& counters_of(duckdb_function_info info) {
  return **static_cast<Shared*>(duckdb_scalar_function_get_extra_info(info));
}

template <typename T>
T* values_of(duckdb_vector vector) {
  return static_cast<T*>(duckdb_vector_get_data(vector));
}

void create_counters(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  Counters& counters = counters_of(info);
  const std::scoped_lock lock(counters.mutex);
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    if (counters.rows.size() == counters_max)
      return duckdb_scalar_function_set_error(info, "there are too many row counters");
    values_of<std::int64_t>(output)[row] = ++counters.last;
    counters.rows[counters.last] = 0;
  }
}

void count(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const idx_t rows = duckdb_data_chunk_get_size(input);
  if (rows == 0) return;
  const auto first = [&](idx_t column) {
    return *values_of<std::int64_t>(duckdb_data_chunk_get_vector(input, column));
  };
  const auto more = static_cast<std::int64_t>(rows);
  Counters& counters = counters_of(info);
  const std::shared_lock lock(counters.mutex);
  const auto counter = counters.rows.find(first(0));
  if (counter == counters.rows.end()) return duckdb_scalar_function_set_error(info, no_counter);
  if (counter->second.fetch_add(more) + more > first(1))
    duckdb_scalar_function_set_error(info, too_many_counted);
  std::fill_n(values_of<bool>(output), rows, true);
}

void take_counts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  Counters& counters = counters_of(info);
  const std::scoped_lock lock(counters.mutex);
  const auto* numbers = values_of<std::int64_t>(duckdb_data_chunk_get_vector(input, 0));
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    const auto counter = counters.rows.find(numbers[row]);
    if (counter == counters.rows.end()) return duckdb_scalar_function_set_error(info, no_counter);
    values_of<std::int64_t>(output)[row] = counter->second;
    counters.rows.erase(counter);
  }
}

Status create(duckdb_connection connection, const char* name, idx_t parameters, duckdb_type returned,
              duckdb_scalar_function_t function, const Shared& counters) {
  ScalarFunction made;
  *made.address() = duckdb_create_scalar_function();
  LogicalType number;
  *number.address() = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
  LogicalType type;
  *type.address() = duckdb_create_logical_type(returned);
  duckdb_scalar_function_set_name(made.get(), name);
  for (idx_t i = 0; i < parameters; ++i)
    duckdb_scalar_function_add_parameter(made.get(), number.get());
  duckdb_scalar_function_set_return_type(made.get(), type.get());
  duckdb_scalar_function_set_volatile(made.get());
  duckdb_scalar_function_set_extra_info(made.get(), new Shared(counters),
                                        [](void* extra) { delete static_cast<Shared*>(extra); });
  duckdb_scalar_function_set_function(made.get(), function);
  if (duckdb_register_scalar_function(connection, made.get()) == DuckDBError)
    return unavailable("this DuckDB library refuses the function " + std::string(name));
  return {};
}

}  // namespace

bool is_too_many_counted(const Error& error) {
  return error.message.find(too_many_counted) != std::string::npos;
}

Status create_row_counters(duckdb_connection connection) {
  const auto counters = std::make_shared<Counters>();
  TRY(create(connection, new_counter_function, 0, DUCKDB_TYPE_BIGINT, &create_counters, counters));
  TRY(create(connection, counted_function, 2, DUCKDB_TYPE_BOOLEAN, &count, counters));
  return create(connection, take_count_function, 1, DUCKDB_TYPE_BIGINT, &take_counts, counters);
}

}  // namespace vernier::engine
