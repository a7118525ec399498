// SPDX-License-Identifier: Apache-2.0
#include "compare/contract.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/json.h"
#include "base/text.h"

namespace vernier::compare {
namespace {

struct Enforced {
  std::string_view adapter_type;
  std::string_view constraint_types;
};
// From each adapter's CONSTRAINT_SUPPORT; the last row is dbt's default for an adapter without one.
constexpr std::array enforced_by = {
    Enforced{"postgres", "check not_null unique primary_key foreign_key"},
    Enforced{"duckdb", "check not_null unique primary_key foreign_key"},
    Enforced{"sqlserver", "check not_null unique primary_key foreign_key"},
    Enforced{"snowflake", "not_null"},
    Enforced{"redshift", "not_null"},
    Enforced{"bigquery", "not_null"},
    Enforced{"trino", "not_null"},
    Enforced{"databricks", "check not_null"},
    Enforced{"clickhouse", "check"},
    Enforced{"spark", ""},
    Enforced{"athena", ""},
    Enforced{"", "not_null foreign_key"},
};

bool is_table(const model::Node& node) {
  return node.materialized == "table" || node.materialized == "incremental";
}

const model::Column* find_column(const model::Node& node, std::string_view name) {
  const auto found = std::find_if(node.columns.begin(), node.columns.end(),
                                  [&](const model::Column& column) { return column.name == name; });
  return found == node.columns.end() ? nullptr : &*found;
}

// "varchar(10)" and "VARCHAR(20)" are the same to a reader of the model.
std::string base_type(std::string_view data_type) {
  return to_lower(trim(data_type.substr(0, data_type.find('('))));
}

// A constraint's JSON, reduced to what a message needs.
struct Constraint {
  std::string type;
  std::string label;
};
Constraint describe_constraint(std::string_view text) {
  const Result<Json> json = parse_json(text);
  if (!json.ok() || !json->is_object()) return {};
  const auto member = [&](const char* key) {
    return json->contains(key) && (*json)[key].is_string() ? (*json)[key].get<std::string>() : std::string();
  };
  const std::string name = member("name");
  return {member("type"), name.empty() ? member("type") : name};
}

using Constraints = std::span<const std::string_view>;

void find_lost_constraints(Constraints old, Constraints head, std::string_view adapter_type,
                           std::string_view where, ContractChange& change) {
  for (const std::string_view text : old) {
    if (std::find(head.begin(), head.end(), text) != head.end()) continue;
    const Constraint constraint = describe_constraint(text);
    if (constraint.type == "custom") change.unknown_constraint = true;
    if (enforces_constraint(adapter_type, constraint.type))
      change.breaks.push_back(fmt::format("enforced constraint removed: {} on {}", constraint.label, where));
  }
}

void compare_columns(const model::Node& old, const model::Node& head, std::string_view adapter_type,
                     ContractChange& change) {
  for (const model::Column& column : old.columns) {
    const model::Column* now = find_column(head, column.name);
    if (!now) {
      change.breaks.push_back(fmt::format("column removed: {}", column.name));
      continue;
    }
    if (base_type(column.data_type) != base_type(now->data_type))
      change.breaks.push_back(
          fmt::format("column type changed: {} ({} -> {})", column.name, column.data_type, now->data_type));
    if (is_table(old))
      find_lost_constraints(column.constraints, now->constraints, adapter_type,
                            fmt::format("column {}", column.name), change);
  }
}

bool has_constraints(const model::Node& node) {
  return !node.constraints.empty() ||
         std::any_of(node.columns.begin(), node.columns.end(),
                     [](const model::Column& column) { return !column.constraints.empty(); });
}

// dbt holds the date against the present moment; dates are given at midnight, so the day itself is past.
bool is_past(std::string_view deprecation_date, std::string_view today) {
  return !deprecation_date.empty() && deprecation_date.substr(0, today.size()) <= today;
}

}  // namespace

bool enforces_constraint(std::string_view adapter_type, std::string_view constraint_type) {
  const auto known = std::find_if(enforced_by.begin(), enforced_by.end() - 1,
                                  [&](const Enforced& row) { return row.adapter_type == adapter_type; });
  const std::vector<std::string> types = split(known->constraint_types, ' ');
  return !constraint_type.empty() && std::find(types.begin(), types.end(), constraint_type) != types.end();
}

ContractChange contract_change(const model::Node& old, const model::Node& head,
                               std::string_view adapter_type) {
  ContractChange change;
  if (!old.contract_enforced) {
    change.changed = head.contract_enforced;
    return change;
  }
  const model::Aspect* before = old.aspect("contract.checksum");
  const model::Aspect* after = head.aspect("contract.checksum");
  const bool same_checksum = before && after ? before->hash == after->hash : before == after;
  if (head.contract_enforced && same_checksum) return change;

  change.changed = true;
  if (!head.contract_enforced) change.breaks.emplace_back("no longer enforced");
  compare_columns(old, head, adapter_type, change);
  if (is_table(old)) {
    find_lost_constraints(old.constraints, head.constraints, adapter_type, "the model", change);
    if (!is_table(head) && has_constraints(old))
      change.breaks.push_back(fmt::format("materialization changed with constraints: {} -> {}",
                                          old.materialized, head.materialized));
  }
  return change;
}

std::vector<RemovedContract> removed_contracts(const model::Manifest& base, const model::Manifest& head,
                                               std::string_view today) {
  std::vector<RemovedContract> removed;
  const auto add = [&](const auto& gone, std::string_view how) {
    if (gone.resource_type == "model" && gone.contract_enforced && !is_past(gone.deprecation_date, today))
      removed.push_back({std::string(gone.unique_id),
                         fmt::format("contracted model {} was {}", gone.unique_id, how),
                         !gone.version.empty()});
  };
  for (const model::Node& old : base.nodes) {
    if (old.resource_type != "model") continue;
    if (const model::DisabledNode* disabled = head.find_disabled(old.unique_id))
      add(*disabled, "disabled");
    else if (old.contract_enforced && !head.find(old.unique_id))
      add(old, "deleted or renamed");
  }
  return removed;
}

}  // namespace vernier::compare
