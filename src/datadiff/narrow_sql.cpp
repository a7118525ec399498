// SPDX-License-Identifier: Apache-2.0
#include "datadiff/narrow_sql.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

constexpr const char* differing = "temp.main.vernier_differing";
constexpr const char* partners = "temp.main.vernier_partners";

// What a column of a side is called where its rows are kept: "ar0" for a key, "av0" for a value.
std::string kept_name(std::size_t side, char kind, std::size_t i) {
  return fmt::format("{}{}{}", "ab"[side], kind, i);
}

// The columns of a side as they are, under those names.
Texts raw_columns(const DiffPlan& plan, std::size_t side) {
  Texts list;
  for (std::size_t i = 0; i < plan.keys.size(); ++i)
    list.push_back(source_column(plan, plan.keys[i], side) + " as " + kept_name(side, 'r', i));
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    list.push_back(source_column(plan, plan.values[i], side) + " as " + kept_name(side, 'v', i));
  return list;
}

std::string kept_columns(const DiffPlan& plan, std::size_t side) {
  const auto names = [&](char kind, std::size_t count) {
    return listed(count, ", ", [&](std::size_t i) { return kept_name(side, kind, i); });
  };
  return names('r', plan.keys.size()) + ", " + names('v', plan.values.size());
}

std::string either_key(std::size_t i) {
  return fmt::format("coalesce(a{0}, b{0})", i);
}

}  // namespace

std::string kept_in(const char* table, Keeping keeping) {
  return std::string(keeping == Keeping::anew ? "create or replace temp table " : "insert into ") + table +
         (keeping == Keeping::anew ? " as " : " ");
}

// Equal values of one type may be hashed as they are, which spares their conversion.
std::string hash_of(const DiffPlan& plan, std::size_t side, const std::vector<ColumnPair>& values) {
  return "hash(" +
         listed(values.size(), ", ",
                [&](std::size_t i) {
                  return values[i].conversion.same_type ? source_column(plan, values[i], side)
                                                        : compared(plan, values[i], side);
                }) +
         ")";
}

std::string row_hash(const DiffPlan& plan, std::size_t side) {
  return hash_of(plan, side, plan.values) + " as h";
}

std::string narrow_sql(const DiffPlan& plan, const RowCounters& counters, bool count_sides,
                       bool with_partners, Keeping keeping) {
  model::Sides<Texts> counting;
  for (std::size_t side = 0; side < 2 && count_sides; ++side)
    counting[side] = {counted_by(counters.read[side], counters.rows_max)};
  Texts production = key_expressions(plan, 0);
  for (std::string& column : raw_columns(plan, 0))
    production.push_back(std::move(column));
  Texts pull_request = key_expressions(plan, 1);
  production.push_back(row_hash(plan, 0));
  pull_request.push_back(row_hash(plan, 1));
  std::string taken = kept_columns(plan, 0);
  if (with_partners) {
    for (std::string& column : raw_columns(plan, 1))
      pull_request.push_back(std::move(column));
    taken += ", " + kept_columns(plan, 1);
  }
  // The CASE is the whole condition, so each row is counted and counted once, and so is each that is kept.
  return fmt::format(
      "{}select {}, a.h is not null as in_a, b.h is not null as in_b, {} "
      "from (select {}{}) a full join (select {}{}) b on {} where case when {} then case when a.h "
      "is distinct from b.h then {} end end",
      kept_in(differing, keeping), renamed_keys(plan), taken, join(production, ", "),
      source(plan, 0, counting[0]), join(pull_request, ", "), source(plan, 1, counting[1]), keys_equal(plan),
      counted_by(counters.joined, counters.rows_max), counted_by(counters.kept, counters.kept_max));
}

std::string narrowed_sql(const DiffPlan& plan, const RowCounters& counters) {
  const std::string null =
      listed(plan.keys.size(), " or ", [](std::size_t i) { return either_key(i) + " is null"; });
  return fmt::format(
      "select count(*) filter (where in_a and in_b), count(*) filter (where not in_b), count(*) filter "
      "(where "
      "not in_a), {}, count(*) filter (where {}), count(*) - count(distinct ({})), {}, {}, {} from {}",
      count_of(counters.joined), null, listed(plan.keys.size(), ", ", either_key), count_of(counters.read[0]),
      count_of(counters.read[1]), count_of(counters.kept), differing);
}

std::string partners_sql(const DiffPlan& plan, Keeping keeping) {
  const std::string same_key = listed(plan.keys.size(), " and ", [&](std::size_t i) {
    return fmt::format("listed.b{} = {}", i, compared(plan, plan.keys[i], 1));
  });
  return keep_rows_sql(
      plan, 1, fmt::format("exists (select 1 from {} listed where listed.in_b and {})", differing, same_key),
      keeping);
}

std::string keep_rows_sql(const DiffPlan& plan, std::size_t side, const std::string& condition,
                          Keeping keeping) {
  return fmt::format("{}select {}{}{}", kept_in(side == 0 ? differing : partners, keeping),
                     side == 0 ? "true as in_a, " : "", join(raw_columns(plan, side), ", "),
                     source(plan, side, {condition}));
}

std::string kept_rows_sql() {
  return fmt::format("select (select count(*) from {}), (select count(*) from {})", differing, partners);
}

std::string partner_keys_sql(std::size_t key) {
  return fmt::format("select distinct b{} from {} where in_b", key, differing);
}

std::string missing_partners_sql() {
  return fmt::format("select (select count(*) from {} where in_b) - (select count(*) from {})", differing,
                     partners);
}

std::string first_rows_sql(const DiffPlan& plan, std::size_t rows) {
  return fmt::format(
      "select count(*), count(*) filter (where {}){} from ({} limit {}) a join ({} limit {}) b on {}",
      any_value_differs(plan), counts_of_values(plan), projection(plan, 0, {}), rows, projection(plan, 1, {}),
      rows, keys_equal(plan));
}

DiffPlan narrowed_plan(const DiffPlan& plan, bool with_partners) {
  DiffPlan narrowed = plan;
  for (std::size_t side = 0; side < 2; ++side) {
    narrowed.tables[side] = fmt::format("(select * from {} where in_{})", differing, "ab"[side]);
    for (std::size_t i = 0; i < plan.keys.size(); ++i)
      narrowed.keys[i].names[side] = kept_name(side, 'r', i);
    for (std::size_t i = 0; i < plan.values.size(); ++i)
      narrowed.values[i].names[side] = kept_name(side, 'v', i);
  }
  if (!with_partners) narrowed.tables[1] = partners;
  narrowed.filters = {};
  return narrowed;
}

}  // namespace vernier::datadiff
