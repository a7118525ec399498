// SPDX-License-Identifier: Apache-2.0
#include "datadiff/native_table.h"

#include "datadiff/comparison.h"

namespace vernier::datadiff {

using engine::Dialect;
using engine::Rows;

Result<NativeTable> open_native(const model::DataSource& source, const engine::TablePath& path,
                                const std::string& filter) {
  if (source.type != "pg" && source.type != "mysql")
    return invalid_input("of databases only PostgreSQL, MySQL and MariaDB can make them");
  const auto database = TRY(engine::open(source));
  auto connection = TRY(database->connect());
  NativeTable table{.connection = std::move(connection), .info = {}, .from = {}, .filter = filter};
  auto info = TRY(table.connection->describe(path));
  if (!info) return invalid_input("a table is not there");
  table.info = std::move(*info);
  table.from = table.connection->quoted(path);
  return table;
}

Result<ColumnPlan> plan_of_meeting(const model::Sides<model::DataSource>& sources, const DiffRequest& request,
                                   Cancel& cancel) {
  std::array<engine::Relation, 2> relations;
  for (std::size_t side = 0; side < 2; ++side)
    relations[side] = {sources[side], request.tables[side], "1 = 0"};
  const auto meeting = TRY(engine::meet(relations, {}, cancel, nullptr, engine::Reading::once));
  model::Sides<engine::TableInfo> infos;
  for (std::size_t side = 0; side < 2; ++side) {
    auto info = TRY(meeting->describe(engine::meeting_tables[side]));
    if (!info) return corrupt("a table that met is not there");
    infos[side] = std::move(*info);
  }
  return plan_columns(engine::Dialect::duckdb, infos, request);
}

Status begin_snapshots(const model::Sides<NativeTable>& tables) {
  for (const NativeTable& table : tables)
    TRY(table.connection->query(engine::begin_snapshot_sql(table.connection->dialect()), {}));
  return {};
}

std::optional<NativePair> native_pair(const model::Sides<NativeTable>& tables,
                                      const model::Sides<std::string>& names) {
  NativePair pair;
  for (std::size_t side = 0; side < 2; ++side) {
    const engine::ColumnInfo* found = column_called(tables[side].info, names[side]);
    if (!found) return std::nullopt;
    pair.dialects[side] = tables[side].connection->dialect();
    pair.columns[side] = *found;
  }
  return pair;
}

std::string filtered(const NativeTable& table, const std::string& condition) {
  // On lines of its own lest a comment in it swallow what follows.
  if (table.filter.empty()) return condition;
  return "(\n" + table.filter + "\n)" + (condition.empty() ? "" : " and " + condition);
}

// Hashes are of UTF-8, and floating numbers must have texts that tell all of them apart.
Status check_postgresql(engine::Connection& connection) {
  constexpr std::int64_t exact_floats_version = 120'000;
  const Rows rows =
      TRY(connection.query("select pg_catalog.current_setting('server_encoding'), "
                           "pg_catalog.current_setting('server_version_num')",
                           {}));
  if (rows.rows.at(0).at(0) != "UTF8") return invalid_input("a database's encoding is not UTF8");
  if (integer(rows.rows[0][1]) < exact_floats_version)
    return invalid_input("a server is older than PostgreSQL 12");
  return {};
}

Result<Digest> common_digest(const model::Sides<NativeTable>& tables) {
  for (const NativeTable& table : tables) {
    if (table.connection->dialect() != Dialect::mysql) continue;
    const auto tried = table.connection->query("select md5('')", {});
    if (!tried && tried.error().kind != ErrorKind::invalid_input) return tried.error();
    if (!tried) return Digest::sha256;
  }
  return Digest::md5;
}

}  // namespace vernier::datadiff
