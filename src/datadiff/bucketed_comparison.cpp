// SPDX-License-Identifier: Apache-2.0
// How large tables of DuckDB are compared that lie in the order of an integer key and hardly differ.
#include <algorithm>

#include "datadiff/bucket_sql.h"
#include "datadiff/comparison.h"
#include "datadiff/key_ranges.h"
#include "datadiff/narrow_sql.h"

namespace vernier::datadiff {

using engine::Rows;

namespace {

constexpr std::int64_t groups_of_part = 12;     // of stored rows; the first part shows whether buckets pay
constexpr std::int64_t rows_of_bucket_min = 8;  // on average: with fewer there are too many buckets
// Whose rows are looked up however few buckets there are, and above that the part of them.
constexpr std::int64_t differing_min = 1'000;
constexpr std::int64_t differing_share = 8;

}  // namespace

Result<bool> Comparison::has_full_buckets() {
  if (!infos_[0].stored || !infos_[1].stored || !has_buckets(plan_)) return false;
  const Rows span = TRY(ask(key_span_sql(plan_)));
  const auto distance = engine::integer_in(span.rows.at(0).at(0));
  const std::int64_t rows = std::max(diff_.pks.total_rows[0], diff_.pks.total_rows[1]);
  return distance && *distance / keys_of_bucket < rows / rows_of_bucket_min;
}

// nullopt where another way is cheaper. Part by part of the keys, so that the rows of differing buckets are
// looked up while their groups are in memory, and little was in vain where many differ.
Result<std::optional<Narrowed>> Comparison::compare_buckets() {
  if (!TRY(has_full_buckets())) return std::optional<Narrowed>();
  const std::vector<DiffPlan> parts = TRY(parts_of_join(groups_of_part, hashing_readings_max));
  if (parts.size() < 2) return std::optional<Narrowed>();
  model::Sides<std::int64_t> rows{};
  std::int64_t buckets = 0;
  std::int64_t differing = 0;
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < parts.size() && wrong == 0; ++i) {
    const DiffPlan& part = parts[i];
    const Keeping keeping = i == 0 ? Keeping::anew : Keeping::also;
    (void)TRY(ask_part(buckets_sql(part), 1, rows_of_part(i, parts.size())));
    const Rows figures = TRY(ask(bucket_figures_sql()));
    const auto figure = [&](std::size_t at) { return integer(figures.rows.at(0).at(at)); };
    rows = {rows[0] + figure(0), rows[1] + figure(1)};
    buckets += figure(2);
    differing += figure(3);
    wrong += figure(4);
    if (differing > differing_min && differing * differing_share > buckets) return std::optional<Narrowed>();
    if (figure(3) == 0 && keeping == Keeping::also) continue;
    (void)TRY(ask(bucket_keys_sql(part)));
    for (std::size_t side = 0; side < 2; ++side)
      (void)TRY(ask(keep_rows_sql(part, side, in_differing_bucket(part, side), keeping)));
  }
  const Rows kept = TRY(ask(kept_rows_sql()));
  // Nothing was joined, so each side has its rows to itself.
  return std::optional(
      Narrowed{.differing = std::max(integer(kept.rows.at(0).at(0)), integer(kept.rows.at(0).at(1))),
               .has_partners = true,
               .evidence = {.exclusives = rows, .joined = rows[0] + rows[1], .nulls = 0, .surplus = wrong}});
}

}  // namespace vernier::datadiff
