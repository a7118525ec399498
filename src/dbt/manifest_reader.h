// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include "base/result.h"
#include "dbt/dbt.h"

namespace vernier::dbt {

// Reads a file into memory that simdjson may read beyond the end of.
Result<simdjson::padded_string> load_json(const std::filesystem::path& path, std::uint64_t bytes_max);

// read_manifest() of a text in such memory.
Result<model::Manifest> read_padded_manifest(const simdjson::padded_string& json, const Limits& limits);

}  // namespace vernier::dbt
