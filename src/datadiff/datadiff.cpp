// SPDX-License-Identifier: Apache-2.0
#include "datadiff/datadiff.h"

#include "datadiff/checksums.h"
#include "datadiff/comparison.h"
#include "datadiff/query_session.h"
#include "datadiff/time_filter.h"

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
  return has_row_differences(diff) || schema.columns_mismatched[0] > 0 || schema.columns_mismatched[1] > 0 ||
         schema.column_type_mismatches > 0;
}

namespace {

// nullopt where tables that meet have to be brought together in another way.
std::optional<TableDiff> diff_in(engine::Connection& connection, const DiffRequest& request,
                                 const engine::MeetingLimits& limits, Cancel& cancel,
                                 const std::string& phase) {
  const auto start = std::chrono::steady_clock::now();
  Comparison comparison(connection, request, cancel, phase);
  Result<std::optional<TableDiff>> outcome = std::optional<TableDiff>();
  {
    const auto guard = cancel.on_request([&] { connection.cancel(); });
    outcome = comparison.run();
  }
  if (!outcome && engine::must_be_read_once(outcome.error())) return std::nullopt;
  if (outcome && !*outcome) {
    if (!connection.source()) return std::nullopt;
    const model::DataSource& source = *connection.source();
    DiffRequest streamed = request;
    streamed.algorithm = Algorithm::stream;
    TableDiff diff = diff_across({source, source}, streamed, limits, cancel);
    if (diff.has_figures()) diff.schema = comparison.schema();
    return diff;
  }
  TableDiff diff = outcome ? std::move(**outcome) : failed_diff(request, outcome.error());
  diff.seconds = seconds_since(start);
  return diff;
}

}  // namespace

TableDiff diff_tables(engine::Connection& connection, const DiffRequest& request, Cancel& cancel,
                      const engine::MeetingLimits& limits) {
  const std::string phase = "comparing in the database";
  if (!has_queries(request)) return *diff_in(connection, request, limits, cancel, phase);
  QuerySession session(connection, request.queries);
  return *diff_in(session, with_query_names(request), limits, cancel, phase);
}

namespace {

TableDiff diff_in_meeting(const model::Sides<model::DataSource>& sources, const DiffRequest& request,
                          const engine::MeetingLimits& limits, Cancel& cancel, engine::Reading reading) {
  std::array<engine::Relation, 2> relations;
  for (std::size_t side = 0; side < 2; ++side)
    relations[side] = {sources[side], request.tables[side], request.filters[side], request.sessions[side]};
  {
    const auto connection = engine::meet(relations, limits, cancel, request.progress, reading);
    if (!connection && connection.error().kind == ErrorKind::not_found)
      return not_diffed("The tables could not be compared: " + connection.error().message + ".");
    if (!connection) return failed_diff(request, connection.error());
    DiffRequest meeting = request;
    meeting.tables = engine::meeting_tables;
    meeting.filters = {};  // the rows were filtered on their way
    if (auto diff = diff_in(**connection, meeting, limits, cancel, "comparing")) return *std::move(diff);
  }
  // The first meeting has ended, and its memory is free.
  return diff_in_meeting(sources, request, limits, cancel, engine::Reading::once);
}

bool wants_checksums(const model::Sides<model::DataSource>& sources, const DiffRequest& request) {
  if (request.algorithm != Algorithm::automatic) return request.algorithm == Algorithm::checksum;
  const auto is_server = [](const model::DataSource& source) {
    return source.type == "pg" || source.type == "mysql";
  };
  return is_server(sources[0]) && is_server(sources[1]) && !request.pk_columns.empty() && !request.sampling &&
         !request.profiles && !request.wants_timeline() && link_is_slow(sources, request);
}

}  // namespace

Status check_request(const DiffRequest& request) {
  if (request.sampling) TRY(check_sampling(*request.sampling));
  if (request.time) TRY(check_time(*request.time));
  TRY(check_rules(request.rules));
  if (request.sampling && request.skip_duplicates)
    return invalid_input("a sample tells of all rows, those that share their key too; leave out either wish");
  if (request.sampling && request.wants_timeline())
    return invalid_input("a timeline is of all rows; leave out the sample or the timeline");
  return {};
}

TableDiff diff_across(const model::Sides<model::DataSource>& sources, const DiffRequest& wish,
                      const engine::MeetingLimits& limits, Cancel& cancel) {
  constexpr std::int64_t large = 1'000'000;  // rows of both sides, below which reading them takes no time
  const auto start = std::chrono::steady_clock::now();
  if (has_queries(wish))
    return failed_diff(wish, invalid_input("queries are compared within one database alone; give tables, "
                                           "or make views of the queries"));
  const Result<DiffRequest> filtered = with_time_filters(sources, wish, cancel);
  if (!filtered) return failed_diff(wish, filtered.error());
  const DiffRequest& request = *filtered;
  const auto stream = [&](const DiffRequest& streamed) {
    return diff_in_meeting(sources, streamed, limits, cancel, engine::Reading::in_place);
  };
  Findings why_not;
  std::optional<TableDiff> diff;
  if (request.sampling) {
    auto of_sample = diff_of_sample(sources, request, stream, cancel);
    // Where the databases cannot take it, it is taken of the rows that were read.
    if (of_sample)
      diff = std::move(*of_sample);
    else if (of_sample.error().kind != ErrorKind::invalid_input)
      diff = failed_diff(request, of_sample.error());
  }
  if (!diff && wants_checksums(sources, request)) {
    const bool asked = request.algorithm == Algorithm::checksum;
    auto by_checksums = diff_by_checksums(sources, request, {.rows_min = asked ? 0 : large}, stream, cancel);
    if (by_checksums)
      diff = std::move(*by_checksums);
    else if (by_checksums.error().kind != ErrorKind::invalid_input)
      diff = failed_diff(request, by_checksums.error());
    else if (asked)
      why_not.push_back({.code = "checksums_not_possible",
                         .message = "The tables could not be compared by checksums and were read whole: " +
                                    by_checksums.error().message + ".",
                         .command = {}});
  }
  if (!diff) diff = stream(request);
  diff->findings.insert(diff->findings.end(), why_not.begin(), why_not.end());
  diff->seconds = seconds_since(start);
  return *std::move(diff);
}

}  // namespace vernier::datadiff
