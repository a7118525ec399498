// SPDX-License-Identifier: Apache-2.0
#include "model/table_diff.h"

namespace vernier::model {

std::string_view to_string(DiffResult result) {
  switch (result) {
    case DiffResult::different:
      return "different";
    case DiffResult::identical:
      return "identical";
    case DiffResult::missing_pks:
      return "missing-pks";
    case DiffResult::bad_pks:
      return "bad-pks";
    case DiffResult::error:
      return "error";
    case DiffResult::empty:
      return "empty";
    case DiffResult::not_diffed:
      return "not_diffed";
  }
  return "error";
}

}  // namespace vernier::model
