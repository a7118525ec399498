// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "forge/forge.h"

namespace vernier::forge {

// GitLab's part of read_event(): the delivery's JSON is read, its id is the caller's.
Result<Event> read_gitlab_event(const Json& payload);

}  // namespace vernier::forge
