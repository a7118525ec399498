// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/compare.h"

namespace vernier::cli {

struct TextStyle {
  bool colour = false;
  int columns = 100;
};

// A comparison as people read it: what changed and why, then what depends on it.
std::string comparison_text(const compare::Comparison& comparison, const TextStyle& style);

// Words from manifests may hold anything; control characters must not reach a terminal.
std::string printable(std::string_view text);

enum class Colour { red, green, yellow, blue, dim, bold };
std::string coloured(std::string_view text, Colour colour, const TextStyle& style);

// Breaks at spaces to lines of at most `width` characters; longer words stay whole.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

// Characters, not bytes.
std::size_t width_of(std::string_view text);

}  // namespace vernier::cli
