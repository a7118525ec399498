// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "model/table_diff.h"

namespace vernier::datadiff {

// Whether two ways of comparing the same tables found the same.
inline void expect_same_figures(const model::TableDiff& diff, const model::TableDiff& other) {
  EXPECT_EQ(diff.result, other.result) << diff.why << other.why;
  EXPECT_EQ(diff.pks.total_rows, other.pks.total_rows);
  EXPECT_EQ(diff.pks.nulls, other.pks.nulls);
  EXPECT_EQ(diff.pks.dupes, other.pks.dupes);
  EXPECT_EQ(diff.pks.exclusives, other.pks.exclusives);
  EXPECT_EQ(diff.pks.distincts, other.pks.distincts);
  EXPECT_EQ(diff.values.total_rows, other.values.total_rows);
  EXPECT_EQ(diff.values.total_values, other.values.total_values);
  EXPECT_EQ(diff.values.rows_with_differences, other.values.rows_with_differences);
  ASSERT_EQ(diff.values.columns_diff_stats.size(), other.values.columns_diff_stats.size());
  for (std::size_t i = 0; i < diff.values.columns_diff_stats.size(); ++i) {
    EXPECT_EQ(diff.values.columns_diff_stats[i].values_different,
              other.values.columns_diff_stats[i].values_different);
    EXPECT_DOUBLE_EQ(diff.values.columns_diff_stats[i].match, other.values.columns_diff_stats[i].match);
  }
}

}  // namespace vernier::datadiff
