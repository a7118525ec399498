// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "base/result.h"
#include "cli/cli.h"

namespace vernier::cli {

// What the chosen command will do once the arguments are parsed; its result is the exit code.
using Action = std::function<int()>;

// Each adds one command below `parent` and sets `action` when that command is chosen.
void add_serve(CLI::App& parent, Action& action, const Wiring& wiring);
void add_dbt_compare(CLI::App& parent, Action& action);
void add_dbt_client(CLI::App& parent, Action& action);  // upload, upload-and-wait, the two checks
void add_ci_client(CLI::App& parent, Action& action);   // submit, trigger, auto trigger, report
void add_config(CLI::App& parent, Action& action);      // check, apply, export
void add_diff_tables(CLI::App& parent, Action& action);

// Prints "vernier: message" to standard error and gives the kind's exit code: 2 for bad input, else 1.
int fail(const Error& error);

// Whether standard output is a terminal that wants colour (NO_COLOR unset), and its width.
bool wants_colour();
int terminal_columns();

}  // namespace vernier::cli
