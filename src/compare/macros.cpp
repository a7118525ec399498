// SPDX-License-Identifier: Apache-2.0
#include "compare/macros.h"

#include <algorithm>

namespace vernier::compare {

MacroChanges::MacroChanges(const model::Manifest& base, const model::Manifest& head, Rules rules)
    : rules_(rules) {
  find_changed(base, head);
  if (std::find(changed_.begin(), changed_.end(), true) == changed_.end()) return;
  index_.reserve(ids_.size());
  for (MacroIndex i = 0; i < ids_.size(); ++i)
    index_.emplace(ids_[i], i);
  calls_.resize(ids_.size());
  reaches_changed_ = changed_;
  if (rules_ == Rules::dbt2) return;  // it looks no further than a node's own macros
  link_calls(head);
  mark_callers();
}

void MacroChanges::find_changed(const model::Manifest& base, const model::Manifest& head) {
  const bool dbt2 = rules_ == Rules::dbt2;
  std::vector<std::string_view> only_in_base;
  auto old = base.macros.begin();
  for (const model::Macro& macro : head.macros) {
    for (; old != base.macros.end() && old->unique_id < macro.unique_id; ++old)
      only_in_base.push_back(old->unique_id);
    const bool in_both = old != base.macros.end() && old->unique_id == macro.unique_id;
    ids_.push_back(macro.unique_id);
    if (in_both)
      changed_.push_back(dbt2 ? macro.sql_trimmed != old->sql_trimmed : macro.sql != old->sql);
    else
      changed_.push_back(!dbt2);
    if (in_both) ++old;
  }
  for (; old != base.macros.end(); ++old)
    only_in_base.push_back(old->unique_id);
  ids_.insert(ids_.end(), only_in_base.begin(), only_in_base.end());
  changed_.resize(ids_.size(), !dbt2);
}

void MacroChanges::link_calls(const model::Manifest& head) {
  for (MacroIndex i = 0; i < head.macros.size(); ++i)
    for (const std::string_view callee : head.macros[i].macros)
      if (const auto found = index_.find(callee); found != index_.end()) calls_[i].push_back(found->second);
}

void MacroChanges::mark_callers() {
  std::vector<std::vector<MacroIndex>> callers(ids_.size());
  for (MacroIndex i = 0; i < ids_.size(); ++i)
    for (const MacroIndex callee : calls_[i])
      callers[callee].push_back(i);
  std::vector<MacroIndex> open;
  for (MacroIndex i = 0; i < ids_.size(); ++i)
    if (changed_[i]) open.push_back(i);
  while (!open.empty()) {
    const MacroIndex callee = open.back();
    open.pop_back();
    for (const MacroIndex caller : callers[callee]) {
      if (reaches_changed_[caller]) continue;
      reaches_changed_[caller] = true;
      open.push_back(caller);
    }
  }
}

bool MacroChanges::reaches(std::string_view macro) const {
  const auto found = index_.find(macro);
  return found != index_.end() && reaches_changed_[found->second];
}

MacroVerdict MacroChanges::judge(const model::Node& node) const {
  if (index_.empty() || node.resource_type == "source") return MacroVerdict::same;
  for (const std::string_view macro : node.macros) {
    if (macro.empty()) return MacroVerdict::missing;
    if (reaches(macro)) return MacroVerdict::changed;
  }
  return MacroVerdict::same;
}

std::vector<std::string_view> MacroChanges::nearest(const model::Node& node, std::size_t count_max) const {
  std::vector<MacroIndex> queue;
  const auto enqueue = [&](MacroIndex macro) {
    if (reaches_changed_[macro] && std::find(queue.begin(), queue.end(), macro) == queue.end())
      queue.push_back(macro);
  };
  for (const std::string_view macro : node.macros)
    if (const auto found = index_.find(macro); found != index_.end()) enqueue(found->second);
  std::vector<std::string_view> names;
  for (std::size_t next = 0; next < queue.size() && names.size() < count_max; ++next) {
    const MacroIndex caller = queue[next];
    if (changed_[caller]) names.push_back(ids_[caller]);
    for (const MacroIndex callee : calls_[caller])
      enqueue(callee);
  }
  return names;
}

}  // namespace vernier::compare
