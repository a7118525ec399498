// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer's entry for what reads a manifest and a fingerprint, and what compares them. An input that is no
// manifest is tried as a fingerprint whose header is right, so that the checksum does not keep the fuzzer
// out.
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "compare/compare.h"
#include "dbt/dbt.h"

using namespace vernier;

namespace {

void use(const model::Manifest& manifest) {
  const auto again = dbt::decode(dbt::encode(manifest));
  if (!again.ok() || again->nodes.size() != manifest.nodes.size()) std::abort();
  for (const model::Node& node : manifest.nodes) {
    if (!manifest.find(node.unique_id)) std::abort();
    (void)dbt::datadiff_settings(node);
  }
  (void)dbt::primary_keys(manifest, "primary-key");
  (void)compare::compare(*again, manifest);
  (void)compare::compare(model::Manifest(), manifest);
  (void)compare::compare(manifest, model::Manifest());
  (void)compare::select(*again, manifest, "+state:modified+ state:new,tag:a");
}

std::string with_header(std::string_view body) {
  std::string bytes = dbt::encode(model::Manifest()).substr(0, 8);
  const Hash128 checksum = hash128(body);
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  return bytes.append(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto manifest = dbt::read_manifest(input);
  if (manifest.ok()) use(*manifest);
  if (const auto stored = dbt::decode(with_header(input)); stored.ok()) {
    (void)dbt::encode(*stored);
    (void)dbt::primary_keys(*stored, "primary-key");
  }
  return 0;
}
