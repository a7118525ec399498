// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "forge/forge.h"

namespace vernier::ci {

// What an EventRecord keeps: a forge's event, or the run that a client triggered.
struct StoredEvent {
  forge::Event event;
  std::int64_t run_id = 0;  // 0: the event counts
  // The repository's name where it is not the CI config's: it may have been renamed since. Else empty.
  std::string renamed_to;
};

std::string event_to_text(const forge::Event& event, const std::string& renamed_to);
std::string triggered_to_text(std::int64_t run_id);
Result<StoredEvent> event_from_text(const std::string& text);

}  // namespace vernier::ci
