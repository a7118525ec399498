// SPDX-License-Identifier: Apache-2.0
// Which rows are compared, where somebody wishes for anything but all of them.
#include <fmt/format.h>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

// From here on the plan knows of rows with a key of their own alone.
Status Comparison::leave_out_duplicates() {
  if (!problems_.duplicates || !request_.skip_duplicates) return {};
  plan_.kept = {has_own_key(plan_, 0), has_own_key(plan_, 1)};
  for (std::size_t side = 0; side < 2; ++side) {
    const engine::Rows kept = TRY(ask(count_sql(plan_, side)));
    diff_.pks.left_out[side] = diff_.pks.total_rows[side] - integer(kept.rows.at(0).at(0));
  }
  problems_.duplicates = false;
  diff_.findings.push_back(
      {.code = "duplicates_left_out",
       .message =
           fmt::format("{} rows of production and {} of the pull request were left out of the comparison: "
                       "their key stands in several rows of a side.",
                       with_thousands(diff_.pks.left_out[0]), with_thousands(diff_.pks.left_out[1])),
       .command = {}});
  return {};
}

}  // namespace vernier::datadiff
