// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::store {

// No content is larger; what says so on disk is damaged.
constexpr std::uint64_t blob_bytes_max = std::uint64_t{1} << 30;

// The content that a delta is compressed against; an empty id is none.
struct Dictionary {
  std::string id;
  std::string content;
};

// What the first line of a blob file says, and the zstd frame behind it. `frame` points into the file.
struct BlobFile {
  std::uint64_t bytes = 0;  // of the content
  std::string dictionary;   // its id; empty for a key frame
  std::string_view frame;
};

// The bytes of a blob file (docs/formats/store.md).
Result<std::string> encode_blob(std::string_view content, const Dictionary& dictionary);

// Takes a blob file apart after it has held the whole of it against its checksum. Fails with corrupt.
Result<BlobFile> parse_blob(std::string_view file);

// The content. `dictionary` is what the file names, empty where it names none. Fails with corrupt.
Result<std::string> decode_blob(const BlobFile& file, std::string_view dictionary);

}  // namespace vernier::store
