// SPDX-License-Identifier: Apache-2.0
#include "datadiff/left_join_sql.h"

#include <fmt/format.h>

#include "base/text.h"
#include "datadiff/sql_parts.h"

namespace vernier::datadiff {

namespace {

// Keys are there a second time, r0.., as the table has them: that is what its index and the server's hash
// join know. Equal keys are equal in that form too.
std::string side_rows(const DiffPlan& plan, std::size_t side, bool with_values) {
  std::string raw;
  for (std::size_t i = 0; i < plan.keys.size(); ++i)
    raw += fmt::format("{} as r{}, ", source_column(plan, plan.keys[i], side), i);
  const std::string rows = with_values ? projection(plan, side, {}) : projected_keys(plan, side, {});
  constexpr std::string_view select = "select ";
  return std::string(select) + raw + rows.substr(select.size());
}

std::string same_key(const DiffPlan& plan) {
  return listed(plan.keys.size(), " and ", [&](std::size_t i) {
    const bool wrapped =
        !plan.keys[i].conversion.wraps[0].empty() || !plan.keys[i].conversion.wraps[1].empty();
    return fmt::format(fmt::runtime(wrapped ? "a.r{0} = b.r{0} and a.k{0} = b.k{0}" : "a.r{0} = b.r{0}"), i);
  });
}

// ", max(k0) as k0, ..." of all columns that show a row, each made by `make` from its name.
std::string shown(const DiffPlan& plan, const std::function<std::string(const std::string&)>& make) {
  std::string out;
  const auto add = [&](char prefix, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      out += ", " + make(fmt::format("{}{}", prefix, i));
  };
  add('k', plan.keys.size());
  add('a', plan.values.size());
  add('b', plan.values.size());
  return out;
}

// `differing` gives kind, d0.., k0.., a0.., b0...
std::string grouped(const DiffPlan& plan, const std::string& differing) {
  std::string sums;
  std::string flags;
  for (std::size_t i = 0; i < plan.values.size(); ++i) {
    sums += fmt::format(", sum(d{})", i);
    flags += fmt::format(", d{}", i);
  }
  if (plan.samples_max == 0)
    return fmt::format("select kind, 0 as pos, count(*){} from ({}) x group by kind", sums, differing);
  const std::string position = fmt::format("case when rn <= {} then rn else 0 end as pos", plan.samples_max);
  const auto if_shown = [&](const std::string& name) {
    return fmt::format("case when rn <= {0} then {1} end as {1}", plan.samples_max, name);
  };
  const auto largest = [](const std::string& name) { return "max(" + name + ")"; };
  return fmt::format(
      "select kind, pos, count(*){} {} from (select kind, {}{}{} from (select x.*, row_number() over "
      "(partition by kind order by {}) as rn from ({}) x) r) s group by kind, pos order by kind, pos",
      sums, shown(plan, largest), position, flags, shown(plan, if_shown), keys(plan), differing);
}

// Columns of a row of the join: those of the sides that `has_a` and `has_b` name, NULLs for the others.
std::string joined_columns(const DiffPlan& plan, char key_side, bool has_a, bool has_b) {
  std::string out;
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    out +=
        fmt::format(", {} as d{}",
                    has_a && has_b ? "case when " + value_differs(plan, i) + " then 1 else 0 end" : "0", i);
  if (plan.samples_max == 0) return out;
  for (std::size_t i = 0; i < plan.keys.size(); ++i)
    out += fmt::format(", {0}.k{1} as k{1}", key_side, i);
  for (const auto& [side, has] : {std::pair('a', has_a), std::pair('b', has_b)})
    for (std::size_t i = 0; i < plan.values.size(); ++i)
      out += has ? fmt::format(", {0}.v{1} as {0}{1}", side, i) : fmt::format(", null as {}{}", side, i);
  return out;
}

}  // namespace

std::string left_join_sql(const DiffPlan& plan) {
  return grouped(
      plan, fmt::format("select case when b.k0 is null then {} else {} end as kind{} from ({}) a left join "
                        "({}) b on {} where b.k0 is null or {}",
                        static_cast<int>(RowKind::removed), static_cast<int>(RowKind::changed),
                        joined_columns(plan, 'a', true, true), side_rows(plan, 0, true),
                        side_rows(plan, 1, true), same_key(plan), any_value_differs(plan)));
}

std::string added_rows_sql(const DiffPlan& plan) {
  return grouped(
      plan, fmt::format("select {} as kind{} from ({}) b left join ({}) a on {} where a.k0 is null",
                        static_cast<int>(RowKind::added), joined_columns(plan, 'b', false, true),
                        side_rows(plan, 1, plan.samples_max > 0), side_rows(plan, 0, false), same_key(plan)));
}

}  // namespace vernier::datadiff
