// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/artifacts.h"
#include "model/manifest.h"
#include "store/store.h"

namespace vernier::ci {

// Shared by the cache and by those who still look at it when it leaves the cache.
using SharedManifest = std::shared_ptr<const model::Manifest>;

struct ManifestPair {
  SharedManifest base;
  SharedManifest head;
};

// The manifests of uploads, as their stored fingerprints have them. The ones used last stay in memory: a base
// serves many runs, and a head is compared right after it came. May be used from any thread.
class Manifests {
 public:
  // `fingerprint_bytes_max` bounds what is kept by the size of the fingerprints; in memory a manifest takes two
  // to three times as much. The default has room for two projects of 100,000 nodes, or sixty of 3,000.
  static constexpr std::size_t default_fingerprint_bytes_max = std::size_t{64} << 20;
  explicit Manifests(store::Store& store, std::size_t fingerprint_bytes_max = default_fingerprint_bytes_max)
      : store_(store), bytes_max_(fingerprint_bytes_max) {}

  // Read anew from the artifact where another version of the program made the fingerprint. Fails with corrupt
  // where the store's file is damaged.
  Result<SharedManifest> of(const model::Upload& upload);
  // On two threads where both have to be read.
  Result<ManifestPair> of_both(const model::Upload& base, const model::Upload& head);
  // Keeps what an upload has just brought. `fingerprint` is the content of the blob `id`.
  Status keep(const std::string& id, std::string_view fingerprint);

 private:
  struct Kept {
    std::string id;
    SharedManifest manifest;
    std::size_t bytes = 0;
  };
  SharedManifest find(const std::string& id);
  void add(Kept kept);

  store::Store& store_;
  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // what was used last is first; few enough to look through
  std::size_t bytes_ = 0;
};

}  // namespace vernier::ci
