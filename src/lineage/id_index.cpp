// SPDX-License-Identifier: Apache-2.0
#include "lineage/id_index.h"

#include <bit>

namespace vernier::lineage {

IdIndex::IdIndex(const std::vector<model::Node>& nodes)
    : nodes_(nodes), slots_(std::bit_ceil(2 * nodes.size() + 1)) {
  const std::size_t mask = slots_.size() - 1;
  for (NodeIndex i = 0; i < nodes.size(); ++i) {
    const Hash128 hash = hash128(nodes[i].unique_id);
    std::size_t at = hash.low & mask;
    while (slots_[at].node != nowhere)
      at = (at + 1) & mask;
    slots_[at] = {static_cast<std::uint32_t>(hash.high), i};
  }
}

NodeIndex IdIndex::find(std::string_view unique_id) const {
  const std::size_t mask = slots_.size() - 1;
  const Hash128 hash = hash128(unique_id);
  const auto tag = static_cast<std::uint32_t>(hash.high);
  for (std::size_t at = hash.low & mask; slots_[at].node != nowhere; at = (at + 1) & mask)
    if (slots_[at].tag == tag && nodes_[slots_[at].node].unique_id == unique_id) return slots_[at].node;
  return nowhere;
}

}  // namespace vernier::lineage
