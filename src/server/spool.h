// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace vernier::server {

// A new file for something on its way in, deleted when the object goes away. Readable by its owner alone.
class SpooledFile {
 public:
  static Result<SpooledFile> create(const std::filesystem::path& folder);
  SpooledFile(SpooledFile&& other) noexcept;
  SpooledFile& operator=(SpooledFile&& other) noexcept;
  SpooledFile(const SpooledFile&) = delete;
  SpooledFile& operator=(const SpooledFile&) = delete;
  ~SpooledFile();

  // Fails with unavailable, as on a full disk.
  Status append(std::string_view bytes);

  const std::filesystem::path& path() const { return path_; }

 private:
  SpooledFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::filesystem::path path_;
  int fd_;
};

}  // namespace vernier::server
