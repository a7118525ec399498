// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/blob_file.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace vernier::store {

// The files below blobs/ and their rows. Within a series the newest key frame is the dictionary of the
// deltas after it, so that reading a blob takes two files at most.
class Blobs {
 public:
  Blobs(std::filesystem::path folder, Database& database) : folder_(std::move(folder)), database_(database) {}

  // Creates the folder, and drops what no upload needs. Call it once, before anything else.
  Status open();
  Result<StoredBlob> put(std::string_view content, std::string_view series);
  Result<std::string> get(std::string_view id);

 private:
  struct Encoded {
    std::string file;
    std::string dictionary;
  };
  Status sweep_rows();
  Status sweep_files(const std::filesystem::path& folder);
  std::filesystem::path file_of(std::string_view id) const;
  Status check(const std::string& id) const;
  Result<std::string> read(const std::string& id) const;
  Status write(const std::filesystem::path& file, std::string_view content) const;
  Result<Encoded> encode(std::string_view content, std::string_view series);

  std::filesystem::path folder_;
  Database& database_;
  // One put at a time: it bounds memory, and a series gets its key frame before the next one looks for it.
  std::mutex put_mutex_;
};

}  // namespace vernier::store
