// SPDX-License-Identifier: Apache-2.0
#include "model/manifest.h"

#include <algorithm>

namespace vernier::model {
namespace {

template <typename Range, typename Key>
auto* find_sorted(const Range& range, std::string_view wanted, Key key) {
  const auto found =
      std::lower_bound(range.begin(), range.end(), wanted,
                       [&](const auto& item, std::string_view text) { return item.*key < text; });
  return found != range.end() && (*found).*key == wanted ? &*found : nullptr;
}

}  // namespace

Hash128 digest_of(std::span<const Aspect> aspects) {
  std::string bytes;
  for (const Aspect& aspect : aspects) {
    bytes.append(aspect.name).append(1, '\0');
    bytes.append(reinterpret_cast<const char*>(&aspect.hash), sizeof aspect.hash);
  }
  return hash128(bytes);
}

const Aspect* Node::aspect(std::string_view aspect_name) const {
  return find_sorted(aspects, aspect_name, &Aspect::name);
}

const Node* Manifest::find(std::string_view unique_id) const {
  return find_sorted(nodes, unique_id, &Node::unique_id);
}

const Macro* Manifest::find_macro(std::string_view unique_id) const {
  return find_sorted(macros, unique_id, &Macro::unique_id);
}

const DisabledNode* Manifest::find_disabled(std::string_view unique_id) const {
  return find_sorted(disabled, unique_id, &DisabledNode::unique_id);
}

}  // namespace vernier::model
