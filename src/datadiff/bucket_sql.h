// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "datadiff/sql.h"

namespace vernier::datadiff {

// Comparing by buckets, in DuckDB only. A bucket has the rows of 64 neighbouring values of one integer key.
// Each side sums up its own buckets while it is read, which takes little more than reading it; no row has to
// find its partner. Of a bucket there is the number of rows, the bits of the keys that are there, and the
// exclusive or of the rows' hashes. Where all three are the same on both sides, its rows are equal (those of
// one that differs pass for equal with a chance of one in 10^19), and as many bits as rows say that its keys
// are unique.

inline constexpr std::int64_t keys_of_bucket = 64;

// Whether the key is one column of integers, compared as it is.
bool has_buckets(const DiffPlan& plan);

// One row: the distance of the least from the greatest key of both sides.
std::string key_span_sql(const DiffPlan& plan);

// Keeps the buckets of both sides in a temporary table.
std::string buckets_sql(const DiffPlan& plan);
// One row: (rows of each side, buckets, those that differ, those whose keys are null or not unique).
std::string bucket_figures_sql();

// Keeps the keys that the differing buckets can have.
std::string bucket_keys_sql(const DiffPlan& plan);
// The condition that a row of a side has one of them.
std::string in_differing_bucket(const DiffPlan& plan, std::size_t side);

}  // namespace vernier::datadiff
