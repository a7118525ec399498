// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "datadiff/checksum_text.h"
#include "datadiff/columns.h"
#include "datadiff/datadiff.h"
#include "engine/engine.h"

namespace vernier::datadiff {

// A side of two tables as its own database has it.
struct NativeTable {
  std::shared_ptr<engine::Connection> connection;
  engine::TableInfo info;
  std::string from;    // quoted
  std::string filter;  // empty: none
};

// Fails with invalid_input where the database can make no hashes, or the table is not there.
Result<NativeTable> open_native(const model::DataSource& source, const engine::TablePath& path,
                                const std::string& filter);

// From here on each session sees one snapshot, as far as its database has such a thing.
Status begin_snapshots(const model::Sides<NativeTable>& tables);

// What a meeting of the two tables would compare.
Result<ColumnPlan> plan_of_meeting(const model::Sides<model::DataSource>& sources, const DiffRequest& request,
                                   Cancel& cancel);

// A column of each side by its names; nullopt where one is not there.
std::optional<NativePair> native_pair(const model::Sides<NativeTable>& tables,
                                      const model::Sides<std::string>& names);

// The table's filter and the condition, either of which may be empty.
std::string filtered(const NativeTable& table, const std::string& condition);

// Fails with invalid_input where the server's hashes are not those of others.
Status check_postgresql(engine::Connection& connection);

// What both databases have.
Result<Digest> common_digest(const model::Sides<NativeTable>& tables);

}  // namespace vernier::datadiff
