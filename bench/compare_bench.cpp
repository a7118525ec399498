// SPDX-License-Identifier: Apache-2.0
//
// compare_bench BASE HEAD: how long the comparison of two manifests takes once both are read, and a
// selection over them, in CPU time.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <limits>

#include "compare/compare.h"
#include "dbt/dbt.h"

namespace {

// The best of a few runs, in milliseconds.
double measure(const std::function<void()>& work) {
  double best = std::numeric_limits<double>::max();
  for (int run = 0; run < 7; ++run) {
    const std::clock_t start = std::clock();
    work();
    best = std::min(best, 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace vernier;
  if (argc != 3) {
    fmt::print(stderr, "usage: compare_bench BASE HEAD\n");
    return 2;
  }
  const auto base = dbt::read_manifest(std::filesystem::path(argv[1]));
  const auto head = dbt::read_manifest(std::filesystem::path(argv[2]));
  if (!base.ok() || !head.ok()) {
    fmt::print(stderr, "{}\n", (base.ok() ? head : base).error().message);
    return 1;
  }
  std::size_t changes = 0;
  const double comparing = measure([&] { changes = compare::compare(*base, *head).changes.size(); });
  std::size_t selected = 0;
  const double selecting = measure([&] {
    const auto selection = compare::select(*base, *head, "state:modified+");
    selected = selection.ok() ? selection->unique_ids.size() : 0;
  });
  fmt::print("{} nodes, {} macros: compare {:.1f} ms ({} changes), select {:.1f} ms ({} nodes)\n",
             head->nodes.size(), head->macros.size(), comparing, changes, selecting, selected);
  return 0;
}
