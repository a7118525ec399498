// SPDX-License-Identifier: Apache-2.0
//
// warm_bench BASE HEAD [RUNS]: what a run does once both uploads are stored: get their manifests and compare
// them. Prints one JSON object; times are medians in milliseconds.
#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/file.h"
#include "ci/manifests.h"
#include "compare/compare.h"
#include "dbt/dbt.h"
#include "measure.h"

using namespace vernier;

namespace {

struct Stored {
  model::Upload upload;
  std::string fingerprint;
};

Result<Stored> stored(store::Store& store, const char* path) {
  const model::Manifest manifest = TRY(dbt::read_manifest(std::filesystem::path(path)));
  Stored stored;
  stored.fingerprint = dbt::encode(manifest);
  stored.upload.fingerprint_blob = TRY(store.put_blob_bytes(stored.fingerprint, "fingerprints")).id;
  return stored;
}

Status measure(const char* base_path, const char* head_path, int runs) {
  const TempDir folder = TRY(TempDir::create(std::filesystem::temp_directory_path()));
  const auto store = TRY(store::Store::open(folder.path() / "data"));
  const Stored base = TRY(stored(*store, base_path));
  const Stored head = TRY(stored(*store, head_path));

  const auto pair = TRY(ci::Manifests(*store).of_both(base.upload, head.upload));
  std::size_t changes = 0;
  const auto compare = [&](ci::Manifests& manifests) {
    const auto both = manifests.of_both(base.upload, head.upload);
    CHECK(both.ok());
    changes = compare::compare(*both->base, *both->head).changes.size();
  };
  // As after a start: both sides are read from their files.
  const double from_files_ms = bench::median_ms(runs, [&] {
    ci::Manifests manifests(*store);
    compare(manifests);
  });
  // As in a server that runs: the base served other runs, the head has just come.
  ci::Manifests kept(*store);
  TRY(kept.keep(base.upload.fingerprint_blob, base.fingerprint));
  TRY(kept.keep(head.upload.fingerprint_blob, head.fingerprint));
  const double warm_ms = bench::median_ms(runs, [&] { compare(kept); });
  const double decode_both_ms = bench::median_ms(runs, [&] {
    CHECK(dbt::decode(base.fingerprint).ok());
    CHECK(dbt::decode(head.fingerprint).ok());
  });
  const double compare_ms =
      bench::median_ms(runs, [&] { changes = compare::compare(*pair.base, *pair.head).changes.size(); });
  fmt::print(
      "{{\"nodes\": {}, \"changes\": {}, \"fingerprint_bytes\": {}, \"decode_both_ms\": {:.1f}, "
      "\"compare_ms\": {:.1f}, \"from_files_ms\": {:.1f}, \"warm_ms\": {:.1f}}}\n",
      pair.head->nodes.size(), changes, head.fingerprint.size(), decode_both_ms, compare_ms, from_files_ms,
      warm_ms);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: warm_bench BASE HEAD [RUNS]\n");
    return 2;
  }
  int runs = 15;
  if (argc > 3) std::from_chars(argv[3], argv[3] + std::strlen(argv[3]), runs);
  const Status status = measure(argv[1], argv[2], runs);
  if (status.ok()) return 0;
  fmt::print(stderr, "{}\n", status.error().message);
  return 1;
}
