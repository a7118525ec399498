// SPDX-License-Identifier: Apache-2.0
#include "engine/stream.h"

#include "base/text.h"

namespace vernier::engine {

Result<StreamSource> stream_source(Connection& connection, const Relation& relation) {
  auto table = TRY(connection.describe(relation.table));
  if (!table) return not_found("there is no table " + join(relation.table, "."));
  std::string from = " from " + connection.quoted(relation.table) + " src";
  // On lines of its own lest a comment in it swallow what follows.
  if (!relation.filter.empty()) from += " where (\n" + relation.filter + "\n)";
  return StreamSource{std::move(*table), std::move(from)};
}

}  // namespace vernier::engine
