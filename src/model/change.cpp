// SPDX-License-Identifier: Apache-2.0
#include "model/change.h"

namespace vernier::model {

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::modified:
      return "modified";
    case ChangeKind::added:
      return "new";
    case ChangeKind::removed:
      return "removed";
    case ChangeKind::downstream:
      return "downstream";
  }
  return "modified";
}

}  // namespace vernier::model
