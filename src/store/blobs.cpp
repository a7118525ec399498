// SPDX-License-Identifier: Apache-2.0
#include "store/blobs.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_set>

#include "base/file.h"
#include "base/hash.h"

namespace vernier::store {
namespace fs = std::filesystem;
namespace {

// A whole content that fills one disk block anyway saves nothing as a delta.
constexpr std::size_t delta_bytes_min = 4096;
// More than any blob file can have.
constexpr std::uint64_t file_bytes_max = blob_bytes_max + (blob_bytes_max >> 4);

Result<StoredBlob> read_blob_row(Row& row) {
  return StoredBlob{.id = row.text(),
                    .bytes = static_cast<std::uint64_t>(row.integer()),
                    .bytes_stored = static_cast<std::uint64_t>(row.integer())};
}

Result<std::string> read_text(Row& row) {
  return row.text();
}

std::optional<StoredBlob> first(std::vector<StoredBlob> rows) {
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<std::optional<StoredBlob>> find_blob(const Session& session, std::string_view id) {
  return first(TRY(session.select<StoredBlob>("SELECT id, bytes, bytes_stored FROM blobs WHERE id = ?", {id},
                                              read_blob_row)));
}

Result<std::optional<StoredBlob>> newest_key_frame(const Session& session, std::string_view series) {
  return first(TRY(session.select<StoredBlob>(
      "SELECT id, bytes, bytes_stored FROM blobs WHERE series = ? AND dictionary IS NULL "
      "ORDER BY rowid DESC LIMIT 1",
      {series}, read_blob_row)));
}

}  // namespace

Status Blobs::open() {
  TRY(sweep_rows());
  std::error_code code;
  fs::create_directories(folder_, code);
  for (fs::directory_iterator entry(folder_, code); !code && entry != fs::directory_iterator();
       entry.increment(code))
    TRY(sweep_files(entry->path()));
  if (code) return unavailable(fmt::format("clear {}: {}", folder_.string(), code.message()));
  return sync_path(folder_);
}

Status Blobs::sweep_rows() {
  // Both the foreign keys of the uploads and those of the deltas would refuse a row too many.
  return database_.session().execute(
      "WITH named (id) AS (SELECT manifest_blob FROM uploads UNION SELECT run_results_blob FROM uploads"
      " UNION SELECT catalog_blob FROM uploads UNION SELECT fingerprint_blob FROM uploads),"
      " needed (id) AS (SELECT id FROM named WHERE id IS NOT NULL"
      " UNION SELECT dictionary FROM blobs JOIN named USING (id) WHERE dictionary IS NOT NULL)"
      " DELETE FROM blobs WHERE id NOT IN (SELECT id FROM needed)",
      {});
}

// Deletes what no row names: blobs that a crash left without one, temporary files, swept blobs.
Status Blobs::sweep_files(const fs::path& folder) {
  const std::string from = folder.filename().string();
  const std::string to = from + "g";
  const std::vector<std::string> listed = TRY(database_.session().select<std::string>(
      "SELECT id FROM blobs WHERE id >= ? AND id < ?", {from, to}, read_text));
  const std::unordered_set<std::string> known(listed.begin(), listed.end());
  std::error_code code;
  for (fs::directory_iterator entry(folder, code); !code && entry != fs::directory_iterator();
       entry.increment(code)) {
    std::error_code left;  // A file that cannot be deleted is in nobody's way.
    if (!known.contains(entry->path().filename().string())) fs::remove_all(entry->path(), left);
  }
  if (code) return unavailable(fmt::format("list {}: {}", folder.string(), code.message()));
  return {};
}

fs::path Blobs::file_of(std::string_view id) const {
  return folder_ / id.substr(0, 2) / id;
}

// Reads what is stored, not what it says: a small part of the content's size.
Status Blobs::check(const std::string& id) const {
  const std::string file = TRY(read_file(file_of(id), file_bytes_max));
  const BlobFile blob = TRY(parse_blob(file));
  if (blob.dictionary.empty()) return {};
  const std::string dictionary = TRY(read_file(file_of(blob.dictionary), file_bytes_max));
  TRY(parse_blob(dictionary));
  return {};
}

// The content, not yet held against the id.
Result<std::string> Blobs::read(const std::string& id) const {
  const std::string file = TRY(read_file(file_of(id), file_bytes_max));
  const BlobFile blob = TRY(parse_blob(file));
  if (blob.dictionary.empty()) return decode_blob(blob, {});
  const std::string dictionary_file =
      TRY_DURING("dictionary", read_file(file_of(blob.dictionary), file_bytes_max));
  const BlobFile dictionary = TRY_DURING("dictionary", parse_blob(dictionary_file));
  if (!dictionary.dictionary.empty()) return corrupt("dictionary is a delta itself");
  return decode_blob(blob, TRY_DURING("dictionary", decode_blob(dictionary, {})));
}

// Against the newest key frame, unless there is none that can be read or the delta saves too little. What a
// key frame would take is told from what the last one took, which spares compressing everything twice.
Result<Blobs::Encoded> Blobs::encode(std::string_view content, std::string_view series) {
  if (content.size() >= delta_bytes_min) {
    const std::optional<StoredBlob> key = TRY(newest_key_frame(database_.session(), series));
    Result<std::string> dictionary = key ? read(key->id) : not_found("no key frame");
    if (dictionary.ok() && !dictionary->empty()) {
      std::string delta = TRY(encode_blob(content, {key->id, std::move(*dictionary)}));
      const double whole = static_cast<double>(content.size()) * static_cast<double>(key->bytes_stored) /
                           static_cast<double>(key->bytes);
      if (static_cast<double>(delta.size()) <= whole / 2) return Encoded{std::move(delta), key->id};
    }
  }
  std::string whole = TRY(encode_blob(content, {}));
  return Encoded{std::move(whole), {}};
}

Status Blobs::write(const fs::path& file, std::string_view content) const {
  std::error_code code;
  if (fs::create_directory(file.parent_path(), code)) TRY(sync_path(folder_));
  if (code) return unavailable(fmt::format("create {}: {}", file.parent_path().string(), code.message()));
  return write_file_whole(file, content);
}

Result<StoredBlob> Blobs::put(std::string_view content, std::string_view series) {
  if (content.size() > blob_bytes_max)
    return too_large(fmt::format("a file of {} bytes, more than the {} that the store takes", content.size(),
                                 blob_bytes_max));
  const std::string id = sha256_hex(content);
  const std::lock_guard lock(put_mutex_);
  const std::optional<StoredBlob> there = TRY(find_blob(database_.session(), id));
  if (there && check(id).ok()) return *there;
  // A damaged file is mended as a key frame: it may be the dictionary of others.
  const Encoded encoded = TRY(encode(content, there ? std::string_view() : series));
  TRY_DURING("store blob", write(file_of(id), encoded.file));
  const StoredBlob blob{id, content.size(), encoded.file.size()};
  TRY(database_.session().execute(
      "INSERT INTO blobs (id, series, dictionary, bytes, bytes_stored) VALUES (?, ?, ?, ?, ?)"
      " ON CONFLICT (id) DO UPDATE SET dictionary = excluded.dictionary, bytes_stored = "
      "excluded.bytes_stored",
      {id, series, or_null(encoded.dictionary), static_cast<std::int64_t>(blob.bytes),
       static_cast<std::int64_t>(blob.bytes_stored)}));
  return blob;
}

Result<std::string> Blobs::get(std::string_view id) {
  const std::optional<StoredBlob> blob = TRY(find_blob(database_.session(), id));
  if (!blob) return not_found(fmt::format("blob {} does not exist", id.substr(0, 64)));
  Result<std::string> content = read(blob->id);
  if (content.ok() && sha256_hex(*content) == blob->id) return content;
  const std::string why = content.ok() ? "its content has another hash" : content.error().message;
  return corrupt(fmt::format("blob {} is damaged ({}): upload the artifacts again", id, why));
}

}  // namespace vernier::store
