// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "datadiff/sql.h"

namespace vernier::datadiff {

// The comparison for databases that cannot make a full join, or none that is fast: MySQL, MariaDB, SQLite.
// The keys of both tables are unique and not null.
//
// Each statement reads the join once. It gives one row for the differing rows of a kind that are not shown,
// at position 0, and one for each that is, from position 1: (kind, position, rows, rows that differ in each
// value column..., key..., values of production..., values of the pull request...).

// Rows of the kinds changed and removed.
std::string left_join_sql(const DiffPlan& plan);

// Rows of the kind added.
std::string added_rows_sql(const DiffPlan& plan);

}  // namespace vernier::datadiff
