// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/table_diff.h"
#include "report/report.h"
#include "report/terminal_text.h"

namespace vernier::report {

// The figures of one diff, as a run and a single diff both print them: rows, columns with a bar each, and
// differences of the schema. Empty where the diff has no figures.
std::string figures_block(const model::TableDiff& diff, const TerminalStyle& style, int indent);

// What the columns of both sides hold beside each other, where they were profiled.
std::string profiles_block(const model::TableDiff& diff, const TerminalStyle& style);

// How rows and differences are spread over time, where that was asked for.
std::string timeline_block(const model::TableDiff& diff, const TerminalStyle& style);

// "! sentence", and the command below it.
std::string finding_block(const Finding& finding, const TerminalStyle& style, int indent);

}  // namespace vernier::report
