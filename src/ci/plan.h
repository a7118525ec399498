// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "ci/wishes.h"
#include "compare/compare.h"
#include "datadiff/datadiff.h"
#include "model/ci_run.h"
#include "model/manifest.h"
#include "model/settings.h"

namespace vernier::ci {

// A report's nodes, and for those whose tables will be compared, how.
struct DiffPlan {
  std::vector<model::ReportedNode> nodes;  // diff.result is not_diffed with a reason until it has run
  struct Entry {
    std::size_t node;  // index into nodes
    datadiff::DiffRequest request;
  };
  std::vector<Entry> entries;
  Findings warnings;
};

// Whether nodes of this resource type are tables or views of their own.
bool has_table(std::string_view resource_type);

// Decides per changed node whether its table is diffed (the rules of client-api.md: never_diff, Slim Diff,
// what has a table at all, what was wished for) and by which key and columns. `base` is production's
// manifest, `head` the pull request's.
DiffPlan plan_diffs(const std::vector<model::Change>& changes, const model::Manifest& base,
                    const model::Manifest& head, const model::CiConfig& config,
                    const model::DataSource& source, const Wishes& wishes);

// Worst first: what went wrong, then what differs most, then what is equal, then what was not diffed.
void sort_worst_first(std::vector<model::ReportedNode>& nodes);

}  // namespace vernier::ci
