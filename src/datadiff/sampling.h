// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "datadiff/datadiff.h"
#include "datadiff/sql.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// A sample has whole keys: the rows of a key are all in it, on both sides, or none is. Rows with a NULL in
// their key are compared beside it, all of them.

// The part of the keys that tables of so many rows are looked at by; 1 is all of them.
double sampling_ratio(const SamplingWish& wish, const model::Sides<std::int64_t>& rows);

// Whether a row of a side is in the sample. Without a key the whole row takes its place.
std::string sample_condition(const DiffPlan& plan, std::size_t side, double ratio);

// One row about a sample: rows, rows that share their key, distinct keys, rows of the most frequent key.
std::string sample_profile_sql(const DiffPlan& plan, std::size_t side, bool unique);

// A side's sample.
struct SampledSide {
  std::int64_t population = 0;  // rows of the table that could have been in it
  std::int64_t rows = 0;
  std::int64_t dupes = 0;
  std::int64_t distincts = 0;
  std::int64_t rows_of_a_key = 1;  // most seen
};

// What comparing statements counted, of rows of one kind or another.
struct Outcome {
  std::int64_t changed = 0;
  model::Sides<std::int64_t> exclusives{};
  std::vector<std::int64_t> differences;  // rows that differ, parallel to the plan's values
};

struct SampledOutcome {
  model::Sides<std::int64_t> total_rows{};
  model::Sides<SampledSide> sides{};
  Outcome seen;     // in the sample
  Outcome outside;  // among the rows with a NULL in their key, which is all there is of them
  bool keyed = true;
};

struct Estimates {
  Outcome outcome;
  model::Sides<std::int64_t> dupes{};
  model::Sides<std::int64_t> distincts{};
  model::Sampling sampling;
};

// For the whole tables. Estimates are within their intervals and agree with the counts of rows: what one side
// has more than the other was added or removed.
Estimates estimate(const SampledOutcome& outcome, double ratio, double confidence);

// How many of `population` are of a kind that was seen `seen` times among `looked_at`, where those of one
// `cluster_max` or less of them come together: the exact interval of a binomial share.
struct Share {
  std::int64_t seen = 0;
  std::int64_t looked_at = 0;
  std::int64_t population = 0;
  std::int64_t cluster_max = 1;
};
model::Interval share_interval(const Share& share, double confidence);

// What is to be said where a sample shows no difference: tables of which only a sample is equal are not said
// to be identical.
std::string no_difference_seen(const model::Sampling& sampling);

// What readers of the figures must know of the sample.
Findings sampling_findings(const SampledOutcome& outcome, const model::Sampling& sampling);

}  // namespace vernier::datadiff
