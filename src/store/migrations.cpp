// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.h"

#include <fmt/format.h>

#include <array>

namespace vernier::store {
namespace {

// The file of version N+1 is entry N. A file that has been released is never edited; a new version adds one.
constexpr std::array<std::string_view, 2> migrations = {
#include "store/migrations/0001_record.sql"
    ,
#include "store/migrations/0002_forges.sql"
};

Result<std::int64_t> version_of(const Session& session) {
  return session.select_one<std::int64_t>(
      "PRAGMA user_version", {}, [](Row& row) -> Result<std::int64_t> { return row.integer(); }, "version");
}

}  // namespace

Status migrate(const Session& session) {
  constexpr auto newest = static_cast<std::int64_t>(migrations.size());
  const std::int64_t version = TRY(version_of(session));
  if (version < 0 || version > newest)
    return conflict(
        fmt::format("the record has version {}, this program knows up to {}: start a newer vernier on this "
                    "data folder",
                    version, newest));
  for (std::int64_t next = version + 1; next <= newest; ++next) {
    Transaction transaction = TRY(Transaction::begin(session));
    const auto& sql = migrations.at(static_cast<std::size_t>(next - 1));
    TRY_DURING(fmt::format("migrate the record to version {}", next), session.run_script(std::string(sql)));
    TRY(session.run_script(fmt::format("PRAGMA user_version = {}", next)));
    TRY(transaction.commit());
  }
  return {};
}

}  // namespace vernier::store
