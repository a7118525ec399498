// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

namespace vernier::store {

// Brings the record to this program's version, one transaction a version. A record of a newer program is
// refused with conflict: an older one cannot know what it would break.
Status migrate(const Session& session);

}  // namespace vernier::store
