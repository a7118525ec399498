// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "datadiff/checksum_text.h"
#include "datadiff/columns.h"
#include "datadiff/datadiff.h"
#include "datadiff/native_table.h"
#include "engine/engine.h"

namespace vernier::datadiff {

struct ChecksumLimits {
  std::int64_t rows_per_segment = 256;
  std::int64_t segments_max = 65'536;  // of one statement
  int levels_max = 4;
  std::int64_t rows_min = 0;  // smaller tables, both together, are not worth it
};

// What of two tables has to be read, after each database told checksums of ranges of the key.
struct Unread {
  model::Sides<std::string> filters;  // of the rows to read, in each database's own SQL
  model::Sides<std::int64_t> rows{};  // that pass
  std::int64_t equal_rows = 0;        // of each side, that are the same on both; their keys are good
};

// One comparison by checksums. Both databases work at the same time, each in one snapshot, which the session
// keeps for those who read the rest; PostgreSQL's is exact, MySQL's is InnoDB's.
class Checksums {
 public:
  // `columns` names what is compared, and how a meeting would. Fails with invalid_input where the tables
  // cannot be compared so; the message ends the sentence "..., because".
  static Result<Checksums> prepare(model::Sides<NativeTable> tables, const ColumnPlan& columns,
                                   const DiffRequest& request, ChecksumLimits limits);

  Result<Unread> find_unread(Cancel& cancel);

 private:
  struct Segment {
    std::int64_t rows = 0;
    std::string sum;
    bool operator==(const Segment&) const = default;
  };
  struct Level;

  Result<engine::Rows> ask(std::size_t side, const std::string& sql, std::size_t rows_max, Cancel& cancel);
  Result<model::Sides<engine::Rows>> ask_both(const model::Sides<std::string>& sql, std::size_t rows_max,
                                              Cancel& cancel);
  Result<Level> first_level(Cancel& cancel);
  Result<bool> keys_are_unique(Cancel& cancel);
  std::string where(std::size_t side, const std::string& condition) const;
  std::string segment_of(std::size_t side, const Level& level) const;
  std::string in_segments(std::size_t side, const Level& level) const;
  std::string segments_sql(std::size_t side, const Level& level, const std::string& condition) const;

  model::Sides<NativeTable> tables_;
  model::Sides<std::string> range_keys_;  // the integer column that ranges are made of
  model::Sides<std::string> null_keys_;   // whether a part of the key is NULL
  model::Sides<std::vector<std::string>> keys_;
  model::Sides<std::string> hashes_;
  Progress* progress_ = nullptr;
  std::chrono::milliseconds timeout_{0};
  ChecksumLimits limits_;
};

// A diff of the rows that pass a request's filters.
using Stream = std::function<model::TableDiff(const DiffRequest&)>;

// The diff by checksums, in which only segments that differ are read, by `stream`. Fails with invalid_input
// where the tables cannot be compared so, as prepare() does.
Result<model::TableDiff> diff_by_checksums(const model::Sides<model::DataSource>& sources,
                                           const DiffRequest& request, const ChecksumLimits& limits,
                                           const Stream& stream, Cancel& cancel);

// The diff of a sample that the databases take themselves, lest all rows be read. nullopt where the tables
// are to be looked at whole. Fails with invalid_input where the two databases cannot take the same sample.
Result<std::optional<model::TableDiff>> diff_of_sample(const model::Sides<model::DataSource>& sources,
                                                       const DiffRequest& request, const Stream& stream,
                                                       Cancel& cancel);

// Whether the connection to either side is so slow that checksums may pay.
bool link_is_slow(const model::Sides<model::DataSource>& sources, const DiffRequest& request);

}  // namespace vernier::datadiff
