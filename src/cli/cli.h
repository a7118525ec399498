// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace vernier::cli {

struct ServeOptions {
  std::filesystem::path data_dir;
  std::string listen = "127.0.0.1:8080";
  std::filesystem::path config;  // empty where none was given
  std::string public_url;
};

// What `main` hands in, because the command line does not know the server.
struct Wiring {
  std::function<int(const ServeOptions&)> serve;
};

// Runs one command and returns its exit code.
int run(int argc, char** argv, const Wiring& wiring);

}  // namespace vernier::cli
