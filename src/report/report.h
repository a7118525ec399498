// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "model/ci_run.h"
#include "model/table_diff.h"

namespace vernier::report {

// A diff's figures in the client's form: {"pks", "values", "schema", "dependencies"} (client-api.md, "Data
// diffs JSON"), `exclusives[0]` removed and `exclusives[1]` added. An empty object where it has no figures.
Json summary_json(const model::TableDiff& diff);

// Sample rows: {"key_columns", "value_columns", "changed": [{key, prod, pr}], "removed": [...], "added":
// [...]}.
Json samples_json(const model::TableDiff& diff);

// The run as contract.md's Report has it, with the fields that the other renderers need beside. Never
// holds sample rows.
Json to_json(const model::CiRun& run);
// The run that to_json() wrote. Fails with corrupt on anything else.
Result<model::CiRun> from_json(const Json& json);

// A diff without its samples, for the store; and back. diff_from_json() fails with corrupt.
Json diff_to_json(const model::TableDiff& diff);
Result<model::TableDiff> diff_from_json(const Json& json);

// The pull-request comment: verdict first, worst model first, details folded, no rows of data. Names from
// the project are neutralised, so that none can close a code span, ping a person or start HTML.
std::string to_markdown(const model::CiRun& run);

// The comment's headline alone: "Data diff: 3 of 14 models differ, 1 not compared".
std::string verdict(const model::CiRun& run);

struct TerminalStyle {
  bool colour = false;
  int columns = 100;  // width of the terminal
};
std::string to_terminal(const model::CiRun& run, const TerminalStyle& style);
// One diff for `vernier diff tables`, samples included.
std::string to_terminal(const model::TableDiff& diff, const TerminalStyle& style);

// The run's page: one self-contained HTML document.
std::string to_html(const model::CiRun& run);

}  // namespace vernier::report
