// SPDX-License-Identifier: Apache-2.0
#include "ci/manifests.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "dbt/dbt.h"

namespace vernier::ci {

SharedManifest Manifests::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.id == id; });
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  return found->manifest;
}

void Manifests::add(Kept kept) {
  if (kept.bytes > bytes_max_) return;
  std::list<Kept> dropped;  // freed after the lock
  const std::lock_guard lock(mutex_);
  if (std::any_of(kept_.begin(), kept_.end(), [&](const Kept& had) { return had.id == kept.id; })) return;
  bytes_ += kept.bytes;
  kept_.push_front(std::move(kept));
  while (bytes_ > bytes_max_) {
    bytes_ -= kept_.back().bytes;
    dropped.splice(dropped.begin(), kept_, std::prev(kept_.end()));
  }
}

Result<SharedManifest> Manifests::of(const model::Upload& upload) {
  if (SharedManifest kept = find(upload.fingerprint_blob)) return kept;
  const std::string fingerprint = TRY(store_.get_blob(upload.fingerprint_blob));
  auto decoded = dbt::decode(fingerprint);
  if (decoded.ok()) {
    auto manifest = std::make_shared<const model::Manifest>(std::move(decoded).value());
    add({upload.fingerprint_blob, manifest, fingerprint.size()});
    return manifest;
  }
  const std::string artifact = TRY(store_.get_blob(upload.manifest_blob));
  model::Manifest read = TRY(dbt::read_manifest(std::string_view(artifact)));
  auto manifest = std::make_shared<const model::Manifest>(std::move(read));
  add({upload.fingerprint_blob, manifest, fingerprint.size()});
  return manifest;
}

Result<ManifestPair> Manifests::of_both(const model::Upload& base, const model::Upload& head) {
  Result<SharedManifest> first = find(base.fingerprint_blob);
  Result<SharedManifest> second = find(head.fingerprint_blob);
  {
    std::jthread other;
    if (!*first && !*second)
      other = std::jthread([&] { first = of(base); });
    else if (!*first)
      first = of(base);
    if (!*second) second = of(head);
  }
  ManifestPair pair;
  pair.base = TRY_DURING("base", std::move(first));
  pair.head = TRY_DURING("head", std::move(second));
  return pair;
}

Status Manifests::keep(const std::string& id, std::string_view fingerprint) {
  if (find(id)) return {};
  model::Manifest manifest = TRY(dbt::decode(fingerprint));
  add({id, std::make_shared<const model::Manifest>(std::move(manifest)), fingerprint.size()});
  return {};
}

}  // namespace vernier::ci
