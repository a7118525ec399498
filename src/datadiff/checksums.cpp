// SPDX-License-Identifier: Apache-2.0
// Comparing tables of two databases without moving them: each database sums hashes of its rows over ranges of
// the key, all ranges in one pass. Ranges of equal sums are equal; the others are split again while they are
// wide, and what remains is read.
//
// Two unlike ranges have equal counts and sums with a chance of one in 10^18.
#include "datadiff/checksums.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <thread>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;
using engine::Rows;

constexpr model::Sides<std::string_view> side_names = {"production", "the pull request"};
constexpr std::size_t ranges_max = 64;  // that an index is asked for; more are looked up row by row
constexpr std::int64_t wide = 4;        // times the rows that a segment should have, and it is split

}  // namespace

// The segments of one statement, all of one width, and those of them that differ.
struct Checksums::Level {
  std::int64_t low = 0;
  std::int64_t width = 1;
  std::vector<std::int64_t> differing = {};  // in order
  model::Sides<std::int64_t> rows{};         // in those
};

Result<Checksums> Checksums::prepare(model::Sides<NativeTable> tables, const ColumnPlan& columns,
                                     const DiffRequest& request, ChecksumLimits limits) {
  Checksums checksums;
  model::Sides<std::vector<std::string>> texts;
  for (const auto* pairs : {&columns.keys, &columns.values}) {
    for (const ColumnPair& pair : *pairs) {
      const auto native = native_pair(tables, pair.names);
      if (!native) return invalid_input("the tables changed while they were looked at");
      const auto same = same_texts(*native);
      if (!same)
        return invalid_input(
            fmt::format("column {} ({} and {}) has no text that is the same in both databases", pair.names[0],
                        native->columns[0].type, native->columns[1].type));
      const bool is_range_key = pairs == &columns.keys && checksums.range_keys_[0].empty() &&
                                is_integer(native->dialects[0], native->columns[0]) &&
                                is_integer(native->dialects[1], native->columns[1]);
      for (std::size_t side = 0; side < 2; ++side) {
        const std::string column =
            "src." + engine::quote_identifier(native->dialects[side], pair.names[side]);
        texts[side].push_back((*same)[side]);
        if (pairs == &columns.keys) checksums.keys_[side].push_back(column);
        if (is_range_key) checksums.range_keys_[side] = column;
      }
    }
  }
  if (checksums.range_keys_[0].empty())
    return invalid_input("the key has no column of integers to make ranges of");
  const Digest digest = TRY(common_digest(tables));
  for (std::size_t side = 0; side < 2; ++side) {
    const Dialect dialect = tables[side].connection->dialect();
    if (dialect == Dialect::postgresql) TRY(check_postgresql(*tables[side].connection));
    checksums.hashes_[side] = row_hash(dialect, side, texts[side], digest);
    checksums.null_keys_[side] =
        "(" +
        listed(checksums.keys_[side].size(), " or ",
               [&](std::size_t i) { return checksums.keys_[side][i] + " is null"; }) +
        ")";
  }
  checksums.tables_ = std::move(tables);
  checksums.progress_ = request.progress;
  checksums.timeout_ = request.query_timeout;
  checksums.limits_ = limits;
  return checksums;
}

std::string Checksums::where(std::size_t side, const std::string& condition) const {
  return filtered(tables_[side], condition);
}

Result<Rows> Checksums::ask(std::size_t side, const std::string& sql, std::size_t rows_max, Cancel& cancel) {
  return engine::query_watched(*tables_[side].connection, sql, {.rows_max = rows_max, .timeout = timeout_},
                               {.cancel = cancel});
}

