// SPDX-License-Identifier: Apache-2.0
#include "datadiff/datadiff.h"

#include "datadiff/comparison.h"
#include "datadiff/query_session.h"

namespace vernier::datadiff {

namespace {

using model::DiffResult;
using model::TableDiff;

TableDiff failed_diff(const DiffRequest& request, const Error& error) {
  TableDiff diff;
  diff.result = DiffResult::error;
  diff.pk_columns = request.pk_columns;
  diff.why = "The tables could not be compared: " + error.message + ".";
  return diff;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

bool has_differences(const TableDiff& diff) {
  const model::SchemaStats& schema = diff.schema;
  return diff.pks.exclusives[0] > 0 || diff.pks.exclusives[1] > 0 || diff.values.rows_with_differences > 0 ||
         schema.columns_mismatched[0] > 0 || schema.columns_mismatched[1] > 0 ||
         schema.column_type_mismatches > 0;
}

TableDiff diff_tables(engine::Connection& connection, const DiffRequest& request, Cancel& cancel) {
  if (has_queries(request)) {
    QuerySession session(connection, request.queries);
    return diff_tables(session, with_query_names(request), cancel);
  }
  const auto start = std::chrono::steady_clock::now();
  Comparison comparison(connection, request, cancel);
  Result<std::optional<TableDiff>> outcome = std::optional<TableDiff>();
  {
    const auto guard = cancel.on_request([&] { connection.cancel(); });
    outcome = comparison.run();
  }
  if (outcome && !*outcome) {
    const model::DataSource& source = *connection.source();
    TableDiff diff = diff_across({source, source}, request, {}, cancel);
    if (diff.has_figures()) diff.schema = comparison.schema();
    return diff;
  }
  TableDiff diff = outcome ? std::move(**outcome) : failed_diff(request, outcome.error());
  diff.seconds = seconds_since(start);
  return diff;
}

TableDiff diff_across(const model::Sides<model::DataSource>& sources, const DiffRequest& request,
                      const engine::MeetingLimits& limits, Cancel& cancel) {
  const auto start = std::chrono::steady_clock::now();
  if (has_queries(request))
    return failed_diff(request, invalid_input("queries are compared within one database alone; give tables, "
                                              "or make views of the queries"));
  std::array<engine::Relation, 2> relations;
  for (std::size_t side = 0; side < 2; ++side)
    relations[side] = {sources[side], request.tables[side], request.filters[side]};
  const auto connection = engine::meet(relations, limits, cancel);
  if (!connection && connection.error().kind == ErrorKind::not_found)
    return not_diffed("The tables could not be compared: " + connection.error().message + ".");
  if (!connection) return failed_diff(request, connection.error());
  DiffRequest meeting = request;
  meeting.tables = engine::meeting_tables;
  meeting.filters = {};  // the rows were filtered on their way
  TableDiff diff = diff_tables(**connection, meeting, cancel);
  diff.seconds = seconds_since(start);
  return diff;
}

}  // namespace vernier::datadiff
