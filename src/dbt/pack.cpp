// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "dbt/dbt.h"

namespace vernier::dbt {
namespace {

namespace fs = std::filesystem;

struct WriteFree {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
using Writer = std::unique_ptr<archive, WriteFree>;

struct EntryFree {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

Error archive_failure(archive* writer, const fs::path& file) {
  const char* text = archive_error_string(writer);
  return unavailable(fmt::format("pack {}: {}", file.string(), text ? text : "unknown error"));
}

Status add_file(archive* writer, const fs::path& file, const std::string& name) {
  std::ifstream in(file, std::ios::binary);
  std::error_code code;
  const auto size = fs::file_size(file, code);
  if (!in || code) return unavailable(fmt::format("open {} for reading", file.string()));
  const std::unique_ptr<archive_entry, EntryFree> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) return archive_failure(writer, file);
  std::vector<char> piece(1 << 16);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    if (archive_write_data(writer, piece.data(), static_cast<std::size_t>(in.gcount())) < 0)
      return archive_failure(writer, file);
  return {};
}

// The regular files below a folder, sorted, so that equal folders give equal archives.
Result<std::vector<fs::path>> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
    if (it->is_regular_file(code) && !code) files.push_back(it->path());
  if (code) return unavailable(fmt::format("read folder {}: {}", folder.string(), code.message()));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Status pack_artifacts(const fs::path& folder, const fs::path& zip) {
  const auto files = TRY(files_below(folder));
  const bool has_manifest = std::any_of(
      files.begin(), files.end(), [](const fs::path& file) { return file.filename() == "manifest.json"; });
  if (!has_manifest)
    return not_found(
        fmt::format("no manifest.json in {}; run `dbt build` or `dbt compile` first", folder.string()));
  const Writer writer(archive_write_new());
  CHECK(writer);
  if (archive_write_set_format_zip(writer.get()) != ARCHIVE_OK ||
      archive_write_open_filename(writer.get(), zip.c_str()) != ARCHIVE_OK)
    return archive_failure(writer.get(), zip);
  for (const fs::path& file : files)
    TRY(add_file(writer.get(), file, file.lexically_relative(folder).generic_string()));
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return archive_failure(writer.get(), zip);
  return {};
}

}  // namespace vernier::dbt