Result<model::Sides<Rows>> Checksums::ask_both(const model::Sides<std::string>& sql, std::size_t rows_max,
                                               Cancel& cancel) {
  model::Sides<Result<Rows>> answers = {Rows(), Rows()};
  std::atomic<std::size_t> failed = answers.size();
  const auto work = [&](std::size_t side) {
    answers[side] = ask(side, sql[side], rows_max, cancel);
    std::size_t none = answers.size();
    // Where one fails, the answer of the other is of no use any more.
    if (!answers[side] && failed.compare_exchange_strong(none, side)) tables_[1 - side].connection->cancel();
  };
  {
    const std::jthread other(work, 1);
    work(0);
  }
  if (failed < answers.size()) TRY_DURING(side_names[failed], std::move(answers[failed]));
  return model::Sides<Rows>{std::move(*answers[0]), std::move(*answers[1])};
}

// The whole range of the keys as one level whose segments all have to be looked at.
Result<Checksums::Level> Checksums::first_level(Cancel& cancel) {
  if (progress_) progress_->begin("counting rows", "rows", std::nullopt);
  model::Sides<std::string> sql;
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string condition = where(side, "");
    sql[side] = fmt::format("select count(*), min({0}), max({0}) from {1} src{2}", range_keys_[side],
                            tables_[side].from, condition.empty() ? "" : " where " + condition);
  }
  const auto answers = TRY(ask_both(sql, 1, cancel));
  Level level;
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto& row = answers[side].rows.at(0);
    level.rows[side] = integer(row.at(0));
    if (!row.at(1)) continue;  // no row, or NULLs alone
    const auto least = engine::integer_in(row.at(1));
    const auto most = engine::integer_in(row.at(2));
    if (!least || !most) return invalid_input("its keys are beyond 64 bits");
    low = std::min(low.value_or(*least), *least);
    high = std::max(high.value_or(*most), *most);
  }
  std::int64_t span = 0;
  level.low = low.value_or(0);
  if (low && (__builtin_sub_overflow(*high, *low, &span) || __builtin_add_overflow(span, 1, &span)))
    return invalid_input("its keys are too far apart");
  level.width = std::max<std::int64_t>(span, 1);
  level.differing = {0};
  return level;
}

std::string Checksums::segment_of(std::size_t side, const Level& level) const {
  if (tables_[side].connection->dialect() == Dialect::mysql)
    return fmt::format("(cast({} as signed) - {}) div {}", range_keys_[side], level.low, level.width);
  return fmt::format("({}::bigint - ({})) / {}", range_keys_[side], level.low, level.width);
}

// Whether a row is in a segment that differs.
std::string Checksums::in_segments(std::size_t side, const Level& level) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;  // of segments, last one included
  for (const std::int64_t segment : level.differing) {
    if (!ranges.empty() && ranges.back().second + 1 == segment)
      ranges.back().second = segment;
    else
      ranges.emplace_back(segment, segment);
  }
  if (ranges.empty()) return "1 = 0";
  const auto range_text = [&](std::int64_t first, std::int64_t last) {
    // The last segment may reach beyond the largest number.
    std::int64_t end = 0;
    if (__builtin_mul_overflow(last + 1, level.width, &end) ||
        __builtin_add_overflow(end, level.low - 1, &end))
      end = std::numeric_limits<std::int64_t>::max();
    return fmt::format("{} between {} and {}", range_keys_[side], level.low + first * level.width, end);
  };
  if (ranges.size() <= ranges_max)
    return "(" +
           listed(ranges.size(), " or ",
                  [&](std::size_t i) { return range_text(ranges[i].first, ranges[i].second); }) +
           ")";
  const std::string list = fmt::format("{}", fmt::join(level.differing, ","));
  const bool is_mysql = tables_[side].connection->dialect() == Dialect::mysql;
  return fmt::format("({} and {} in ({}))", range_text(ranges.front().first, ranges.back().second),
                     segment_of(side, level),
                     is_mysql ? list : "select pg_catalog.unnest('{" + list + "}'::bigint[])");
}

// Rows (segment, rows, sum of hashes); the segment of rows with a NULL in their key is NULL.
std::string Checksums::segments_sql(std::size_t side, const Level& level,
                                    const std::string& condition) const {
  const std::string all = where(side, condition);
  return fmt::format(
      "select segment, count(*), coalesce(sum(hash), 0) from (select case when not {} then {} end as "
      "segment, "
      "{} as hash from {} src{}) hashed group by segment",
      null_keys_[side], segment_of(side, level), hashes_[side], tables_[side].from,
      all.empty() ? "" : " where " + all);
}

