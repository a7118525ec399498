// SPDX-License-Identifier: Apache-2.0
// The intervals are those of Clopper and Pearson for a binomial share: they hold at least as often as they
// say. A sample without replacement, as this one is, only makes them wider than they need be.
#include "datadiff/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <exception>

#include "base/text.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

using model::Interval;

constexpr double default_tolerance = 0.01;

// Nearly all that is wanted stands in the middle of the open range from 0 to 1.
bool is_share(double number) {
  return std::isfinite(number) && number > 0.0 && number < 1.0;
}

// So many rows that a share of them is off by `tolerance` at most, whatever the share is.
double rows_for(double tolerance, double confidence) {
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + confidence / 2.0);
  return std::pow(z / (2.0 * tolerance), 2);
}

// The share's bounds. Counts of clusters need not be whole numbers, which the beta distribution does not
// mind.
std::pair<double, double> share_bounds(double seen, double looked_at, double confidence) {
  const double tail = (1.0 - confidence) / 2.0;
  try {
    return {seen <= 0.0 ? 0.0 : boost::math::ibeta_inv(seen, looked_at - seen + 1.0, tail),
            seen >= looked_at ? 1.0 : boost::math::ibetac_inv(seen + 1.0, looked_at - seen, tail)};
  } catch (const std::exception&) {
    return {0.0, 1.0};  // nothing is claimed where the function has no value
  }
}

std::int64_t scaled(std::int64_t seen, const SampledSide& side) {
  if (side.rows == 0) return 0;
  return std::llround(static_cast<double>(seen) * static_cast<double>(side.population) /
                      static_cast<double>(side.rows));
}

Interval shifted(const Interval& interval, std::int64_t by) {
  return {interval.low + by, interval.high + by};
}

std::int64_t within(std::int64_t number, const Interval& interval) {
  return std::clamp(number, interval.low, interval.high);
}

Share share_of(std::int64_t seen, const SampledSide& side) {
  return {seen, side.rows, side.population, side.rows_of_a_key};
}

// Of removed rows. What the whole tables have more or less is known exactly, so what was seen of added rows
// tells of removed ones too. Each of the two intervals is of half the doubt, so that both together hold.
Interval removed_interval(const SampledOutcome& outcome, double confidence, std::int64_t surplus) {
  const double both = 1.0 - (1.0 - confidence) / 2.0;
  const auto of_side = [&](std::size_t side) {
    return shifted(share_interval(share_of(outcome.seen.exclusives[side], outcome.sides[side]), both),
                   outcome.outside.exclusives[side]);
  };
  const Interval removed = of_side(0);
  const Interval added = shifted(of_side(1), -surplus);
  const Interval common = {std::max(removed.low, added.low), std::min(removed.high, added.high)};
  if (common.low <= common.high) return common;
  const std::int64_t least = std::max<std::int64_t>(0, -surplus);
  return {std::max(least, std::min(removed.low, added.low)), std::max(removed.high, added.high)};
}

// The side with fewer exclusive rows says more about both.
std::int64_t removed_estimate(const SampledOutcome& outcome, std::int64_t surplus) {
  const auto of_side = [&](std::size_t side) {
    return scaled(outcome.seen.exclusives[side], outcome.sides[side]) + outcome.outside.exclusives[side];
  };
  return outcome.seen.exclusives[0] <= outcome.seen.exclusives[1] ? of_side(0) : of_side(1) - surplus;
}

// Of all values of matched rows; a row's values come together.
Interval values_interval(const SampledOutcome& outcome, double confidence) {
  const auto columns = static_cast<std::int64_t>(outcome.seen.differences.size());
  if (columns == 0) return {};
  const SampledSide& side = outcome.sides[0];
  std::int64_t seen = 0;
  std::int64_t outside = 0;
  for (std::size_t i = 0; i < outcome.seen.differences.size(); ++i) {
    seen += outcome.seen.differences[i];
    outside += outcome.outside.differences[i];
  }
  return shifted(
      share_interval({seen, side.rows * columns, side.population * columns, side.rows_of_a_key * columns},
                     confidence),
      outside);
}

std::string of_rows(const SampledSide& side, std::int64_t outside_rows) {
  return fmt::format("{} of {} rows", with_thousands(side.rows + outside_rows),
                     with_thousands(side.population + outside_rows));
}

}  // namespace

