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

// Whether two rows have one key: by what an index knows first.
std::string same_key(const DiffPlan& plan, char x, char y) {
  return listed(plan.keys.size(), " and ", [&](std::size_t i) {
    const auto& wraps = plan.keys[i].conversion.wraps;
    const std::string raw = fmt::format("{0}.r{2} = {1}.r{2}", x, y, i);
    if (wraps[0].empty() && wraps[1].empty()) return raw;
    return raw + fmt::format(" and {0}.k{2} = {1}.k{2}", x, y, i);
  });
}

// ", make(k0), make(r0), ..." of the key's columns, in both forms.
std::string key_columns(const DiffPlan& plan, const std::function<std::string(const std::string&)>& make) {
  std::string out;
  for (const char form : {'k', 'r'})
    for (std::size_t i = 0; i < plan.keys.size(); ++i)
      out += ", " + make(fmt::format("{}{}", form, i));
  return out;
}

// `differing` gives kind, d0.., k0.., r0... What is sorted and grouped has keys alone: the values of the rows
// that are shown are looked up in the end.
std::string grouped(const DiffPlan& plan, const std::string& differing) {
  const auto of_values = [&](std::string_view format) {
    return listed(plan.values.size(), "",
                  [&](std::size_t i) { return fmt::format(fmt::runtime(format), i); });
  };
  if (plan.samples_max == 0)
    return fmt::format("select kind, 0 as pos, count(*){} from ({}) x group by kind", of_values(", sum(d{})"),
                       differing);
  const auto if_shown = [&](const std::string& name) {
    return fmt::format("max(case when rn <= {0} then {1} end) as {1}", plan.samples_max, name);
  };
  const std::string groups = fmt::format(
      "select kind, case when rn <= {0} then rn else 0 end as pos, count(*) as n{1}{2} from (select x.*, "
      "row_number() over (partition by kind order by {3}) as rn from ({4}) x) s group by kind, case when rn "
      "<= {0} then rn else 0 end",
      plan.samples_max, of_values(", sum(d{0}) as d{0}"), key_columns(plan, if_shown), keys(plan), differing);
  return fmt::format(
      "select g.kind, g.pos, g.n{}{}{}{} from ({}) g left join ({}) a on g.pos > 0 and {} left join ({}) b "
      "on "
      "g.pos > 0 and {} order by g.kind, g.pos",
      of_values(", g.d{}"),
      listed(plan.keys.size(), "", [](std::size_t i) { return fmt::format(", g.k{}", i); }),
      of_values(", a.v{}"), of_values(", b.v{}"), groups, side_rows(plan, 0, true), same_key(plan, 'a', 'g'),
      side_rows(plan, 1, true), same_key(plan, 'b', 'g'));
}

// Columns of a row of the join whose key is that of one side.
std::string joined_columns(const DiffPlan& plan, char key_side, bool matched) {
  std::string out;
  for (std::size_t i = 0; i < plan.values.size(); ++i)
    out += fmt::format(", {} as d{}",
                       matched ? "case when " + value_differs(plan, i) + " then 1 else 0 end" : "0", i);
  return out + key_columns(plan, [&](const std::string& name) {
           return fmt::format("{0}.{1} as {1}", key_side, name);
         });
}

}  // namespace

std::string left_join_sql(const DiffPlan& plan) {
  return grouped(
      plan, fmt::format("select case when b.k0 is null then {} else {} end as kind{} from ({}) a left join "
                        "({}) b on {} where b.k0 is null or {}",
                        static_cast<int>(RowKind::removed), static_cast<int>(RowKind::changed),
                        joined_columns(plan, 'a', true), side_rows(plan, 0, true), side_rows(plan, 1, true),
                        same_key(plan, 'a', 'b'), any_value_differs(plan)));
}

std::string added_rows_sql(const DiffPlan& plan) {
  return grouped(plan,
                 fmt::format("select {} as kind{} from ({}) b left join ({}) a on {} where a.k0 is null",
                             static_cast<int>(RowKind::added), joined_columns(plan, 'b', false),
                             side_rows(plan, 1, false), side_rows(plan, 0, false), same_key(plan, 'a', 'b')));
}

}  // namespace vernier::datadiff
