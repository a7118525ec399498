// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datadiff/sql.h"

namespace vernier::datadiff {

// Tables that DuckDB has stored in about the order of their first key column are joined range by range of it:
// groups of rows that lie outside are not read, a small join runs in the processor's caches, and nothing of
// it is spilled.

// How often hashing may read a group of rows, on average. What it spares by ranges is little beside a second
// reading.
inline constexpr double hashing_readings_max = 1.25;

// Keys above the one and up to the other, as text; nullopt where there is no bound. NULLs come first.
struct KeyRange {
  std::optional<std::string> above;
  std::optional<std::string> up_to;
};

// Into how many ranges of `groups` groups of stored rows each the rows can be parted; 1 where they are too
// few, or where they lie is not known.
std::int64_t ranges_of(std::int64_t groups, const model::Sides<engine::TableInfo>& infos,
                       const model::Sides<std::int64_t>& total_rows);

// Whether ranges of the plan's first key column are the same on both sides as the columns are.
bool has_ranges(const DiffPlan& plan);

// Rows (last key of a range as text, groups of stored rows that the range has rows in, groups there are), in
// the key's order, as a sample of both sides shows them.
std::string key_ranges_sql(const DiffPlan& plan, const model::Sides<engine::TableInfo>& infos,
                           std::int64_t ranges);

// Empty where a group would be read more than `readings_max` times on average.
std::vector<KeyRange> key_ranges(const engine::Rows& rows, double readings_max);

// The plan for the rows of a range alone.
DiffPlan ranged_plan(const DiffPlan& plan, const KeyRange& range);

}  // namespace vernier::datadiff
