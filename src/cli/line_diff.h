// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/comparison_text.h"

namespace vernier::cli {

// One row of two texts laid side by side; nullopt where a side has no line.
struct DiffRow {
  std::optional<std::string> old_line;
  std::optional<std::string> new_line;
  bool same() const { return old_line == new_line; }
};
// The longest common lines stay together. Beyond some thousand differing lines, all of them count as
// replaced.
std::vector<DiffRow> diff_lines(std::string_view old_text, std::string_view new_text);

// Rows with a little context: two columns on a wide page, - and + below each other on a narrow one.
std::string render_diff(const std::vector<DiffRow>& rows, const TextStyle& style);

}  // namespace vernier::cli
