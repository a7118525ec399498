// SPDX-License-Identifier: Apache-2.0
#include "datadiff/time_filter.h"

#include <fmt/format.h>

#include "base/text.h"
#include "datadiff/columns.h"
#include "datadiff/types.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;

constexpr model::Sides<std::string_view> side_names = {"production", "the pull request"};

bool has_interval(const DiffRequest& request) {
  return request.time && !(request.time->since.empty() && request.time->until.empty());
}

// A moment in the form of a text that sorts right beside such as have fewer parts: "2026-01-31 00:00:00" as
// "2026-01-31".
std::string shortened(std::string moment) {
  constexpr std::string_view no_seconds = ":00";
  constexpr std::string_view midnight = " 00:00";
  if (moment.find('.') != std::string::npos || !moment.ends_with(no_seconds)) return moment;
  moment.erase(moment.size() - no_seconds.size());
  if (moment.ends_with(midnight)) moment.erase(moment.size() - midnight.size());
  return moment;
}

std::string literal(Dialect dialect, const std::string& moment) {
  if (dialect == Dialect::sqlite) return engine::quote_literal(dialect, shortened(moment));
  return "timestamp " + engine::quote_literal(dialect, moment);
}

// SQLite compares texts: "2026-01-31T10:00:00Z" as "2026-01-31 10:00:00".
std::string comparable(Dialect dialect, const std::string& column) {
  return dialect == Dialect::sqlite ? "replace(rtrim(" + column + ", 'Z'), 'T', ' ')" : column;
}

// Rows with a time that does not sort as a text does: a number, or one with an offset.
std::string unsorted_sql(const std::string& from, const std::string& column, const std::string& filter) {
  const std::string day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
  return fmt::format(
      "select count(*) from {0} src where {1}{2} is not null and not (typeof({2}) = 'text' and ({2} glob "
      "'{3}' "
      "or ({2} glob '{3}[ T][0-9][0-9]:[0-9][0-9]*' and ltrim(substr(rtrim({2}, 'Z'), 17), ':.0123456789') = "
      "'')))",
      from, filter.empty() ? "" : "(\n" + filter + "\n) and ", column, day);
}

Dialect dialect_of(const model::DataSource& source) {
  if (source.type == "pg") return Dialect::postgresql;
  if (source.type == "mysql") return Dialect::mysql;
  return source.type == "sqlite" ? Dialect::sqlite : Dialect::duckdb;
}

// Of files only the meeting knows the columns; it is DuckDB that complains about a wrong one then.
Result<std::string> filter_of(const model::DataSource& source, const DiffRequest& request, std::size_t side,
                              Cancel& cancel) {
  const std::string name = time_columns(request)[side];
  const Dialect dialect = dialect_of(source);
  if (engine::is_of_files(source)) return filter_in_time(dialect, "", name, request, side, {});
  const auto database = TRY(engine::open(source));
  const auto connection = TRY(database->connect());
  const auto guard = cancel.on_request([&] { connection->cancel(); });
  const auto table = TRY(connection->describe(request.tables[side]));
  if (!table) return request.filters[side];  // said by whoever reads it
  const std::string column = TRY(time_column_of(dialect, *table, side, name));
  return filter_in_time(
      dialect, connection->quoted(request.tables[side]), column, request, side,
      [&](const std::string& sql) { return connection->query(sql, {.timeout = request.query_timeout}); });
}

}  // namespace

model::Sides<std::string> time_columns(const DiffRequest& request) {
  return names_on_both(request.time->column, request.column_map);
}

Result<std::string> time_column_of(Dialect dialect, const engine::TableInfo& table, std::size_t side,
                                   const std::string& name) {
  const engine::ColumnInfo* column = column_called(table, name);
  if (!column)
    return invalid_input(fmt::format("the time column {} is not in the table of {}", name, side_names[side]));
  if (!holds_times(dialect, *column))
    return invalid_input(fmt::format("the time column {} is {} in {}, which is no date or timestamp", name,
                                     column->type, side_names[side]));
  return column->name;
}

Result<std::string> filter_in_time(Dialect dialect, const std::string& from, const std::string& name,
                                   const DiffRequest& request, std::size_t side, const AskOne& ask) {
  const std::string& filter = request.filters[side];
  if (!has_interval(request)) return filter;
  const std::string column = "src." + engine::quote_identifier(dialect, name);
  if (dialect == Dialect::sqlite) {
    const engine::Rows unsorted = TRY(ask(unsorted_sql(from, column, filter)));
    if (unsorted.rows.at(0).at(0) != "0")
      return invalid_input(fmt::format(
          "the time column {} of {} has {} values that are not written as 2026-01-31 or 2026-01-31 "
          "10:00:00 in UTC; give a condition instead",
          name, side_names[side], unsorted.rows[0][0].value_or("")));
  }
  std::vector<std::string> conditions;
  if (!filter.empty()) conditions.push_back("(\n" + filter + "\n)");
  const std::string value = comparable(dialect, column);
  if (!request.time->since.empty())
    conditions.push_back(value + " >= " + literal(dialect, request.time->since));
  if (!request.time->until.empty())
    conditions.push_back(value + " < " + literal(dialect, request.time->until));
  return join(conditions, " and ");
}

Result<DiffRequest> with_time_filters(const model::Sides<model::DataSource>& sources,
                                      const DiffRequest& request, Cancel& cancel) {
  DiffRequest filtered = request;
  if (!has_interval(request)) return filtered;
  TRY(check_time(*request.time));
  for (std::size_t side = 0; side < 2; ++side)
    filtered.filters[side] = TRY(filter_of(sources[side], request, side, cancel));
  filtered.time->since.clear();
  filtered.time->until.clear();
  return filtered;
}

}  // namespace vernier::datadiff
