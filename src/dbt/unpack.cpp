// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include "dbt/dbt.h"

namespace vernier::dbt {
namespace {

namespace fs = std::filesystem;

struct ReadFree {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, ReadFree>;

constexpr std::array<std::string_view, 4> wanted_names = {"manifest.json", "run_results.json", "catalog.json",
                                                          "sources.json"};
constexpr std::size_t piece_size = std::size_t{1} << 16;
constexpr std::size_t shown_name_max = 200;

// A file of the archive, by its number and its path below the archive's root.
struct Member {
  std::uint64_t number = 0;
  fs::path path;
};

std::string shown(std::string_view name) {
  std::string text(name.substr(0, shown_name_max));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return text;
}

// The path that a name means, with either slash; nullopt where it leads out of the archive's root.
std::optional<fs::path> inside_root(std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');
  const bool has_drive = name.size() > 1 && name[1] == ':';
  const fs::path path = fs::path(name).lexically_normal();
  if (has_drive || path.is_absolute() || (!path.empty() && *path.begin() == "..")) return std::nullopt;
  return path;
}

Result<Reader> open_zip(const fs::path& zip) {
  std::error_code code;
  if (!fs::exists(zip, code)) return not_found(fmt::format("{} does not exist", zip.string()));
  Reader reader(archive_read_new());
  CHECK(reader);
  // The reader that begins with the directory at the end of the file: without it the archive is cut short.
  if (archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
      archive_read_open_filename(reader.get(), zip.c_str(), piece_size) != ARCHIVE_OK)
    return invalid_input("not a zip archive, or cut short; send it again");
  return reader;
}

// The next entry, or nullptr at the end of the archive.
Result<archive_entry*> next_entry(archive* reader) {
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(reader, &entry);
  if (code == ARCHIVE_EOF) return static_cast<archive_entry*>(nullptr);
  if (code < ARCHIVE_WARN) return invalid_input("not a zip archive, or cut short; send it again");
  return entry;
}

Result<fs::path> checked_path(archive_entry* entry) {
  const char* const name = archive_entry_pathname(entry);
  if (!name) return invalid_input("the archive has an entry without a readable name");
  const auto path = inside_root(name);
  if (!path) return invalid_input(fmt::format("the archive's entry {} leads out of its folder", shown(name)));
  if (archive_entry_filetype(entry) != AE_IFLNK) return *path;
  const char* const target = archive_entry_symlink(entry);
  const bool absolute = target && *target == '/';
  if (!target || absolute || !inside_root((path->parent_path() / target).string()))
    return invalid_input(fmt::format("the archive's link {} leads out of its folder", shown(name)));
  return *path;
}

// Every file by one of the wanted names.
Result<std::vector<Member>> list_members(const fs::path& zip, const Limits& limits) {
  const Reader reader = TRY(open_zip(zip));
  std::vector<Member> members;
  std::uint64_t bytes = 0;
  for (std::uint64_t number = 0;; ++number) {
    archive_entry* const entry = TRY(next_entry(reader.get()));
    if (!entry) return members;
    if (number >= limits.archive_entries_max)
      return too_large(fmt::format("the archive has more than {} entries", limits.archive_entries_max));
    const std::int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
    bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
    if (bytes > limits.archive_bytes_max)
      return too_large(fmt::format("the archive unpacks to more than {} bytes", limits.archive_bytes_max));
    fs::path path = TRY(checked_path(entry));
    const bool wanted =
        std::find(wanted_names.begin(), wanted_names.end(), path.filename().string()) != wanted_names.end();
    if (wanted && archive_entry_filetype(entry) == AE_IFREG) members.push_back({number, std::move(path)});
  }
}

// The shallowest manifest and what lies beside it, in the archive's order.
Result<std::vector<Member>> choose_members(std::vector<Member> members) {
  const auto depth = [](const fs::path& path) { return std::distance(path.begin(), path.end()); };
  const Member* manifest = nullptr;
  for (const Member& member : members)
    if (member.path.filename() == wanted_names[0] &&
        (!manifest || depth(member.path) < depth(manifest->path)))
      manifest = &member;
  if (!manifest)
    return invalid_input("the archive holds no manifest.json; pack the target folder of a dbt command");
  const fs::path folder = manifest->path.parent_path();
  std::vector<Member> chosen;
  for (Member& member : members) {
    const bool known = std::any_of(chosen.begin(), chosen.end(),
                                   [&](const Member& other) { return other.path == member.path; });
    if (!known && member.path.parent_path() == folder) chosen.push_back(member);
  }
  return chosen;
}

// Inflates the current entry into `file`, counting what really comes out of it.
Status write_entry(archive* reader, const fs::path& file, const std::string& name, std::uint64_t bytes_max) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  std::vector<char> piece(piece_size);
  std::uint64_t written = 0;
  while (out) {
    const la_ssize_t got = archive_read_data(reader, piece.data(), piece.size());
    if (got < 0) return invalid_input(fmt::format("the archive's entry {} is damaged", shown(name)));
    if (got == 0) break;
    written += static_cast<std::uint64_t>(got);
    if (written > bytes_max)
      return too_large(
          fmt::format("the archive's entry {} unpacks to more than {} bytes", shown(name), bytes_max));
    out.write(piece.data(), got);
  }
  out.close();
  if (!out) return unavailable(fmt::format("write {}", file.string()));
  return {};
}

}  // namespace

Result<ExtractedArtifacts> extract_artifacts(const fs::path& zip, const fs::path& folder,
                                             const Limits& limits) {
  std::vector<Member> members = TRY(list_members(zip, limits));
  const std::vector<Member> chosen = TRY(choose_members(std::move(members)));
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return unavailable(fmt::format("create {}: {}", folder.string(), code.message()));
  const Reader reader = TRY(open_zip(zip));
  ExtractedArtifacts found;
  std::uint64_t number = 0;
  for (const Member& member : chosen) {
    for (; number <= member.number; ++number)
      if (TRY(next_entry(reader.get())) == nullptr)
        return invalid_input("the archive changed while it was read");
    const std::string name = member.path.filename().string();
    const fs::path file = folder / name;
    const std::uint64_t bytes_max = std::min(limits.manifest_bytes_max, limits.archive_bytes_max);
    TRY(write_entry(reader.get(), file, member.path.string(), bytes_max));
    if (name == wanted_names[0]) found.manifest = file;
    if (name == wanted_names[1]) found.run_results = file;
    if (name == wanted_names[2]) found.catalog = file;
    if (name == wanted_names[3]) found.sources = file;
  }
  return found;
}

}  // namespace vernier::dbt
