// SPDX-License-Identifier: Apache-2.0
// How a diff is asked for.
//
// Each side is first projected: columns get the names k0.. and v0.., each wrapped so that SQL's own equality
// is the one wanted (types.h). Rows with good keys (no NULL in it, one row of it on each side at most) meet
// in a full join on plain equality, which every database can hash or merge. It keeps only the rows that
// differ, so what follows works on few rows.
//
// The others are compared as multisets. Grouping by key and values takes out the rows that are equal on both
// sides, as many as both have. What is left is numbered within its key, by value, on each side; equal numbers
// pair up as changed, the rest is removed or added. Keys that may hold a NULL get a number (dense_rank)
// first, because a full join on IS NOT DISTINCT FROM is beyond PostgreSQL.
#include "datadiff/sql.h"

#include <fmt/format.h>

#include <functional>

#include "base/text.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;

std::string values(const DiffPlan& plan) {
  return listed(plan.values.size(), ", ", [](std::size_t i) { return fmt::format("v{}", i); });
}

std::string counted(const std::string& condition) {
  return as_text("count(*) filter (where " + condition + ")");
}

// The arm of the figures. `matched`, `removed` and `added` are conditions on x, d0.. its flags; `evidence`
// is of expressions that follow the figures.
std::string figures_arm(const DiffPlan& plan, const std::string& matched, const std::string& removed,
                        const std::string& added, std::size_t width, const Texts& evidence = {}) {
  Texts cells = {counted(matched + " and differs"), counted(removed), counted(added)};
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    cells.push_back(counted(fmt::format("{} and d{}", matched, i)));
  cells.insert(cells.end(), evidence.begin(), evidence.end());
  return "select 0 as kind, cast(0 as bigint) as pos, " + padded(std::move(cells), width) + " from x";
}

// PostgreSQL writes all that is materialized to a file of rows. Grouping takes the equal rows together before
// that: all their columns are NULL, and whatever costs something is done for the others alone.
std::string grouped_rows(const DiffPlan& plan, const std::string& joined, std::int64_t rows_max) {
  Texts columns;
  Texts names;
  for (const char side : {'a', 'b'}) {
    for (std::size_t i = 0; i < plan.keys.size(); ++i) {
      columns.push_back(fmt::format("case when differs then {0}.k{1} end as {0}{1}", side, i));
      names.push_back(fmt::format("{}{}", side, i));
    }
  }
  const std::string bits =
      listed(plan.values.size(), ", ", [&](std::size_t i) { return value_differs(plan, i); });
  std::string flags_of_bits;
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    flags_of_bits += fmt::format(", bits[{}] as d{}", i + 1, i);
  return fmt::format(
      "select {0}, differs{1}, count(*) as n from (select {2}, differs, case when differs then "
      "array[{3}]::boolean[] end as bits from {4} cross join lateral (select {5} as differs offset 0) l "
      "limit {6}) j group by {0}, differs, bits",
      join(names, ", "), flags_of_bits, join(columns, ", "), bits, joined, row_differs(plan), rows_max);
}

// The figures and samples of x, the rows of a full join. Rows whose `differs` is false are pairs of equal
// rows.
std::string join_arms(const DiffPlan& plan, const Texts& evidence) {
  const std::string matched = "differs and a0 is not null and b0 is not null";
  const std::string removed = "differs and b0 is null";
  const std::string added = "differs and a0 is null";
  const std::size_t width = std::max(plan.values.size() + 3 + evidence.size(), plan.keys.size());
  std::string sql = " " + figures_arm(plan, matched, removed, added, width, evidence);
  const auto sample_arm = [&](RowKind kind, const std::string& condition, std::string_view prefix) {
    Texts cells;
    for (std::size_t i = 0; i < plan.keys.size(); ++i)
      cells.push_back(as_text(fmt::format("{}{}", prefix, i)));
    const std::string order = keys(plan, prefix);
    return fmt::format(
        " union all select {}, row_number() over (order by {}), {} from (select * from x where {} order by "
        "{} limit {}) s",
        static_cast<int>(kind), order, padded(std::move(cells), width), condition, order, plan.samples_max);
  };
  if (plan.samples_max > 0) {
    sql += sample_arm(RowKind::changed, matched, "a");
    sql += sample_arm(RowKind::removed, removed, "a");
    sql += sample_arm(RowKind::added, added, "b");
  }
  return sql + " order by 1, 2";
}

// Without samples x is read once, and nothing of it has to be kept.
const char* kept_for_samples(const DiffPlan& plan) {
  return plan.samples_max > 0 ? " materialized" : "";
}

