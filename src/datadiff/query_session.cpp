// SPDX-License-Identifier: Apache-2.0
#include "datadiff/query_session.h"

#include <fmt/format.h>

#include "base/text.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;
using engine::TableInfo;

constexpr engine::QueryLimits describing = {.timeout = std::chrono::minutes(2)};

Result<TableInfo> describe_duckdb(engine::Connection& session, const std::string& query) {
  const engine::Rows rows =
      TRY(session.query("select column_name, column_type from (describe " + query + ")", describing));
  TableInfo info{.is_view = true, .columns = {}};
  for (const auto& row : rows.rows)
    info.columns.push_back({.name = row[0].value_or(""), .type = row[1].value_or("")});
  return info;
}

// Types come without their modifiers, which a query's column may not have either.
Result<TableInfo> describe_postgresql(engine::Connection& session, const std::string& query) {
  const engine::Rows head = TRY(session.query("select * from " + query + " src limit 0", describing));
  std::string types;
  for (const std::string& column : head.columns)
    types += (types.empty() ? "" : ", ") + std::string("pg_catalog.pg_typeof(src.") +
             engine::quote_identifier(Dialect::postgresql, column) + ")::text";
  if (types.empty()) return invalid_input("the query gives no columns");
  const engine::Rows rows =
      TRY(session.query("select " + types + " from (select 1) one left join (select * from " + query +
                            " src limit 1) src on true",
                        describing));
  TableInfo info{.is_view = true, .columns = {}};
  for (std::size_t i = 0; i < head.columns.size(); ++i)
    info.columns.push_back({.name = head.columns[i], .type = rows.rows.at(0).at(i).value_or("")});
  return info;
}

}  // namespace

engine::TablePath query_name(std::size_t side) {
  return {fmt::format("query {}", side + 1)};
}

bool has_queries(const DiffRequest& request) {
  return !request.queries[0].empty() || !request.queries[1].empty();
}

DiffRequest with_query_names(DiffRequest request) {
  for (std::size_t side = 0; side < 2; ++side)
    if (!request.queries[side].empty()) request.tables[side] = query_name(side);
  request.queries = {};
  return request;
}

QuerySession::QuerySession(engine::Connection& session, model::Sides<std::string> queries)
    : session_(session), queries_(std::move(queries)) {
  for (std::string& query : queries_) {
    std::string_view text = trim(query);
    while (text.ends_with(';'))
      text = trim(text.substr(0, text.size() - 1));
    // On lines of its own lest a comment in it swallow what follows.
    if (!text.empty()) query = "(\n" + std::string(text) + "\n)";
  }
}

const std::string* QuerySession::query_of(const engine::TablePath& table) const {
  for (std::size_t side = 0; side < 2; ++side)
    if (!queries_[side].empty() && table == query_name(side)) return &queries_[side];
  return nullptr;
}

Result<std::optional<TableInfo>> QuerySession::describe(const engine::TablePath& table) {
  const std::string* query = query_of(table);
  if (!query) return session_.describe(table);
  if (dialect() != Dialect::duckdb && dialect() != Dialect::postgresql)
    return invalid_input(
        "queries are compared in DuckDB and PostgreSQL alone; give tables, or make views of the queries");
  TableInfo info =
      TRY_DURING(table.front(), dialect() == Dialect::duckdb ? describe_duckdb(session_, *query)
                                                             : describe_postgresql(session_, *query));
  return std::optional(std::move(info));
}

std::string QuerySession::quoted(const engine::TablePath& table) const {
  const std::string* query = query_of(table);
  return query ? *query : session_.quoted(table);
}

}  // namespace vernier::datadiff
