// SPDX-License-Identifier: Apache-2.0
#include "engine/stream.h"

#include <algorithm>

#include "base/text.h"
#include "engine/snapshot.h"

namespace vernier::engine {

namespace {

constexpr const char* misfit = " holds a value that the type it is read as cannot hold";

// PostgreSQL's plan begins "Seq Scan on t src  (cost=0.00..155.00 rows=10000 width=4)".
std::optional<std::int64_t> number_in_plan(const Rows& plan) {
  constexpr std::string_view lead = " rows=";
  const std::string first = plan.rows.empty() ? "" : plan.rows[0].at(0).value_or("");
  const std::size_t found = first.find(lead);
  if (found == std::string::npos) return std::nullopt;
  const std::size_t start = found + lead.size();
  return integer_in(first.substr(start, first.find_first_not_of("0123456789", start) - start));
}

std::optional<std::int64_t> number_in_column(const Rows& rows, std::string_view name) {
  const auto column = std::find(rows.columns.begin(), rows.columns.end(), name);
  if (column == rows.columns.end() || rows.rows.empty()) return std::nullopt;
  return integer_in(rows.rows[0].at(static_cast<std::size_t>(column - rows.columns.begin())));
}

// What costs next to nothing to know. SQLite numbers its rows, mostly without gaps.
std::optional<std::int64_t> expected_rows(Connection& connection, const std::string& from, bool filtered) {
  const bool is_sqlite = connection.dialect() == Dialect::sqlite;
  if (is_sqlite && filtered) return std::nullopt;
  const auto rows =
      connection.query((is_sqlite ? "select max(rowid) as \"rows\"" : "explain select *") + from, {});
  if (!rows) return std::nullopt;
  return connection.dialect() == Dialect::postgresql ? number_in_plan(*rows)
                                                     : number_in_column(*rows, "rows");
}

}  // namespace

Result<std::unique_ptr<TableSnapshot>> RowStream::snapshot(std::size_t /*bytes_min*/) {
  return std::unique_ptr<TableSnapshot>();
}

Error does_not_fit(const std::string& column) {
  return invalid_input("column " + column + misfit);
}

bool must_be_read_once(const Error& error) {
  return error.message.ends_with(misfit);
}

Result<StreamSource> stream_source(Connection& connection, const Relation& relation) {
  auto table = TRY(connection.describe(relation.table));
  if (!table) return not_found("there is no table " + join(relation.table, "."));
  std::string from = " from " + connection.quoted(relation.table) + " src";
  // On lines of its own lest a comment in it swallow what follows.
  if (!relation.filter.empty()) from += " where (\n" + relation.filter + "\n)";
  const auto expected = expected_rows(connection, from, !relation.filter.empty());
  return StreamSource{std::move(*table), std::move(from), expected};
}

}  // namespace vernier::engine
