// SPDX-License-Identifier: Apache-2.0
#include "datadiff/equality.h"


namespace vernier::datadiff {

namespace {

using engine::Dialect;

// The array as it is where it has several dimensions, or none that can be told.
Wrap sorted_array(const engine::ColumnInfo& column) {
  const std::string order = elements_have_order(column) ? "e" : "e::text";
  return {
      "(select case when pg_catalog.array_ndims(l.v) = 1 then array(select e from pg_catalog.unnest(l.v) e "
      "order by " +
          order + ") else l.v end from (select ",
      " as v) l)"};
}

}  // namespace

ColumnPair with_sorted_lists(Dialect dialect, const engine::ColumnInfo& first,
                             const engine::ColumnInfo& second, ColumnPair pair) {
  if (!is_list(dialect, first) || !is_list(dialect, second)) return pair;
  const model::Sides<const engine::ColumnInfo*> columns = {&first, &second};
  for (std::size_t side = 0; side < 2; ++side) {
    const Wrap sorted = dialect == Dialect::duckdb ? Wrap{"list_sort(", ")"} : sorted_array(*columns[side]);
    Wrap& wrap = pair.conversion.wraps[side];
    wrap = {wrap.before + sorted.before, sorted.after + wrap.after};
  }
  pair.conversion.same_type = false;  // equal values need not be equal in the tables
  return pair;
}

Findings equality_findings(const DiffRequest& request) {
  Findings findings;
  if (request.sort_arrays)
    findings.push_back({.code = "lists_sorted",
                        .message = "Lists count as equal where they have the same elements in any order.",
                        .command = {}});
  return findings;
}

}  // namespace vernier::datadiff
