// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vernier {

// Reads a whole file. Fails with not_found, too_large (more than `bytes_max`) or unavailable.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t bytes_max);

// Writes a file that appears whole or not at all, and stays after a crash: a temporary file beside it,
// fsync, rename, fsync of the folder. Mode is 0600 when `secret`.
Status write_file_whole(const std::filesystem::path& path, std::string_view content, bool secret = false);

// Flushes a file, or a folder's entries, to disk.
Status sync_path(const std::filesystem::path& path);

// A fresh folder that is deleted with everything in it when the object goes away.
class TempDir {
 public:
  // Creates `parent` as well if it is not there.
  static Result<TempDir> create(const std::filesystem::path& parent);
  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TempDir(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace vernier
