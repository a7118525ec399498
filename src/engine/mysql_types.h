// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/cells.h"
#include "engine/engine.h"

namespace vernier::engine {

// How a column of MySQL or MariaDB is read: what to select, and what its text is then.
struct MysqlReader {
  std::string expression;
  CellKind kind;
};

// Types without a counterpart come as their text, spatial ones as hexadecimal digits.
MysqlReader mysql_reader(const ColumnInfo& column);

}  // namespace vernier::engine
