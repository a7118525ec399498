// SPDX-License-Identifier: Apache-2.0
//
// read_bench MANIFEST [RUNS]: how long reading a manifest takes beside merely walking it with simdjson's
// on-demand parser, both from the file. Prints one JSON object; times are medians in milliseconds.
#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstring>

#include "dbt/dbt.h"
#include "measure.h"

namespace {

namespace od = simdjson::ondemand;

std::size_t walk(od::value value) {
  std::size_t bytes = 0;
  od::json_type type;
  if (value.type().get(type)) return 0;
  if (type == od::json_type::object) {
    for (auto field : value.get_object()) {
      bytes += std::string_view(field.unescaped_key()).size();
      bytes += walk(field.value());
    }
  } else if (type == od::json_type::array) {
    for (auto item : value.get_array())
      bytes += walk(item.value());
  } else if (type == od::json_type::string) {
    bytes += std::string_view(value.get_string()).size();
  } else {
    bytes += value.raw_json_token().size();
  }
  return bytes;
}

std::size_t walk_file(const std::string& path) {
  const simdjson::padded_string json = simdjson::padded_string::load(path);
  od::parser parser;
  od::document document = parser.iterate(json);
  return walk(document.get_value());
}

}  // namespace

int main(int argc, char** argv) {
  using namespace vernier;
  if (argc < 2) {
    fmt::print(stderr, "usage: read_bench MANIFEST [RUNS]\n");
    return 2;
  }
  int runs = 15;
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), runs);
  const std::filesystem::path path = argv[1];
  const auto manifest = dbt::read_manifest(path);
  if (!manifest.ok()) {
    fmt::print(stderr, "{}\n", manifest.error().message);
    return 1;
  }
  std::size_t bytes = 0;
  const auto [read_ms, walk_ms] = bench::median_ms_of_both(
      runs, [&] { bytes += dbt::read_manifest(path)->nodes.size(); },
      [&] { bytes += walk_file(path.string()); });
  if (bytes == 0) return 1;  // keeps the work from being left out
  fmt::print("{{\"file_bytes\": {}, \"nodes\": {}, \"read_ms\": {:.1f}, \"walk_ms\": {:.1f}}}\n",
             std::filesystem::file_size(path), manifest->nodes.size(), read_ms, walk_ms);
}
