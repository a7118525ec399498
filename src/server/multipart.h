// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/form.h"
#include "server/spool.h"

namespace vernier::server {

struct Multipart {
  Form fields;
  std::optional<SpooledFile> file;  // the content of the part that was asked for
};

// Takes a multipart/form-data body apart. The part named `file_part` goes to a new file in `folder`, all
// others are fields. Fails with invalid_input where the body is not what its content type says, ends early,
// or has more or larger parts than an upload can have.
Result<Multipart> read_multipart(const std::filesystem::path& body, std::string_view content_type,
                                 std::string_view file_part, const std::filesystem::path& folder);

}  // namespace vernier::server
