// SPDX-License-Identifier: Apache-2.0
#include "store/blob_file.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "base/text.h"

namespace vernier::store {
namespace {

constexpr std::string_view magic = "vernier-blob 1 ";
constexpr std::size_t checksum_size = 32;
// "SIZE DICTIONARY\n" is at most 20 + 1 + 64 + 1 bytes.
constexpr std::size_t line_rest_max = 86;

// Level 3 makes files a tenth smaller at best and takes up to two thirds more time. The window over the whole
// content, which finds a manifest's repetitions wherever they are, is worth far more than the level.
constexpr int compression_level = 2;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, Free>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, Free>;

std::string checksum(std::string_view bytes) {
  const Hash128 hash = hash128(bytes);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

// A window that spans dictionary and content, so that the end of the content still reaches the place
// that it resembles.
int window_log(std::size_t bytes) {
  const ZSTD_bounds bounds = ZSTD_cParam_getBounds(ZSTD_c_windowLog);
  return std::clamp(static_cast<int>(std::bit_width(bytes)), 17, bounds.upperBound);
}

}  // namespace

Result<std::string> encode_blob(std::string_view content, const Dictionary& dictionary) {
  const Compressor context(ZSTD_createCCtx());
  CHECK(context);
  const int window = window_log(content.size() + dictionary.content.size());
  std::size_t outcome = 0;
  for (const auto& [parameter, value] :
       {std::pair{ZSTD_c_compressionLevel, compression_level}, std::pair{ZSTD_c_checksumFlag, 1},
        std::pair{ZSTD_c_windowLog, window}, std::pair{ZSTD_c_enableLongDistanceMatching, 1}}) {
    outcome = ZSTD_CCtx_setParameter(context.get(), parameter, value);
    CHECK(!ZSTD_isError(outcome));
  }
  if (!dictionary.id.empty()) {
    outcome = ZSTD_CCtx_refPrefix(context.get(), dictionary.content.data(), dictionary.content.size());
    CHECK(!ZSTD_isError(outcome));
  }
  // Room for the worst case, of which only the pages that are written ever become memory.
  const std::size_t room = ZSTD_compressBound(content.size());
  const auto frame = std::make_unique_for_overwrite<char[]>(room);
  const std::size_t size = ZSTD_compress2(context.get(), frame.get(), room, content.data(), content.size());
  if (ZSTD_isError(size)) return unavailable(fmt::format("compress: {}", ZSTD_getErrorName(size)));

  std::string rest =
      fmt::format("{} {}\n", content.size(), dictionary.id.empty() ? "-" : std::string_view(dictionary.id));
  rest.append(frame.get(), size);
  return fmt::format("{}{} ", magic, checksum(rest)) + rest;
}

Result<BlobFile> parse_blob(std::string_view file) {
  if (!file.starts_with(magic)) return corrupt("blob file has no valid first line");
  file.remove_prefix(magic.size());
  if (file.size() <= checksum_size) return corrupt("blob file is cut off");
  const std::string_view rest = file.substr(checksum_size + 1);
  if (checksum(rest) != file.substr(0, checksum_size))
    return corrupt("blob file does not match its checksum");

  const std::size_t line = rest.substr(0, line_rest_max).find('\n');
  if (line == std::string_view::npos) return corrupt("blob file has no valid first line");
  const std::vector<std::string> fields = split(rest.substr(0, line), ' ');
  if (fields.size() != 2) return corrupt("blob file has no valid first line");
  BlobFile blob;
  blob.frame = rest.substr(line + 1);
  const char* end = fields[0].data() + fields[0].size();
  const auto number = std::from_chars(fields[0].data(), end, blob.bytes);
  if (number.ec != std::errc() || number.ptr != end || blob.bytes > blob_bytes_max)
    return corrupt("blob file names no valid size");
  if (fields[1] != "-") blob.dictionary = fields[1];
  return blob;
}

Result<std::string> decode_blob(const BlobFile& file, std::string_view dictionary) {
  if (ZSTD_getFrameContentSize(file.frame.data(), file.frame.size()) != file.bytes)
    return corrupt("blob file's frame is of another size than its first line says");
  const Decompressor context(ZSTD_createDCtx());
  CHECK(context);
  if (!dictionary.empty()) {
    const std::size_t outcome = ZSTD_DCtx_refPrefix(context.get(), dictionary.data(), dictionary.size());
    CHECK(!ZSTD_isError(outcome));
  }
  // Decompressing in one go has the content itself as window, of whatever size it is.
  std::string content(file.bytes, '\0');
  const std::size_t size = ZSTD_decompressDCtx(context.get(), content.data(), content.size(),
                                               file.frame.data(), file.frame.size());
  if (ZSTD_isError(size)) return corrupt(fmt::format("decompress: {}", ZSTD_getErrorName(size)));
  if (size != file.bytes) return corrupt("blob file's frame is cut off");
  return content;
}

}  // namespace vernier::store
