// SPDX-License-Identifier: Apache-2.0
// Samples that two databases take by the same hash of the key, so that nothing else is read. Rows with a NULL
// in their key come besides, all of them, as sampled_comparison.cpp wants them.
#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "datadiff/checksums.h"
#include "datadiff/comparison.h"
#include "datadiff/native_table.h"
#include "datadiff/sampling.h"

namespace vernier::datadiff {

namespace {

constexpr int hash_bits = 60;

// A key of both sides as its databases hash it.
struct HashedKey {
  model::Sides<std::string> hashes;
  model::Sides<std::string> is_null;
};

Result<HashedKey> hashed_key(const model::Sides<NativeTable>& tables, const ColumnPlan& plan) {
  HashedKey key;
  model::Sides<std::vector<std::string>> texts;
  for (const ColumnPair& pair : plan.keys) {
    const auto native = native_pair(tables, pair.names);
    const auto same = native ? key_texts(*native) : std::nullopt;
    if (!same) return invalid_input("column " + pair.names[0] + " of the key has no text to hash");
    for (std::size_t side = 0; side < 2; ++side) {
      texts[side].push_back((*same)[side]);
      const std::string column = engine::quote_identifier(native->dialects[side], pair.names[side]);
      key.is_null[side] += (key.is_null[side].empty() ? "src." : " or src.") + column + " is null";
    }
  }
  const Digest digest = TRY(common_digest(tables));
  for (std::size_t side = 0; side < 2; ++side) {
    const engine::Dialect dialect = tables[side].connection->dialect();
    if (dialect == engine::Dialect::postgresql) TRY(check_postgresql(*tables[side].connection));
    key.hashes[side] = row_hash(dialect, side, texts[side], digest);
  }
  return key;
}

Result<model::Sides<std::int64_t>> count_rows(const model::Sides<NativeTable>& tables,
                                              const DiffRequest& request, Cancel& cancel) {
  if (request.progress) request.progress->begin("counting rows", "rows", std::nullopt);
  model::Sides<std::int64_t> rows{};
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string condition = filtered(tables[side], "");
    const auto counted = TRY(engine::query_watched(*tables[side].connection,
                                                   "select count(*) from " + tables[side].from + " src" +
                                                       (condition.empty() ? "" : " where " + condition),
                                                   {.timeout = request.query_timeout}, {.cancel = cancel}));
    rows[side] = integer(counted.rows.at(0).at(0));
  }
  return rows;
}

}  // namespace

Result<std::optional<model::TableDiff>> diff_of_sample(const model::Sides<model::DataSource>& sources,
                                                       const DiffRequest& request, const Stream& stream,
                                                       Cancel& cancel) {
  TRY(check_sampling(*request.sampling));
  if (request.pk_columns.empty()) return invalid_input("no key is known");
  if (request.profiles || request.texts.ignore_case) return invalid_input("all rows are needed");
  model::Sides<NativeTable> tables;
  for (std::size_t side = 0; side < 2; ++side)
    tables[side] = TRY(open_native(sources[side], request.tables[side], request.filters[side]));
  const ColumnPlan plan = TRY(plan_of_meeting(sources, request, cancel));
  const HashedKey key = TRY(hashed_key(tables, plan));
  TRY(begin_snapshots(tables));
  const auto rows = TRY(count_rows(tables, request, cancel));
  const double ratio = sampling_ratio(*request.sampling, rows);
  if (ratio >= 1.0) return std::optional<model::TableDiff>();
  DiffRequest sample = request;
  sample.taken_sample = {.ratio = ratio, .rows = rows};
  for (std::size_t side = 0; side < 2; ++side) {
    sample.sessions[side] = tables[side].connection;
    sample.filters[side] =
        filtered(tables[side], fmt::format("({} or {} < {})", key.is_null[side], key.hashes[side],
                                           static_cast<std::int64_t>(std::ldexp(ratio, hash_bits))));
  }
  return std::optional(stream(sample));
}

}  // namespace vernier::datadiff
