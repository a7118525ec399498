// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "datadiff/datadiff.h"
#include "engine/engine.h"

namespace vernier::datadiff {

using AskOne = std::function<Result<engine::Rows>(const std::string& sql)>;

// The name of the column of times on each side, as far as the request tells.
model::Sides<std::string> time_columns(const DiffRequest& request);

// As the table spells it. Fails with invalid_input where there is no such column, or it holds no dates or
// times.
Result<std::string> time_column_of(engine::Dialect dialect, const engine::TableInfo& table, std::size_t side,
                                   const std::string& name);

// Which rows of `from`, a quoted table, pass the request's filter of the side and are in its interval. `ask`
// runs a statement there: SQLite has no type for times, so that their form has to be looked at first. Fails
// with invalid_input where it is another than that of ISO 8601 without an offset.
Result<std::string> filter_in_time(engine::Dialect dialect, const std::string& from,
                                   const std::string& column, const DiffRequest& request, std::size_t side,
                                   const AskOne& ask);

// The request with its interval as a part of its filters, of two data sources of any types.
Result<DiffRequest> with_time_filters(const model::Sides<model::DataSource>& sources,
                                      const DiffRequest& request, Cancel& cancel);

}  // namespace vernier::datadiff
