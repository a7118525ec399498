// SPDX-License-Identifier: Apache-2.0
//
// warm_bench BASE HEAD [RUNS]: what a run does once both uploads are stored: decode two fingerprints and
// compare them. Prints one JSON object; times are medians in milliseconds.
#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "compare/compare.h"
#include "dbt/dbt.h"
#include "measure.h"

using namespace vernier;

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: warm_bench BASE HEAD [RUNS]\n");
    return 2;
  }
  int runs = 15;
  if (argc > 3) std::from_chars(argv[3], argv[3] + std::strlen(argv[3]), runs);
  const auto base = dbt::read_manifest(std::filesystem::path(argv[1]));
  const auto head = dbt::read_manifest(std::filesystem::path(argv[2]));
  if (!base.ok() || !head.ok()) {
    fmt::print(stderr, "{}\n", (base.ok() ? head : base).error().message);
    return 1;
  }
  const std::string base_bytes = dbt::encode(*base);
  const std::string head_bytes = dbt::encode(*head);
  std::size_t changes = 0;
  const double decode_ms = bench::median_ms(runs, [&] {
    const auto one = dbt::decode(base_bytes);
    const auto two = dbt::decode(head_bytes);
    changes += one.ok() && two.ok() ? 0 : 1;
  });
  const double compare_ms =
      bench::median_ms(runs, [&] { changes = compare::compare(*base, *head).changes.size(); });
  const double whole_ms = bench::median_ms(runs, [&] {
    const auto one = dbt::decode(base_bytes);
    const auto two = dbt::decode(head_bytes);
    changes = compare::compare(*one, *two).changes.size();
  });
  fmt::print(
      "{{\"nodes\": {}, \"changes\": {}, \"fingerprint_bytes\": {}, \"decode_both_ms\": {:.1f}, "
      "\"compare_ms\": {:.1f}, \"decode_and_compare_ms\": {:.1f}}}\n",
      head->nodes.size(), changes, head_bytes.size(), decode_ms, compare_ms, whole_ms);
  return 0;
}
