// SPDX-License-Identifier: Apache-2.0
// How pairs of rows are compared of which a join knows no more than that hashes of their values differ.
#include <algorithm>
#include <utility>

#include "datadiff/comparison.h"
#include "datadiff/counting_join_sql.h"
#include "datadiff/narrow_sql.h"

namespace vernier::datadiff {

using engine::Rows;

// A server's rows by a condition of its own where it is `named`.
Status Comparison::keep_doubtful(std::size_t side, std::int64_t rows, bool named) {
  const auto keep_from = [&](const DiffPlan& plan) {
    return ask(keep_rows_sql(plan, side, is_doubtful(plan_, side), Keeping::anew));
  };
  const auto plan = named ? TRY(plan_of_kept_keys(side, rows, doubtful_keys_sql)) : std::nullopt;
  if (plan) {
    const auto kept = keep_from(*plan);
    if (kept) return {};
    if (kept.error().kind != ErrorKind::invalid_input) return kept.error();
  }
  (void)TRY(keep_from(plan_));
  return {};
}

// Where a server means something else by a key's text, all its rows are looked at.
Status Comparison::compare_doubtful(std::int64_t rows) {
  bool are_complete = false;
  for (const bool named : {true, false}) {
    if (are_complete) break;
    for (std::size_t side = 0; side < 2; ++side)
      TRY(keep_doubtful(side, rows, named));
    const Rows kept = TRY(ask(kept_rows_sql()));
    are_complete = integer(kept.rows.at(0).at(0)) == rows && integer(kept.rows[0].at(1)) == rows;
  }
  if (!are_complete) return corrupt("the tables changed while they were read");
  const DiffPlan whole = std::exchange(plan_, narrowed_plan(plan_, false));
  const Status joined = join_good_rows();
  plan_ = whole;
  TRY(joined);
  return order_changed_samples();
}

// The first of those that two joins found.
Status Comparison::order_changed_samples() {
  std::vector<model::RowSamples::Changed>& changed = diff_.samples.changed;
  if (changed.empty()) return {};
  std::vector<std::vector<model::Cell>> keys;
  keys.reserve(changed.size());
  for (const auto& row : changed)
    keys.push_back(row.key);
  const Rows order = TRY(ask_for(order_of_keys_sql(plan_, keys), keys.size()));
  std::vector<model::RowSamples::Changed> ordered;
  for (const auto& row : order.rows)
    if (ordered.size() < plan_.samples_max)
      ordered.push_back(std::move(changed.at(static_cast<std::size_t>(integer(row.at(0))))));
  changed = std::move(ordered);
  return {};
}

}  // namespace vernier::datadiff
