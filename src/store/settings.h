// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/settings.h"
#include "store/secrets.h"
#include "store/sqlite.h"

namespace vernier::store {

// Data sources and CI configs in the record; `key` opens and seals their secrets.

Result<model::DataSource> add_data_source(const Session& session, const SecretKey& key,
                                          model::DataSource source);
Status update_data_source(const Session& session, const SecretKey& key, const model::DataSource& source);
Result<model::DataSource> find_data_source(const Session& session, const SecretKey& key, std::int64_t id);
Result<std::vector<model::DataSource>> all_data_sources(const Session& session, const SecretKey& key);
Status remove_data_source(const Session& session, std::int64_t id);

Result<model::CiConfig> add_ci_config(const Session& session, const SecretKey& key, model::CiConfig config);
Status update_ci_config(const Session& session, const SecretKey& key, const model::CiConfig& config);
Result<model::CiConfig> find_ci_config(const Session& session, const SecretKey& key, std::int64_t id);
Result<std::vector<model::CiConfig>> all_ci_configs(const Session& session, const SecretKey& key);
Status remove_ci_config(const Session& session, std::int64_t id);

}  // namespace vernier::store
