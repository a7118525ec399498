// SPDX-License-Identifier: Apache-2.0
#include "engine/postgresql_copy.h"

#include <utility>

namespace vernier::engine {

namespace {

// Takes a big-endian number off the front of `piece`; nullopt where it is too short.
template <typename T>
std::optional<T> take_number(std::string_view& piece) {
  if (piece.size() < sizeof(T)) return std::nullopt;
  T number = 0;
  for (const char byte : piece.substr(0, sizeof(T)))
    number = static_cast<T>(static_cast<T>(number << 8) | static_cast<unsigned char>(byte));
  piece.remove_prefix(sizeof(T));
  return number;
}

Error malformed() {
  return unavailable("PostgreSQL: the rows that came are malformed");
}

}  // namespace

Status PostgresCopy::begin(const std::vector<const PostgresReader*>& readers, const std::string& from) {
  std::string list;
  for (const PostgresReader* reader : readers)
    list += (list.empty() ? "" : ", ") + reader->expression;
  TRY(connection_.begin_copy("copy (select " + list + from + ") to stdout (format binary)"));
  readers_ = readers;
  cells_.resize(readers.size());
  piece_ = {};
  header_seen_ = false;
  running_ = true;
  return {};
}

Result<bool> PostgresCopy::next_row() {
  constexpr std::size_t header_bytes = 19;  // signature, flags and the length of no extension
  constexpr std::uint16_t trailer = 0xffff;
  constexpr std::uint32_t null = 0xffffffff;
  if (!running_) return false;
  while (piece_.empty()) {
    piece_ = TRY(connection_.next_piece());
    if (piece_.empty()) {
      running_ = false;
      return false;
    }
    if (std::exchange(header_seen_, true)) continue;
    if (piece_.size() < header_bytes) return malformed();
    piece_.remove_prefix(header_bytes);
  }
  const auto count = take_number<std::uint16_t>(piece_);
  if (count == trailer) {
    piece_ = {};
    return next_row();
  }
  if (count != cells_.size()) return malformed();
  for (std::optional<std::string_view>& cell : cells_) {
    const auto length = take_number<std::uint32_t>(piece_);
    if (!length || (*length != null && *length > piece_.size())) return malformed();
    cell = *length == null ? std::nullopt : std::optional(piece_.substr(0, *length));
    if (cell) piece_.remove_prefix(*length);
  }
  return true;
}

void PostgresCopy::give_up() {
  if (std::exchange(running_, false)) connection_.give_up_copy();
}

}  // namespace vernier::engine
