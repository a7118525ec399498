// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compare/compare.h"

namespace vernier::compare {

enum class MacroVerdict {
  same,
  changed,
  missing  // dbt comes upon a macro that does not exist before it comes upon a changed one
};

// Which macros differ between base and head, and which nodes reach one of them over the head's calls.
class MacroChanges {
 public:
  // Both manifests must outlive the object.
  MacroChanges(const model::Manifest& base, const model::Manifest& head, Rules rules);

  MacroVerdict judge(const model::Node& node) const;
  // Changed macros that the node reaches, nearest first, at most `count_max`.
  std::vector<std::string_view> nearest(const model::Node& node, std::size_t count_max) const;

 private:
  // Index of a macro of the head, or behind them of one that only the base has.
  using MacroIndex = std::uint32_t;

  void find_changed(const model::Manifest& base, const model::Manifest& head);
  void link_calls(const model::Manifest& head);
  void mark_callers();
  bool reaches(std::string_view macro) const;

  Rules rules_;
  std::vector<std::string_view> ids_;
  std::vector<bool> changed_;
  std::vector<bool> reaches_changed_;
  std::vector<std::vector<MacroIndex>> calls_;
  // Empty where no macro changed, so that nothing is looked up in the common case.
  std::unordered_map<std::string_view, MacroIndex> index_;
};

}  // namespace vernier::compare
