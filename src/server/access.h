// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vernier::server {

// How a path is guarded. It hangs on the path alone, so that no route can forget it.
enum class Access {
  open,
  key,   // everything under /api/: `Authorization: Key KEY`
  basic  // everything under /ci/, the pages: also HTTP Basic, where the password is an API key
};

Access access_of(std::string_view path);

// The API key that an `Authorization` header presents; empty where it presents none in the right way.
std::string presented_key(Access access, std::string_view authorization);

}  // namespace vernier::server
