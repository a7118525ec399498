// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace vernier {

// Runs a program found on PATH in folder `directory`, without a shell, and gives its standard output. Fails
// with not_found where there is no such program, and with invalid_input, quoting the first line it wrote to
// standard error, where it ends with another status than 0.
Result<std::string> run_program(const std::vector<std::string>& arguments,
                                const std::filesystem::path& directory);

}  // namespace vernier
