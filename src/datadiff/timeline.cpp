// SPDX-License-Identifier: Apache-2.0
#include "datadiff/timeline.h"

#include <fmt/format.h>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

constexpr std::size_t buckets_max = 10'000;

// One side's view of the statement.
struct Timed {
  const DiffPlan& plan;
  const model::Sides<std::string>& columns;
  TimeUnit unit;

  std::string bucket(std::size_t side) const {
    const std::string column = "src." + engine::quote_identifier(plan.dialect, columns[side]);
    return fmt::format("cast(date_trunc('{}', cast({} as timestamp)) as timestamp)", to_string(unit), column);
  }
  // The projection of a side with its bucket in front.
  std::string rows(std::size_t side) const {
    constexpr std::string_view select = "select ";
    const std::string projected = projection(plan, side, {});
    return fmt::format("select {} as bucket, {}", bucket(side), projected.substr(select.size()));
  }
};

// All rows of a side by bucket, also those that are not compared.
std::string rows_arm(const Timed& timed, std::size_t side) {
  DiffPlan all = timed.plan;
  all.kept = {};
  return fmt::format(
      "select {} as bucket, {} as n0, {} as n1, 0 as removed, 0 as added, 0 as changed{} group by 1",
      timed.bucket(side), side == 0 ? "count(*)" : "0", side == 1 ? "count(*)" : "0", source(all, side, {}));
}

std::string differences_arm(const Timed& timed) {
  return fmt::format(
      "select case when a.k0 is null then b.bucket else a.bucket end, 0, 0, count(*) filter (where b.k0 is "
      "null), count(*) filter (where a.k0 is null), count(*) filter (where a.k0 is not null and b.k0 is not "
      "null) from ({}) a full join ({}) b on {} where a.k0 is null or b.k0 is null or {} group by 1",
      timed.rows(0), timed.rows(1), keys_equal(timed.plan), any_value_differs(timed.plan));
}

}  // namespace

Result<model::Timeline> make_timeline(const DiffPlan& plan, const model::Sides<std::string>& columns,
                                      TimeUnit unit, const Ask& ask) {
  const Timed timed{plan, columns, unit};
  const engine::Rows rows = TRY(ask(
      fmt::format("select cast(bucket as varchar), sum(n0), sum(n1), sum(removed), sum(added), sum(changed) "
                  "from ({} union all {} union all {}) u group by bucket order by bucket limit {}",
                  rows_arm(timed, 0), rows_arm(timed, 1), differences_arm(timed), buckets_max + 1),
      buckets_max + 1));
  if (rows.rows.size() > buckets_max)
    return too_large(fmt::format(
        "the timeline of {} by {} would have more than {} points; take a longer unit or a shorter interval",
        columns[0], to_string(unit), with_thousands(static_cast<std::int64_t>(buckets_max))));
  model::Timeline timeline{.column_name = columns[0], .unit = std::string(to_string(unit)), .buckets = {}};
  for (const auto& row : rows.rows)
    timeline.buckets.push_back({.start = row.at(0),
                                .rows = {integer(row.at(1)), integer(row.at(2))},
                                .removed = integer(row.at(3)),
                                .added = integer(row.at(4)),
                                .changed = integer(row.at(5))});
  return timeline;
}

}  // namespace vernier::datadiff
