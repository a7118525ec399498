// SPDX-License-Identifier: Apache-2.0
// How a sample is compared: the condition that makes it stands beside the filter of each side, so that all
// statements are those of a comparison of everything. Only rows with a NULL in their key are looked at whole.
#include <utility>

#include "datadiff/comparison.h"
#include "datadiff/sampling.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

using engine::Rows;

Result<void> Comparison::compare_null_keys() {
  if (plan_.keys.empty()) return {};
  for (std::size_t side = 0; side < 2; ++side) {
    const Rows rows = TRY(ask(profile_sql(plan_, side, true)));
    diff_.pks.nulls[side] = integer(rows.rows.at(0).at(1));
    problems_.nulls = problems_.nulls || diff_.pks.nulls[side] > 0;
  }
  if (!problems_.nulls) return {};
  const Rows rows = TRY(ask(multiset_sql(plan_, {.nulls = true, .duplicates = false})));
  add_multiset_samples(rows);
  return {};
}

Result<SampledSide> Comparison::profile_sample(std::size_t side) {
  const bool unique = !plan_.keys.empty() && TRY(keys_are_unique(side));
  const Rows rows = TRY(ask(sample_profile_sql(plan_, side, unique)));
  const auto figure = [&](std::size_t i) { return integer(rows.rows.at(0).at(i)); };
  return SampledSide{.population = diff_.pks.total_rows[side] - diff_.pks.nulls[side],
                     .rows = figure(0),
                     .dupes = figure(1),
                     .distincts = figure(2),
                     .rows_of_a_key = figure(3)};
}

Result<void> Comparison::count_and_join_sample(double ratio) {
  TRY(compare_null_keys());
  SampledOutcome outcome{.total_rows = diff_.pks.total_rows,
                         .sides = {},
                         .seen = {},
                         .outside = std::exchange(total_, Outcome{}),
                         .keyed = !plan_.keys.empty()};
  total_.differences.resize(plan_.values.size());
  for (std::size_t side = 0; side < 2; ++side)
    plan_.samples[side] =
        request_.taken_sample ? "not " + key_is_null(plan_, side) : sample_condition(plan_, side, ratio);
  for (std::size_t side = 0; side < 2; ++side) {
    outcome.sides[side] = TRY(profile_sample(side));
    problems_.duplicates = problems_.duplicates || outcome.sides[side].dupes > 0;
  }
  const KeyProblems in_sample{.nulls = false, .duplicates = problems_.duplicates};
  if (outcome.keyed) {
    diff_.algorithm = "join";
    const Rows rows = TRY(ask(join_sql(plan_, in_sample)));
    take_join(rows);
    TRY(fetch_samples(rows));
  }
  if (!outcome.keyed || in_sample.duplicates) {
    diff_.algorithm += outcome.keyed ? "+multiset" : "multiset";
    add_multiset_samples(TRY(ask(multiset_sql(plan_, in_sample))));
  }
  plan_.samples = {};
  outcome.seen = std::exchange(total_, Outcome{});
  take_estimates(outcome, ratio);
  return {};
}

void Comparison::take_estimates(const SampledOutcome& outcome, double ratio) {
  Estimates estimates = estimate(outcome, ratio, request_.sampling->confidence);
  const Findings findings = sampling_findings(outcome, estimates.sampling);
  diff_.findings.insert(diff_.findings.begin(), findings.begin(), findings.end());
  diff_.pks.dupes = estimates.dupes;
  diff_.pks.distincts = estimates.distincts;
  diff_.sampling = std::move(estimates.sampling);
  total_ = std::move(estimates.outcome);
}

}  // namespace vernier::datadiff
