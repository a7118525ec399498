// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/finding.h"
#include "base/result.h"
#include "ci/manifests.h"
#include "model/artifacts.h"
#include "model/manifest.h"
#include "store/store.h"

namespace vernier::ci {

// The slips that an upload shows when it comes in: production's artifacts under a pull request's head, a pull
// request built into production's relations, a commit unlike the one that dbt itself recorded, another dbt
// or adapter than the other side's. `upload` is not in the record yet.
Result<Findings> check_upload(store::Store& store, Manifests& manifests, const model::Upload& upload,
                              const model::Manifest& manifest);

// The names of tables that both manifests put into the same relation, and how many tables both have.
struct SharedRelations {
  std::vector<std::string> names;
  std::size_t tables = 0;
};
SharedRelations shared_relations(const model::Manifest& base, const model::Manifest& head);

}  // namespace vernier::ci
