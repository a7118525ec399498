// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "engine/postgresql_copy.h"
#include "engine/snapshot.h"

namespace vernier::engine {

// The table of a stream as a snapshot, whose first session is that of the stream, in a transaction from then
// on. nullptr where the table takes less than `bytes_min` or is no plain one, or the server is too old.
Result<std::unique_ptr<TableSnapshot>> open_postgresql_snapshot(
    const PostgresTarget& target, const std::shared_ptr<PostgresConnection>& connection,
    const Relation& relation, const StreamSource& source, std::size_t bytes_min);

}  // namespace vernier::engine
