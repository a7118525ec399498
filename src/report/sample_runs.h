// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "model/ci_run.h"

// Runs for the tests of this module: one for each thing that a report can have to say.
namespace vernier::report {

struct SampleRun {
  std::string name;  // of its golden files
  model::CiRun run;
};
std::vector<SampleRun> sample_runs();
// One of them. Precondition: it exists.
model::CiRun sample_run(const std::string& name);

// A diff with changed, added and removed rows, long cells and NULLs.
model::TableDiff sample_diff();

// Diffs of a sample: one with estimates and profiles, one that saw no difference.
model::TableDiff sampled_diff();
model::TableDiff equal_in_sample();

// Names as an attacker would choose them.
std::vector<std::string> hostile_names();

}  // namespace vernier::report
