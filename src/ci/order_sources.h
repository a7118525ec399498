// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "ci/ci.h"
#include "model/settings.h"
#include "store/store.h"

namespace vernier::ci {

// The data sources of an order as it wants them: with its session parameters, and of files only the one that
// it names. Fails with not_found where there is no such source, with invalid_input where the order asks of it
// what it cannot do, or for a file that is neither in its folder nor one of its own.
Result<model::Sides<model::DataSource>> sources_of(const DiffOrder& order, store::Store& store);

// Whether an order's tables are of one database, which then compares them by itself.
bool is_within_database(const DiffOrder& order, const model::Sides<model::DataSource>& sources);

}  // namespace vernier::ci
