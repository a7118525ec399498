// SPDX-License-Identifier: Apache-2.0
#include "datadiff/bucket_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string_view>

#include "base/text.h"
#include "datadiff/narrow_sql.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

constexpr const char* buckets = "temp.main.vernier_buckets";
constexpr const char* bucket_keys = "temp.main.vernier_bucket_keys";
constexpr std::string_view key_types[] = {"tinyint",  "smallint",  "integer", "bigint",
                                          "utinyint", "usmallint", "uinteger"};

std::string wide_key(const DiffPlan& plan, std::size_t side) {
  return fmt::format("cast({} as bigint)", source_column(plan, plan.keys[0], side));
}

// DuckDB's hash of several columns mixes those of single ones with an exclusive or at the end, so the same
// change in two rows would undo itself in that of both rows. The hash of the hash does not let it.
std::string summed_buckets(const DiffPlan& plan, std::size_t side) {
  return fmt::format(
      "select k >> {} as g, count(*) as n, bit_or(1::ubigint << (k & {})::ubigint) as keys, "
      "bit_xor(hash(hash(k, h))) as rows from (select {} as k, {}{}) group by 1",
      std::countr_zero(static_cast<std::uint64_t>(keys_of_bucket)), keys_of_bucket - 1, wide_key(plan, side),
      row_hash(plan, side), source(plan, side, {}));
}

}  // namespace

bool has_buckets(const DiffPlan& plan) {
  if (plan.keys.size() != 1) return false;
  const Conversion& conversion = plan.keys[0].conversion;
  return conversion.wraps[0].empty() && conversion.wraps[1].empty() && conversion.distinct.empty() &&
         std::find(std::begin(key_types), std::end(key_types), to_lower(conversion.type)) !=
             std::end(key_types);
}

std::string key_span_sql(const DiffPlan& plan) {
  const auto bounds = [&](std::size_t side) {
    return fmt::format("select min({0}) as least, max({0}) as greatest{1}", wide_key(plan, side),
                       source(plan, side, {}));
  };
  return fmt::format("select max(greatest)::hugeint - min(least)::hugeint from ({} union all {}) b",
                     bounds(0), bounds(1));
}

std::string buckets_sql(const DiffPlan& plan) {
  return fmt::format(
      "create or replace temp table {} as select coalesce(a.g, b.g) as g, coalesce(a.n, 0) as n0, "
      "coalesce(b.n, 0) as n1, a.n is distinct from b.n or a.keys is distinct from b.keys or a.rows is "
      "distinct from b.rows as differs, coalesce(a.g, b.g) is null or n0 <> bit_count(coalesce(a.keys, 0)) "
      "or n1 <> bit_count(coalesce(b.keys, 0)) as wrong from ({}) a full join ({}) b on a.g = b.g",
      buckets, summed_buckets(plan, 0), summed_buckets(plan, 1));
}

std::string bucket_figures_sql() {
  return fmt::format(
      "select sum(n0), sum(n1), count(*), count(*) filter (where differs), count(*) filter (where wrong) "
      "from {}",
      buckets);
}

std::string bucket_keys_sql(const DiffPlan& plan) {
  return fmt::format(
      "create or replace temp table {0} as select try_cast(g * {1} + i as {2}) as k from {3}, range({1}) "
      "t(i) where differs",
      bucket_keys, keys_of_bucket, plan.keys[0].conversion.type, buckets);
}

std::string in_differing_bucket(const DiffPlan& plan, std::size_t side) {
  return fmt::format("exists (select 1 from {} listed where listed.k = {})", bucket_keys,
                     compared(plan, plan.keys[0], side));
}

}  // namespace vernier::datadiff