Status check_sampling(const SamplingWish& wish) {
  const int sizes = wish.ratio.has_value() + wish.rows_max.has_value() + wish.tolerance.has_value();
  if (sizes > 1)
    return invalid_input("a sample's size is given by its ratio, its rows or its tolerance, by one of them");
  if (wish.ratio && *wish.ratio != 1.0 && !is_share(*wish.ratio))
    return invalid_input("the ratio of a sample must be above 0 and at most 1");
  if (wish.rows_max && *wish.rows_max < 1) return invalid_input("a sample must have one row or more");
  if (wish.tolerance && !is_share(*wish.tolerance))
    return invalid_input("the tolerance of a sample must be between 0 and 1; 0.01 is one percent");
  if (!is_share(wish.confidence))
    return invalid_input("the confidence of a sample must be between 0 and 100 percent");
  if (wish.threshold_rows < 0) return invalid_input("the threshold of a sample must not be negative");
  return {};
}

double sampling_ratio(const SamplingWish& wish, const model::Sides<std::int64_t>& rows) {
  const std::int64_t larger = std::max(rows[0], rows[1]);
  if (larger < wish.threshold_rows || larger == 0) return 1.0;
  if (wish.ratio) return *wish.ratio;
  // A tolerance has to be kept on the smaller side too.
  const double wanted = wish.rows_max ? static_cast<double>(*wish.rows_max)
                                      : rows_for(wish.tolerance.value_or(default_tolerance), wish.confidence);
  const std::int64_t of = wish.rows_max ? larger : std::min(rows[0], rows[1]);
  return wanted >= static_cast<double>(of) ? 1.0 : wanted / static_cast<double>(of);
}

std::string sample_condition(const DiffPlan& plan, std::size_t side, double ratio) {
  const std::vector<ColumnPair>& hashed = plan.keys.empty() ? plan.values : plan.keys;
  const std::string list =
      listed(hashed.size(), ", ", [&](std::size_t i) { return compared(plan, hashed[i], side); });
  const std::string null = plan.keys.empty() ? "" : "not " + key_is_null(plan, side) + " and ";
  // Hashed twice, and with a seed, because the databases sort rows into partitions by the plain hash: those
  // of a sample would all get into a few.
  if (plan.dialect == engine::Dialect::postgresql)
    return fmt::format("({}hash_record_extended(row({}), 20261) & 9223372036854775807 < {})", null, list,
                       static_cast<std::uint64_t>(std::ldexp(ratio, 63)));
  return fmt::format("({}hash(hash({})) < {}::ubigint)", null, list,
                     static_cast<std::uint64_t>(std::ldexp(ratio, 64)));
}

std::string sample_profile_sql(const DiffPlan& plan, std::size_t side, bool unique) {
  if (unique) return "select count(*), 0, count(*), 1" + source(plan, side, {});
  const bool keyed = !plan.keys.empty();
  const std::string columns =
      keyed ? keys(plan)
            : listed(plan.values.size(), ", ", [](std::size_t i) { return fmt::format("v{}", i); });
  return fmt::format(
      "select coalesce(sum(n), 0), coalesce(sum(case when n > 1 then n end), 0), count(*), "
      "coalesce(max(n), 1) from (select count(*) as n from ({}) p group by {}) g",
      keyed ? projected_keys(plan, side, {}) : projection(plan, side, {}), columns);
}

Interval share_interval(const Share& share, double confidence) {
  // All that was looked at is of the population, so what was seen is there, and what was not is not.
  const std::int64_t least = share.seen;
  const std::int64_t most = share.population - (share.looked_at - share.seen);
  if (share.looked_at == 0 || share.looked_at >= share.population) return {least, most};
  const auto cluster = static_cast<double>(std::max<std::int64_t>(1, share.cluster_max));
  const auto [low, high] = share_bounds(static_cast<double>(share.seen) / cluster,
                                        static_cast<double>(share.looked_at) / cluster, confidence);
  const auto population = static_cast<double>(share.population);
  const std::int64_t floor = std::llround(std::floor(low * population));
  const std::int64_t ceiling = std::llround(std::ceil(high * population));
  return {std::clamp(floor, least, most), std::clamp(ceiling, least, most)};
}

