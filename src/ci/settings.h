// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "model/settings.h"

namespace vernier::ci {

// Settings from a request's or a file's object, with the fields of contract.md. Fails with invalid_input on
// an unknown field, a wrong type or a value outside the documented ones, naming the field.
Result<model::DataSource> parse_data_source(const Json& fields);
// Fields that are absent keep what `before` has.
Result<model::CiConfig> parse_ci_config(const Json& fields, model::CiConfig before);

// What may leave the server: no secrets.
Json to_json(const model::DataSource& source);
Json to_json(const model::CiConfig& config);

}  // namespace vernier::ci
