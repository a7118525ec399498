// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "model/settings.h"

namespace vernier::forge {

// Where a repository's API is.
struct Address {
  std::string api_root;  // "https://api.github.com", without a slash at its end
  std::string path;      // of the repository in the API's paths: "acme/shop", GitLab's "acme%2Fshop"
  bool is_github_dot_com = false;
};

// Reads provider, url and name. The url is the forge's root or the repository's own, with or without ".git";
// empty it means github.com or gitlab.com. A GitHub url that is an API already (http, "api." or "/api/" in
// it) is taken as it is. Fails with invalid_input, never quoting a password in the url.
Result<Address> read_address(const model::Repository& repository);

}  // namespace vernier::forge
