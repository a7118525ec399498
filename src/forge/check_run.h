// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "forge/api.h"
#include "forge/forge.h"

namespace vernier::forge {

// Makes or updates the check run of a commit by that name, and gives its id. `repository` is the path
// "/repos/acme/shop"; `login` the App's account, whose check runs alone are ours.
Result<std::string> put_check_run(Api& api, const std::string& repository, const std::string& login,
                                  const CheckOrder& order);

}  // namespace vernier::forge