Estimates estimate(const SampledOutcome& outcome, double ratio, double confidence) {
  const model::Sides<SampledSide>& sides = outcome.sides;
  const std::int64_t surplus = outcome.total_rows[1] - outcome.total_rows[0];
  const auto changed_rows = [&](std::int64_t seen, std::int64_t outside) {
    return outcome.keyed ? shifted(share_interval(share_of(seen, sides[0]), confidence), outside)
                         : Interval{};
  };
  Estimates estimates;
  model::Sampling& sampling = estimates.sampling;
  sampling.ratio = ratio;
  sampling.confidence = confidence;
  for (std::size_t side = 0; side < 2; ++side) {
    const SampledSide& of = sides[side];
    sampling.rows[side] = of.rows + outcome.total_rows[side] - of.population;
    if (!outcome.keyed) continue;
    sampling.dupes[side] = share_interval(share_of(of.dupes, of), confidence);
    const Interval repeated = share_interval(share_of(of.rows - of.distincts, of), confidence);
    sampling.distincts[side] = {of.population - repeated.high, of.population - repeated.low};
    estimates.dupes[side] = within(scaled(of.dupes, of), sampling.dupes[side]);
    estimates.distincts[side] =
        within(of.population - scaled(of.rows - of.distincts, of), sampling.distincts[side]);
  }
  const Interval removed = removed_interval(outcome, confidence, surplus);
  const std::int64_t gone = within(removed_estimate(outcome, surplus), removed);
  sampling.exclusives = {removed, shifted(removed, surplus)};
  sampling.matched_rows = {outcome.total_rows[0] - removed.high, outcome.total_rows[0] - removed.low};
  estimates.outcome.exclusives = {gone, gone + surplus};

  const std::int64_t matched = outcome.total_rows[0] - gone;
  sampling.rows_with_differences = changed_rows(outcome.seen.changed, outcome.outside.changed);
  sampling.values_with_differences = outcome.keyed ? values_interval(outcome, confidence) : Interval{};
  estimates.outcome.changed =
      std::min(matched, scaled(outcome.seen.changed, sides[0]) + outcome.outside.changed);
  for (std::size_t i = 0; i < outcome.seen.differences.size(); ++i) {
    const std::int64_t seen = outcome.seen.differences[i];
    const std::int64_t outside = outcome.outside.differences[i];
    sampling.values_different.push_back(changed_rows(seen, outside));
    estimates.outcome.differences.push_back(std::min(matched, scaled(seen, sides[0]) + outside));
  }
  return estimates;
}

std::string no_difference_seen(const model::Sampling& sampling) {
  // Nothing was seen of any kind, so the bound of one is that of all together.
  const std::int64_t most = std::max(
      {sampling.rows_with_differences.high, sampling.exclusives[0].high, sampling.exclusives[1].high});
  return fmt::format("The sample shows no difference: with {:g} % confidence, at most {} rows differ.",
                     100.0 * sampling.confidence, with_thousands(most));
}

Findings sampling_findings(const SampledOutcome& outcome, const model::Sampling& sampling) {
  const model::Sides<SampledSide>& sides = outcome.sides;
  model::Sides<std::int64_t> outside{};
  for (std::size_t side = 0; side < 2; ++side)
    outside[side] = outcome.total_rows[side] - sides[side].population;
  Findings findings = {
      {.code = "sampled",
       .message = fmt::format(
           "A sample was compared, by a hash of the {}: {} of production and {} of the pull request. Rows{} "
           "were counted; all else is an estimate, whose interval holds with {:g} % confidence.",
           outcome.keyed ? "key" : "row", of_rows(sides[0], outside[0]), of_rows(sides[1], outside[1]),
           outcome.keyed ? " and NULLs in keys" : "", 100.0 * sampling.confidence),
       .command = {}}};
  const std::int64_t most = std::max(sides[0].rows_of_a_key, sides[1].rows_of_a_key);
  if (most > 1)
    findings.push_back(
        {.code = "sample_clustered",
         .message = fmt::format("{} in up to {} rows of the sample, so the intervals are as wide as those of "
                                "a sample of one row "
                                "in {}; if another one stands in more rows still, they are too narrow.",
                                outcome.keyed ? "A key stands" : "Equal rows stand", with_thousands(most),
                                with_thousands(most)),
         .command = {}});
  return findings;
}

}  // namespace vernier::datadiff
