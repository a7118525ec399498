// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "ci/ci.h"
#include "server/fields.h"

namespace vernier::server {

struct ReadOrder {
  ci::DiffOrder order;
  Json without_effect = Json::array();  // names of fields that ask for something else than figures
};

// The order of a data diff out of a request's body. What is wrong with it, or asks for what is not done, is
// among the fields' problems.
ReadOrder read_order(Fields& fields, const Json& body);

}  // namespace vernier::server
