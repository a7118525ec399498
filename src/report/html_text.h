// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "report/digest.h"

namespace vernier::report {

// Foreign text for an element's content or a quoted attribute.
std::string html(std::string_view text);

// A sentence; its `code spans` become <code>.
std::string html_prose(std::string_view sentence);

// The part of a whole as a bar, `share` from 0 to 1; a picture only, the figure stands beside it.
std::string html_bar(double share);

// The class that colours a node by what its diff says.
std::string_view css_class(Outcome outcome);

// The picture of what changed and what is downstream, as inline SVG with links to the models' sections.
std::string html_lineage(const Picture& picture);

// What the columns of both sides hold, where they were profiled.
std::string html_profiles(const model::TableDiff& diff);

// When the rows that differ are from, where somebody asked for that.
std::string html_timeline(const model::TableDiff& diff);

// The page's whole style: no script, no font, no image from elsewhere.
std::string_view html_style();

}  // namespace vernier::report
