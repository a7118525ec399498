// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "model/artifacts.h"
#include "model/manifest.h"

namespace vernier::dbt {

// What a reader accepts; beyond it, too_large or invalid_input.
struct Limits {
  std::uint64_t manifest_bytes_max = 2'000'000'000;
  std::uint64_t archive_entries_max = 200'000;
  std::uint64_t archive_bytes_max = 8'000'000'000;  // all entries, uncompressed
  int depth_max = 200;
};

// Reads manifest.json (schema v4 to v12, and v20 as v12 with fields missing) into its fingerprint,
// upgraded as dbt does (state-semantics section 2). Fails with invalid_input on malformed JSON, a shape that
// no manifest has, or a version that dbt refuses; the message names the place.
Result<model::Manifest> read_manifest(const std::filesystem::path& path, const Limits& limits = {});
Result<model::Manifest> read_manifest(std::string_view json, const Limits& limits = {});

// The stored form of a fingerprint; decode() of the same program version's encode() gives it back, and
// fails with corrupt on anything else. docs/formats/fingerprint.md describes it.
std::string encode(const model::Manifest& manifest);
Result<model::Manifest> decode(std::string_view bytes);
// Of the bytes that encode() writes: a stored fingerprint of another version is made anew.
extern const std::uint32_t fingerprint_version;

// What run_results.json tells of one dbt invocation.
struct RunResults {
  std::string invocation_id;
  std::string which;  // args.which: "build", "run", "compile", ...
  model::ArtifactKind kind = model::ArtifactKind::declared;
  std::string generated_at;        // UTC, as dbt writes it: "2026-11-24T05:36:27.123456Z"
  std::vector<std::string> built;  // unique_ids of the relations that it built
};
Result<RunResults> read_run_results(const std::filesystem::path& path, const Limits& limits = {});

// The files of a target folder that Vernier keeps, taken out of an archive into `folder`.
struct ExtractedArtifacts {
  std::filesystem::path manifest;
  std::optional<std::filesystem::path> run_results;
  std::optional<std::filesystem::path> catalog;
  std::optional<std::filesystem::path> sources;
};
// Streams a zip archive; the manifest may lie at any depth, the shallowest one wins and the other files are
// taken from beside it. Fails with invalid_input on what is no zip, is cut short, climbs out of its folder
// or holds no manifest.json, and with too_large beyond the limits; nothing is written outside `folder`.
Result<ExtractedArtifacts> extract_artifacts(const std::filesystem::path& zip,
                                             const std::filesystem::path& folder, const Limits& limits = {});

// Packs a target folder into a zip archive that extract_artifacts() reads, every file by its path below the
// folder. Fails with not_found where no manifest.json lies in it.
Status pack_artifacts(const std::filesystem::path& folder, const std::filesystem::path& zip);

// How the key of a model was found.
struct PrimaryKey {
  std::vector<std::string> columns;  // empty where the project names none
  std::string origin;                // "model meta", "column meta", "column tag", "unique test",
                                     // "unique_combination_of_columns", ""
  std::vector<std::string> warnings;
};
// The rules of client-api.md ("Primary key, first that applies"); `tag` is the CI config's primary_key_tag.
PrimaryKey primary_key(const model::Manifest& manifest, const model::Node& node, std::string_view tag);
// The same for every node of the manifest, one pass over the tests.
std::vector<PrimaryKey> primary_keys(const model::Manifest& manifest, std::string_view tag);

// `meta.datafold.datadiff` of a model (folders have passed theirs down through dbt's own config merging).
struct DatadiffSettings {
  bool never_diff = false;
  std::string slim_diff;  // "diff_when_downstream" or empty
  std::string filter;
  std::vector<std::string> include_columns;
  std::vector<std::string> exclude_columns;
  std::string time_column;
  std::string prod_time_travel;
  std::string pr_time_travel;
  Findings findings;  // settings of the wrong type, by name
};
DatadiffSettings datadiff_settings(const model::Node& node);

}  // namespace vernier::dbt
