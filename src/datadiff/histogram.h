// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "datadiff/types.h"
#include "model/table_diff.h"

namespace vernier::datadiff {

// Where the buckets of a histogram are, on a line of doubles: numbers as they are, dates and moments as
// seconds since 1970, times of a day as seconds since midnight.
struct Scale {
  double low = 0.0;
  double high = 0.0;
  double width = 0.0;  // of each bucket
  std::size_t buckets = 1;
};

// At most twenty buckets over the values from `low` to `high`. Those of whole numbers and dates have whole
// bounds.
Scale scale_of(Shape shape, double low, double high);

// A point of the line as the text of a value. None for a moment that no calendar of ours has.
model::Cell point_text(Shape shape, double point);

std::vector<model::ColumnProfile::Bucket> empty_buckets(Shape shape, const Scale& scale);

}  // namespace vernier::datadiff