// Keys that stand in more than one row of a side.
std::string duplicated_keys(const DiffPlan& plan) {
  const auto of_side = [&](std::size_t side) {
    return fmt::format("select {0} from ({1}) p group by {0} having count(*) > 1", keys(plan),
                       projected_keys(plan, side, {"not " + key_is_null(plan, side)}));
  };
  return "duplicated as materialized (" + of_side(0) + " union " + of_side(1) + ")";
}

}  // namespace

std::string count_sql(const DiffPlan& plan, std::size_t side) {
  return "select count(*)" + source(plan, side, {});
}

std::string profile_sql(const DiffPlan& plan, std::size_t side, bool unique) {
  if (unique) {
    const std::string null = key_is_null(plan, side);
    return fmt::format(
        "select count(*), count(case when {0} then 1 end), 0, count(case when not {0} then 1 end){1}", null,
        source(plan, side, {}));
  }
  const std::string null =
      listed(plan.keys.size(), " or ", [](std::size_t i) { return fmt::format("k{} is null", i); });
  return fmt::format(
      "select coalesce(sum(n), 0), coalesce(sum(case when null_key then n end), 0), "
      "coalesce(sum(case when not null_key and n > 1 then n end), 0), count(case when not null_key then 1 "
      "end) from (select count(*) as n, ({0}) as null_key from ({1}) p group by {2}) g",
      null, projected_keys(plan, side, {}), keys(plan));
}

std::string unique_index_sql(const DiffPlan& plan, std::size_t side) {
  const std::string names = listed(plan.keys.size(), ", ", [&](std::size_t i) {
    return engine::quote_literal(plan.dialect, plan.keys[i].names[side]);
  });
  return "select exists (select 1 from pg_catalog.pg_index i where i.indrelid = " +
         engine::quote_literal(plan.dialect, plan.tables[side]) +
         "::regclass and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and "
         "i.indexprs is "
         "null and not exists (select 1 from pg_catalog.unnest(i.indkey) with ordinality c(attnum, position) "
         "left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = c.attnum "
         "where c.position <= i.indnkeyatts and (a.attname is null or a.attname not in (" +
         names + "))))";
}

std::string probe_sql(const DiffPlan& plan, std::size_t rows) {
  return fmt::format(
      "select count(*), count(*) filter (where {}){} from ({} limit {}) a left join ({}) b on {}",
      row_differs(plan), counts_of_values(plan), projection(plan, 0, {}), rows, projection(plan, 1, {}),
      keys_equal(plan));
}

std::string join_sql(const DiffPlan& plan, const KeyProblems& problems) {
  const auto good_rows = [&](std::size_t side) {
    Texts conditions;
    if (problems.nulls) conditions.push_back("not " + key_is_null(plan, side));
    if (problems.duplicates) conditions.push_back("not " + key_is_in(plan, side, "duplicated"));
    return projection(plan, side, conditions);
  };
  std::string sql = problems.duplicates ? "with " + duplicated_keys(plan) + ", x" : "with x";
  sql += fmt::format(" as{} (select {}, true as differs{} from ({}) a full join ({}) b on {} where {})",
                     kept_for_samples(plan), renamed_keys(plan), flags(plan), good_rows(0), good_rows(1),
                     keys_equal(plan), row_differs(plan));
  return sql + join_arms(plan, {});
}

std::string trusting_join_sql(const DiffPlan& plan, std::int64_t rows_max, bool few_differ) {
  const std::string joined = fmt::format("({}) a full join ({}) b on {}", projection(plan, 0, {}),
                                         projection(plan, 1, {}), keys_equal(plan));
  const std::string rows =
      plan.samples_max > 0 && few_differ
          ? grouped_rows(plan, joined, rows_max)
          : fmt::format("select {}, {} as differs{}, 1 as n from {} limit {}", renamed_keys(plan),
                        row_differs(plan), flags(plan), joined, rows_max);
  const std::string exclusive = "differs and (a0 is null or b0 is null)";
  const std::string key =
      listed(plan.keys.size(), ", ", [](std::size_t i) { return fmt::format("coalesce(a{0}, b{0})", i); });
  const Texts evidence = {
      as_text("coalesce(sum(n), 0)"),
      counted(fmt::format("differs and ({}) and ({})", lacks_key(plan, 'a'), lacks_key(plan, 'b'))),
      as_text(fmt::format("coalesce(sum(n) filter (where {0}), 0) - count(distinct ({1})) filter (where {0})",
                          exclusive, key))};
  return fmt::format("with x as{} ({})", kept_for_samples(plan), rows) + join_arms(plan, evidence);
}

