// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/stream.h"

namespace vernier::engine {

enum class CellType {
  boolean,
  tinyint,
  utinyint,
  smallint,
  usmallint,
  integer,
  uinteger,
  bigint,
  ubigint,
  real,
  double_precision,
  decimal,  // of at most 38 digits
  number,   // any other exact number: as its text, without zeros that say nothing
  text,
  bytes,
  date,
  timestamp,
  timestamptz,
  time,
  uuid,
  json
};

// What a column of a RowStream is read as. Width and scale are those of a decimal.
struct CellKind {
  CellType type = CellType::text;
  int width = 0;
  int scale = 0;

  friend bool operator==(const CellKind&, const CellKind&) = default;
};

StreamColumn stream_column(const std::string& name, const CellKind& kind);

// Writes the value whose text is given. False where it is no value of the kind, or loses something as one.
// Fails with invalid_input on text that is not UTF-8.
Result<bool> write_text(ChunkWriter& writer, std::size_t column, const CellKind& kind, std::string_view text);

// The same for numbers that come as such; never for the text, bytes and time kinds.
bool write_integer(ChunkWriter& writer, std::size_t column, const CellKind& kind, std::int64_t value);
bool write_double(ChunkWriter& writer, std::size_t column, const CellKind& kind, double value);

// What can hold a value that did not fit `kind`, in the end text, which holds any.
CellKind wider(const CellKind& kind);

// The shortest text, without an exponent, that stands for no other double.
std::string decimal_text(double value);

}  // namespace vernier::engine
