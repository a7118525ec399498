// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ci_run.h"

// What the renderers for people share: which nodes to show where, and in which order.
namespace vernier::report {

using model::CiRun;
using model::ReportedNode;

// Whether the node is a table or view of its own: a model, seed or snapshot.
bool has_table(const ReportedNode& node);

bool is_test(const ReportedNode& node);

// What the data diff says of a node, worst first.
enum class Outcome { failed, key_problem, different, added, removed, not_compared, equal };
Outcome outcome(const ReportedNode& node);
std::string_view label(Outcome outcome);
std::string state_text(const ReportedNode& node);  // "differs, modified"

using NodeList = std::vector<const ReportedNode*>;

// The run's nodes in the order in which people want them. Each list points into the run.
struct Digest {
  NodeList tables;        // models, seeds and snapshots with something to say; worst first
  NodeList not_compared;  // those that both sides have, but that were not diffed
  NodeList equal;
  NodeList downstream;  // without tests; also in the lists above where a table; nearest first
  std::int64_t downstream_tests = 0;
  NodeList others;      // changed nodes without a table: tests, exposures, sources, macros, ...
  std::string verdict;  // "Data diff: 3 of 14 models differ, 1 not compared"

  std::int64_t count(Outcome wanted) const;  // among the tables, those not compared and those equal
};
Digest digest(const CiRun& run);

// One sentence about a run that is not done, and empty where it is.
std::string status_sentence(const CiRun& run);

// The changed nodes and what is downstream of them, in layers by distance; at most `nodes_max` nodes,
// without tests. Edges lead from the nearest changed ancestor. No layers where nothing is downstream.
struct Picture {
  struct Edge {
    std::size_t from, to;  // indices into nodes
  };
  NodeList nodes;  // by layer, then as in the digest
  std::vector<Edge> edges;
  std::size_t left_out = 0;
};
std::optional<Picture> picture(const Digest& digest, std::size_t nodes_max);

}  // namespace vernier::report