std::string multiset_sql(const DiffPlan& plan, const KeyProblems& problems) {
  const bool keyed = !plan.keys.empty();
  const std::string key_list = keyed ? keys(plan) : "";
  const std::string value_list = values(plan);
  const std::string row = key_list + (keyed && !plan.values.empty() ? ", " : "") + value_list;
  Texts arms;
  const auto take = [&](const std::function<Texts(std::size_t)>& conditions) {
    for (const std::size_t side : {0u, 1u})
      arms.push_back(fmt::format("select {} as side, {} from ({}) p", side, row,
                                 projection(plan, side, conditions(side))));
  };
  if (!keyed) take([](std::size_t) { return Texts(); });
  if (problems.nulls) take([&](std::size_t side) { return Texts{key_is_null(plan, side)}; });
  if (problems.duplicates) take([&](std::size_t side) { return Texts{key_is_in(plan, side, "duplicated")}; });

  // Without a key nothing pairs up: the sides get different group numbers.
  const std::string group = keyed ? "dense_rank() over (order by " + key_list + ")" : "side";
  const std::string partition = keyed ? key_list + ", side" : "side";
  const std::string order = plan.values.empty() ? "" : " order by " + value_list;
  const std::string copies = plan.dialect == Dialect::postgresql ? "generate_series(1, abs(na - nb))"
                                                                 : "unnest(generate_series(1, abs(na - nb)))";
  std::string sql = "with ";
  if (problems.duplicates) sql += duplicated_keys(plan) + ", ";
  sql += fmt::format(
      "u as ({0}), g as (select {1}, count(*) filter (where side = 0) as na, count(*) filter (where side = "
      "1) as nb "
      "from u group by {1}), "
      "l as (select {1}, case when na > nb then 0 else 1 end as side, {2} as copy from g where na <> nb), "
      "r as materialized (select side, {1}, {3} as gid, row_number() over (partition by {4}{5}) as rn from "
      "l), "
      "x as materialized (select coalesce(a.gid, b.gid) as gid, coalesce(a.rn, b.rn) as rn, a.gid is not "
      "null as ina, "
      "b.gid is not null as inb, {6} from (select * from r where side = 0) a full join "
      "(select * from r where side = 1) b on a.gid = b.gid and a.rn = b.rn) ",
      join(arms, " union all "), row, copies, group, partition, order,
      any_value_differs(plan) + " as differs" + flags(plan));
  const std::size_t width = plan.values.size() + std::max<std::size_t>(3, plan.keys.size() + 1);
  sql += figures_arm(plan, "ina and inb", "ina and not inb", "inb and not ina", width);
  const auto sample_arm = [&](RowKind kind, const std::string& condition) {
    Texts cells = {as_text("side")};
    for (std::size_t i = 0; i < plan.keys.size(); ++i)
      cells.push_back(as_text(fmt::format("r.k{}", i)));
    for (std::size_t i = 0; i < plan.values.size(); ++i)
      cells.push_back(as_text(fmt::format("r.v{}", i)));
    return fmt::format(
        " union all select {}, s.pos, {} from (select gid, rn, row_number() over (order by gid, rn) as pos "
        "from x "
        "where {} order by gid, rn limit {}) s join r on r.gid = s.gid and r.rn = s.rn",
        static_cast<int>(kind), padded(std::move(cells), width), condition, plan.samples_max);
  };
  if (plan.samples_max > 0) {
    sql += sample_arm(RowKind::changed, "ina and inb and differs");
    sql += sample_arm(RowKind::removed, "ina and not inb");
    sql += sample_arm(RowKind::added, "inb and not ina");
  }
  return sql + " order by 1, 2, 3";
}

std::string sample_rows_sql(const DiffPlan& plan, std::size_t side, const std::vector<std::size_t>& positions,
                            const std::vector<std::vector<model::Cell>>& sampled) {
  Texts list = key_expressions(plan, side);
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    list.push_back(fmt::format("{} as v{}", as_text(source_column(plan, plan.values[i], side)), i));
  const std::string rows = listed(positions.size(), ", ", [&](std::size_t row) {
    return numbered_key(plan, positions[row], sampled[row]);
  });
  const std::string cells = plan.values.empty() ? "" : ", " + values(plan);
  // No two rows have one of these keys, so the table need not be read on when all were found.
  return fmt::format(
      "select * from (select b.pos{} from (select {}{}) a join (values {}) b(pos, {}) on {} limit {}) found "
      "order by pos",
      cells, join(list, ", "), source(plan, side, {}), rows, keys(plan), keys_equal(plan), positions.size());
}

}  // namespace vernier::datadiff
