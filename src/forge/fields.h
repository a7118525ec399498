// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "model/commit_sha.h"

namespace vernier::forge {

// Members of a forge's answer or delivery by their path: "pull_request.head.sha". Forges leave out what they
// do not know and add what nobody asked for, so only what is needed is insisted on.

// Null where a step of the path is absent.
const Json& at(const Json& object, std::string_view path);

// The default where the member is absent or of another type.
std::string text_at(const Json& object, std::string_view path);
std::int64_t number_at(const Json& object, std::string_view path);
bool flag_at(const Json& object, std::string_view path);
// Empty where it is no commit id, or git's "no commit" of zeros.
model::CommitSha commit_at(const Json& object, std::string_view path);

// Fail with invalid_input, naming the path, where the member is absent or not of the type.
Result<std::string> require_text(const Json& object, std::string_view path);
Result<std::int64_t> require_number(const Json& object, std::string_view path);
Result<model::CommitSha> require_commit(const Json& object, std::string_view path);

}  // namespace vernier::forge