// Of one side, which tells it of all rows that are the same on the other.
Result<bool> Checksums::keys_are_unique(Cancel& cancel) {
  const std::string list = join(keys_[0], ", ");
  const Rows rows =
      TRY(ask(0,
              fmt::format("select count(*) from (select {0} from {1} src where {2} group by {0} "
                          "having count(*) > 1 limit 1) doubled",
                          list, tables_[0].from, where(0, "not " + null_keys_[0])),
              1, cancel));
  return integer(rows.rows.at(0).at(0)) == 0;
}

Result<Unread> Checksums::find_unread(Cancel& cancel) {
  const auto guard = cancel.on_request([this] {
    for (const NativeTable& table : tables_)
      table.connection->cancel();
  });
  TRY(begin_snapshots(tables_));
  Level level = TRY(first_level(cancel));
  const std::int64_t all_rows = level.rows[0] + level.rows[1];
  if (progress_) progress_->begin("comparing checksums", "rows", all_rows);
  if (all_rows < limits_.rows_min) return invalid_input("they are small");
  if (!TRY(keys_are_unique(cancel))) return invalid_input("its key is not unique");
  Unread unread;
  model::Sides<std::int64_t> null_rows{};
  model::Sides<std::string> conditions;  // of the whole: none
  for (int depth = 0; depth < limits_.levels_max && level.width > 1; ++depth) {
    const std::int64_t rows = std::max(level.rows[0], level.rows[1]);
    const auto segments = static_cast<std::int64_t>(level.differing.size());
    if (depth > 0 && rows <= wide * limits_.rows_per_segment * segments) break;
    const std::int64_t parts = std::max<std::int64_t>(
        1, std::clamp<std::int64_t>(rows / limits_.rows_per_segment, 1, limits_.segments_max) / segments);
    Level next{.low = level.low, .width = std::max<std::int64_t>(1, (level.width + parts - 1) / parts)};
    if (depth > 0 && next.width == level.width) break;
    // Rows with a NULL in their key are counted once, with the first level.
    model::Sides<std::string> wanted;
    for (std::size_t side = 0; side < 2 && depth > 0; ++side)
      wanted[side] = conditions[side] + " and not " + null_keys_[side];
    const auto answers = TRY(ask_both({segments_sql(0, next, wanted[0]), segments_sql(1, next, wanted[1])},
                                      static_cast<std::size_t>(4 * limits_.segments_max), cancel));
    std::map<std::int64_t, model::Sides<Segment>> found;
    for (std::size_t side = 0; side < 2; ++side) {
      for (const auto& row : answers[side].rows) {
        const std::int64_t count = integer(row.at(1));
        if (row.at(0))
          found[integer(row.at(0))][side] = {count, row.at(2).value_or("")};
        else
          null_rows[side] += count;
      }
    }
    for (const auto& [segment, sides] : found) {
      if (sides[0] == sides[1]) {
        unread.equal_rows += sides[0].rows;
        continue;
      }
      next.differing.push_back(segment);
      for (std::size_t side = 0; side < 2; ++side)
        next.rows[side] += sides[side].rows;
    }
    level = std::move(next);
    for (std::size_t side = 0; side < 2; ++side)
      conditions[side] = in_segments(side, level);
    if (progress_) progress_->set(std::min(all_rows, 2 * unread.equal_rows));
    if (level.differing.empty()) break;
  }
  for (std::size_t side = 0; side < 2; ++side) {
    unread.rows[side] = level.rows[side] + null_rows[side];
    const std::string condition =
        null_rows[side] > 0 ? "(" + null_keys_[side] + " or " + conditions[side] + ")" : conditions[side];
    unread.filters[side] = where(side, condition);
  }
  return unread;
}

}  // namespace vernier::datadiff
