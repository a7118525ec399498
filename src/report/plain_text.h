// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

// Text of the project and of its data, made safe to show: valid UTF-8 on one line in which nothing is
// hidden. Every renderer passes foreign text through here before it escapes it for its own format.
namespace vernier::report {

// Control characters become their pictures (ESC is shown as U+241B), invisible and direction-changing
// ones and bytes that are not UTF-8 become U+FFFD.
std::string visible(std::string_view text);

// The same for sentences: white space that breaks lines becomes a space.
std::string visible_prose(std::string_view text);

// Columns that visible text takes on a terminal.
int display_width(std::string_view text);

// At most `columns` wide, "…" in place of the end or of the middle. Names differ at both ends, so they
// are cut in the middle.
std::string clip_end(std::string_view text, int columns);
std::string clip_middle(std::string_view text, int columns);

// `text` broken at spaces into lines of at most `columns`; a wider word is broken anywhere.
std::vector<std::string> wrap(std::string_view text, int columns);

}  // namespace vernier::report
