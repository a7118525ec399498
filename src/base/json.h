// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vernier {

// JSON of our own making and of small requests; keys keep the order they were written in. The large
// documents (manifests) are read by `dbt` with simdjson instead.
using Json = nlohmann::ordered_json;

// Parses one JSON document. Fails with invalid_input, naming the byte where it went wrong, on malformed
// text and on nesting deeper than `depth_max`.
Result<Json> parse_json(std::string_view text, int depth_max = 100);

// Writes compact JSON; bytes that are not UTF-8 become U+FFFD instead of failing.
std::string dump_json(const Json& json, int indent = -1);

// Typed access to the members of a request's object. Each fails with invalid_input naming the key when
// the member has another type; `require_*` also when it is absent, `optional_*` treat null as absent.
Result<std::string> require_string(const Json& object, std::string_view key);
Result<std::int64_t> require_integer(const Json& object, std::string_view key);
Result<std::optional<std::string>> optional_string(const Json& object, std::string_view key);
Result<std::optional<std::int64_t>> optional_integer(const Json& object, std::string_view key);
Result<std::optional<double>> optional_number(const Json& object, std::string_view key);
Result<std::optional<bool>> optional_bool(const Json& object, std::string_view key);
// Absent and null give an empty list.
Result<std::vector<std::string>> string_list(const Json& object, std::string_view key);

}  // namespace vernier
