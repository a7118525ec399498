// SPDX-License-Identifier: Apache-2.0
#include "datadiff/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/histogram.h"
#include "datadiff/sql_parts.h"
#include "datadiff/types.h"

namespace vernier::datadiff {

namespace {

using engine::Rows;
using model::ColumnProfile;

// PostgreSQL gives at most 1,664 columns, of which each of these takes six.
constexpr std::size_t bounds_columns = 200;
constexpr std::size_t figures_of_a_column = 6;
// Each of these is a hash table of its own while the rows are read.
constexpr std::size_t values_columns = 8;
constexpr std::size_t histogram_columns = 16;
constexpr std::size_t top_values_max = 10;
constexpr int characters_max = 200;  // of a text that is shown

// A column that a profile can be made of.
struct Profiled {
  ColumnPair pair;  // without any tolerance
  Shape shape;
  std::optional<Scale> scale = {};
};

using Batch = std::vector<Profiled*>;

const engine::ColumnInfo& column_of(const engine::TableInfo& table, const std::string& name) {
  return *std::find_if(table.columns.begin(), table.columns.end(),
                       [&](const engine::ColumnInfo& column) { return column.name == name; });
}

std::vector<Profiled> profiled_columns(const DiffPlan& plan, const model::Sides<engine::TableInfo>& tables) {
  std::vector<Profiled> columns;
  for (const ColumnPair& pair : plan.values) {
    auto type =
        profiled_type(plan.dialect, column_of(tables[0], pair.names[0]), column_of(tables[1], pair.names[1]));
    if (type) columns.push_back({{pair.names, std::move(type->conversion)}, type->shape});
  }
  return columns;
}

std::string as_text(const std::string& expression) {
  return "cast(" + expression + " as varchar)";
}

std::string shown(const std::string& expression) {
  return fmt::format("left({}, {})", as_text(expression), characters_max);
}

// The value on the line that histograms are made on; NULL where it is none of its points.
std::string point(const Profiled& column, const std::string& value) {
  if (column.shape == Shape::text) return "cast(null as double precision)";
  std::string number = "cast(" + value + " as double precision)";
  if (column.shape == Shape::time_of_day)
    number = "cast(extract(epoch from " + value + ") as double precision)";
  else if (column.shape == Shape::date || column.shape == Shape::moment)
    number = "cast(extract(epoch from cast(" + value + " as timestamp)) as double precision)";
  // NaN is above infinity.
  return fmt::format(
      "case when {0} > cast('-infinity' as double precision) and {0} < cast('infinity' as double precision) "
      "then {0} end",
      number);
}

// What minima are of: numbers that come as text, for they have more digits than any type, have no other order
// than that of the nearest doubles.
std::string ordered(const Profiled& column, const std::string& value) {
  if (column.shape == Shape::text) return as_text(value);
  const bool written = column.pair.conversion.type == "varchar";
  return written ? "cast(" + value + " as double precision)" : value;
}

// "select v0, p0, ... from T": the values of a side, and the points that they are.
std::string values_of(const DiffPlan& plan, const Batch& batch, std::size_t side, bool with_points) {
  const std::string columns = listed(batch.size(), ", ", [&](std::size_t i) {
    const std::string value = compared(plan, batch[i]->pair, side);
    return fmt::format("{} as v{}", value, i) +
           (with_points ? fmt::format(", {} as p{}", point(*batch[i], value), i) : "");
  });
  return fmt::format("select {} as side, {}{}", side, columns, source(plan, side, {}));
}

// One row: rows, and for each column its values, least and greatest, their mean, least and greatest point.
std::string bounds_sql(const DiffPlan& plan, const Batch& batch, std::size_t side) {
  return "select count(*), " +
         listed(batch.size(), ", ",
                [&](std::size_t i) {
                  const std::string value = ordered(*batch[i], fmt::format("v{}", i));
                  return fmt::format("count(v{0}), {1}, {2}, {3}, {4}, {5}", i, shown("min(" + value + ")"),
                                     shown("max(" + value + ")"), as_text(fmt::format("avg(p{})", i)),
                                     as_text(fmt::format("min(p{})", i)),
                                     as_text(fmt::format("max(p{})", i)));
                }) +
         " from (" + values_of(plan, batch, side, true) + ") u";
}

// Groups of each column by itself: in a row all columns but one are NULL, and that one too for its NULLs.
std::string grouped_sql(const std::string& rows, std::string_view prefix, std::size_t columns) {
  const auto name = [&](std::size_t i) { return fmt::format("{}{}", prefix, i); };
  return fmt::format(
      "select {}, count(*) filter (where side = 0) as n0, count(*) filter (where side = 1) as n1 from ({}) u "
      "group by grouping sets ({})",
      listed(columns, ", ", name), rows,
      listed(columns, ", ", [&](std::size_t i) { return "(" + name(i) + ")"; }));
}

// Rows (column, position, rows of each side, value): at position 0 distinct values instead, then the values
// that most rows have.
std::string top_values_sql(const DiffPlan& plan, const Batch& batch) {
  const std::string rows =
      values_of(plan, batch, 0, false) + " union all " + values_of(plan, batch, 1, false);
  std::string sql = "with g as materialized (" + grouped_sql(rows, "v", batch.size()) + ") ";
  for (std::size_t i = 0; i < batch.size(); ++i)
    sql += fmt::format(
        "{0}select {1} as col, 0 as pos, count(*) filter (where n0 > 0) as n0, count(*) filter (where n1 > "
        "0) "
        "as n1, cast(null as varchar) as val from g where v{1} is not null union all "
        "select {1}, row_number() over (order by n0 + n1 desc, v{1}), n0, n1, {2} from (select * from g "
        "where "
        "v{1} is not null order by n0 + n1 desc, v{1} limit {3}) t",
        i > 0 ? " union all " : "", i, shown(fmt::format("v{}", i)), top_values_max);
  return sql + " order by 1, 2";
}

// Rows (bucket of each column or NULL, rows of each side).
std::string histogram_sql(const DiffPlan& plan, const Batch& batch) {
  const auto buckets_of = [&](std::size_t side) {
    return fmt::format("select side, {} from ({}) s",
                       listed(batch.size(), ", ",
                              [&](std::size_t i) {
                                const Scale& scale = *batch[i]->scale;
                                return fmt::format(
                                    "case when p{0} is not null then cast(least(floor((p{0} - cast('{1}' as "
                                    "double precision)) / "
                                    "cast('{2}' as double precision)), {3}) as integer) end as b{0}",
                                    i, scale.low, scale.width, scale.buckets - 1);
                              }),
                       values_of(plan, batch, side, true));
  };
  return grouped_sql(buckets_of(0) + " union all " + buckets_of(1), "b", batch.size());
}

std::optional<double> real(const model::Cell& cell) {
  double number = 0.0;
  if (!cell) return std::nullopt;
  const auto [end, error] = std::from_chars(cell->data(), cell->data() + cell->size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

using Profiles = std::vector<ColumnProfile>;
using Places = std::vector<ColumnProfile*>;  // where what a batch's statement tells goes

Profiles with_bounds(const model::Sides<Rows>& rows, const Batch& batch) {
  Profiles profiles(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    std::optional<double> low;
    std::optional<double> high;
    profiles[i].column_name = batch[i]->pair.names[0];
    for (std::size_t side = 0; side < 2; ++side) {
      const auto& cells = rows[side].rows.at(0);
      const auto figure = [&](std::size_t at) { return cells.at(1 + i * figures_of_a_column + at); };
      profiles[i].rows[side] = integer(cells.at(0));
      profiles[i].nulls[side] = profiles[i].rows[side] - integer(figure(0));
      profiles[i].min[side] = figure(1);
      profiles[i].max[side] = figure(2);
      const bool number = batch[i]->shape == Shape::number || batch[i]->shape == Shape::whole_number;
      if (const auto mean = real(figure(3)); mean && number)
        profiles[i].mean[side] = fmt::format("{:.9g}", *mean);
      if (const auto least = real(figure(4))) low = std::min(low.value_or(*least), *least);
      if (const auto most = real(figure(5))) high = std::max(high.value_or(*most), *most);
    }
    if (low && high && point_text(batch[i]->shape, *low) && point_text(batch[i]->shape, *high))
      batch[i]->scale = scale_of(batch[i]->shape, *low, *high);
  }
  return profiles;
}

void take_top_values(const Rows& rows, const Places& profiles) {
  for (const auto& row : rows.rows) {
    ColumnProfile& profile = *profiles.at(static_cast<std::size_t>(integer(row.at(0))));
    const model::Sides<std::int64_t> counts = {integer(row.at(2)), integer(row.at(3))};
    if (integer(row.at(1)) == 0)
      profile.distincts = counts;
    else
      profile.top_values.push_back({row.at(4), counts});
  }
}

void take_histogram(const Rows& rows, const Places& profiles) {
  for (const auto& row : rows.rows) {
    for (std::size_t i = 0; i < profiles.size(); ++i) {
      if (!row.at(i)) continue;
      auto& bucket = profiles[i]->histogram.at(static_cast<std::size_t>(integer(row[i])));
      bucket.rows = {integer(row.at(profiles.size())), integer(row.at(profiles.size() + 1))};
    }
  }
}

// Calls `step(batch, their profiles)` for every few of the columns that `wanted` says yes to.
template <typename Wanted, typename Step>
Status in_batches(std::vector<Profiled>& columns, Profiles& profiles, std::size_t size, Wanted wanted,
                  Step step) {
  Batch batch;
  Places theirs;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (wanted(columns[i])) {
      batch.push_back(&columns[i]);
      theirs.push_back(&profiles[i]);
    }
    if (batch.size() < size && i + 1 < columns.size()) continue;
    if (!batch.empty()) TRY(step(batch, theirs));
    batch.clear();
    theirs.clear();
  }
  return {};
}

}  // namespace

Result<Profiles> profile_columns(const DiffPlan& plan, const model::Sides<engine::TableInfo>& tables,
                                 const Ask& ask) {
  std::vector<Profiled> columns = profiled_columns(plan, tables);
  Profiles profiles(columns.size());
  const auto all = [](const Profiled&) { return true; };
  const auto has_scale = [](const Profiled& column) { return column.scale.has_value(); };
  const auto tell_bounds = [&](const Batch& batch, const Places& places) -> Status {
    model::Sides<Rows> rows;
    for (std::size_t side = 0; side < 2; ++side)
      rows[side] = TRY(ask(bounds_sql(plan, batch, side), 1));
    Profiles bounds = with_bounds(rows, batch);
    for (std::size_t i = 0; i < bounds.size(); ++i)
      *places[i] = std::move(bounds[i]);
    return {};
  };
  const auto tell_top_values = [&](const Batch& batch, const Places& places) -> Status {
    const Rows rows = TRY(ask(top_values_sql(plan, batch), batch.size() * (top_values_max + 1)));
    take_top_values(rows, places);
    return {};
  };
  const auto tell_histogram = [&](const Batch& batch, const Places& places) -> Status {
    std::size_t rows_max = batch.size();  // of NULLs
    for (std::size_t i = 0; i < batch.size(); ++i) {
      places[i]->histogram = empty_buckets(batch[i]->shape, *batch[i]->scale);
      rows_max += batch[i]->scale->buckets;
    }
    const Rows rows = TRY(ask(histogram_sql(plan, batch), rows_max));
    take_histogram(rows, places);
    return {};
  };
  TRY(in_batches(columns, profiles, bounds_columns, all, tell_bounds));
  TRY(in_batches(columns, profiles, values_columns, all, tell_top_values));
  TRY(in_batches(columns, profiles, histogram_columns, has_scale, tell_histogram));
  return profiles;
}

}  // namespace vernier::datadiff
