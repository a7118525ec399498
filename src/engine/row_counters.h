// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <duckdb.h>

#include "base/result.h"

namespace vernier::engine {

// Gives an opened DuckDB, whose sessions share them, the functions that count rows (counted_function).
Status create_row_counters(duckdb_connection connection);

}  // namespace vernier::engine
