// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "datadiff/checksums.h"
#include "datadiff/comparison.h"
#include "datadiff/native_table.h"

namespace vernier::datadiff {

namespace {

// A server makes the hashes of some 40 MB of rows a second, and both sides' do so at once; over a link that
// is as fast, reading the rows costs the same and tells more. Half of that, since what differs is read
// besides.
constexpr double checksums_pay_below = 20e6;  // bytes a second, of one side
constexpr std::int64_t probed_bytes = 1'000'000;
constexpr std::int64_t probed_rows_max = 5'000;

// Adds the rows that were not read to the figures of those that were.
void add_equal_rows(model::TableDiff& diff, std::int64_t rows) {
  for (std::size_t side = 0; side < 2; ++side) {
    diff.pks.total_rows[side] += rows;
    diff.pks.distincts[side] += rows;
  }
  model::ValueStats& values = diff.values;
  values.total_rows += rows;
  values.total_values = values.total_rows * values.compared_columns;
  for (model::ColumnDiff& column : values.columns_diff_stats)
    if (values.total_rows > 0)
      column.match = 100.0 * (1.0 - static_cast<double>(column.values_different) /
                                        static_cast<double>(values.total_rows));
  if (diff.result == model::DiffResult::empty && rows > 0)
    diff.result = has_differences(diff) ? model::DiffResult::different : model::DiffResult::identical;
}

std::int64_t bytes_of(const engine::Rows& rows) {
  std::int64_t bytes = 0;
  for (const auto& row : rows.rows)
    for (const auto& cell : row)
      bytes += cell ? static_cast<std::int64_t>(cell->size()) : 0;
  return bytes;
}

// Bytes a second; nullopt where the table is too small to tell, or none.
Result<std::optional<double>> link_rate(const model::DataSource& source, const engine::TablePath& path) {
  const NativeTable table = TRY(open_native(source, path, ""));
  if (table.info.is_view) return std::optional<double>();
  const auto first_rows = [&](std::int64_t rows) {
    return table.connection->query(fmt::format("select * from {} limit {}", table.from, rows),
                                   {.timeout = std::chrono::seconds(30)});
  };
  constexpr std::int64_t few = 10;
  const engine::Rows looked_at = TRY(first_rows(few));
  const std::int64_t row_bytes = std::max<std::int64_t>(1, bytes_of(looked_at) / few);
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t bytes = bytes_of(TRY(first_rows(std::min(probed_rows_max, probed_bytes / row_bytes))));
  const std::chrono::duration<double> span = std::chrono::steady_clock::now() - start;
  if (bytes < probed_bytes / 4) return std::optional<double>();
  return std::optional(static_cast<double>(bytes) / span.count());
}

}  // namespace

bool link_is_slow(const model::Sides<model::DataSource>& sources, const DiffRequest& request) {
  for (std::size_t side = 0; side < 2; ++side) {
    const auto rate = link_rate(sources[side], request.tables[side]);
    if (rate && *rate && **rate < checksums_pay_below) return true;
  }
  return false;
}

Result<model::TableDiff> diff_by_checksums(const model::Sides<model::DataSource>& sources,
                                           const DiffRequest& request, const ChecksumLimits& limits,
                                           const Stream& stream, Cancel& cancel) {
  if (request.pk_columns.empty()) return invalid_input("no key is known");
  if (request.sampling || request.profiles || request.wants_timeline())
    return invalid_input("samples of keys, profiles and timelines need all rows");
  model::Sides<NativeTable> tables;
  for (std::size_t side = 0; side < 2; ++side)
    tables[side] = TRY(open_native(sources[side], request.tables[side], request.filters[side]));
  const ColumnPlan columns = TRY(plan_of_meeting(sources, request, cancel));
  DiffRequest rest = request;
  for (std::size_t side = 0; side < 2; ++side)
    rest.sessions[side] = tables[side].connection;
  Checksums checksums = TRY(Checksums::prepare(std::move(tables), columns, request, limits));
  const Unread unread = TRY(checksums.find_unread(cancel));
  rest.filters = unread.filters;
  model::TableDiff diff = stream(rest);
  if (!diff.has_figures()) return diff;
  if (diff.pks.total_rows != unread.rows) return corrupt("the tables changed while they were read");
  const bool all_equal = diff.result == model::DiffResult::empty;
  diff.algorithm = all_equal ? "checksum" : "checksum+" + diff.algorithm;
  add_equal_rows(diff, unread.equal_rows);
  diff.findings.push_back(
      {.code = "checksums",
       .message = fmt::format(
           "{} rows of each side were found equal by checksums of key ranges; {} and {} were read.",
           with_thousands(unread.equal_rows), with_thousands(unread.rows[0]), with_thousands(unread.rows[1])),
       .command = {}});
  return diff;
}

}  // namespace vernier::datadiff
