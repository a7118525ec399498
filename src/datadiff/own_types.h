// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datadiff/types.h"

namespace vernier::datadiff {

// How MySQL and SQLite compare two columns by themselves, or that they cannot: where the types are of
// different kinds, or their equality is not a person's.
Conversion mysql_conversion(const engine::ColumnInfo& a, const engine::ColumnInfo& b);
Conversion sqlite_conversion(const engine::ColumnInfo& a, const engine::ColumnInfo& b);

}  // namespace vernier::datadiff
