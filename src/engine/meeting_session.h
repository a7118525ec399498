// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/snapshot_function.h"

namespace vernier::engine {

inline constexpr std::array<std::string_view, 2> side_names = {"production", "the pull request"};

// What a meeting knows of one of its tables beyond what DuckDB can tell.
struct MeetingTable {
  std::map<std::string, std::string> meanings;  // of columns whose type DuckDB has no name for
  bool is_view = false;
  std::optional<std::int64_t> rows_max;  // as in TableInfo, and so
  bool fits_memory = false;
  std::optional<RemoteRows> remote;
  std::optional<StoredRows> stored;
  std::shared_ptr<SnapshotFunction> snapshot;  // by which those are read
};

// The session in which the tables have met.
std::unique_ptr<Connection> meeting_session(std::unique_ptr<Connection> session,
                                            std::array<MeetingTable, 2> tables);

}  // namespace vernier::engine
