// SPDX-License-Identifier: Apache-2.0
//
// dbt_bench MANIFEST: how long reading a manifest takes in CPU time beside merely walking it with
// simdjson, how large its fingerprint is and how long that takes to decode, and the peak of memory.
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <limits>

#include "dbt/dbt.h"

namespace {

namespace od = simdjson::ondemand;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// The best of a few runs.
double measure(const std::function<void()>& work) {
  double best = std::numeric_limits<double>::max();
  for (int run = 0; run < 5; ++run) {
    const double start = cpu_seconds();
    work();
    best = std::min(best, cpu_seconds() - start);
  }
  return best;
}

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

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace vernier;
  if (argc != 2) {
    fmt::print(stderr, "usage: dbt_bench MANIFEST\n");
    return 2;
  }
  const std::filesystem::path path = argv[1];
  const auto size = static_cast<double>(std::filesystem::file_size(path));
  const long before = peak_kib();
  auto manifest = dbt::read_manifest(path);
  if (!manifest.ok()) {
    fmt::print(stderr, "{}\n", manifest.error().message);
    return 1;
  }
  fmt::print("{:.1f} MB, {} nodes; reading takes {:.2f} times the file's size in memory\n", size / 1e6,
             manifest->nodes.size(), static_cast<double>(peak_kib() - before) * 1024 / size);
  const double reading = measure([&] { (void)dbt::read_manifest(path).ok(); });
  const double walking = measure([&] {
    const simdjson::padded_string json = simdjson::padded_string::load(path.string());
    od::parser parser;
    od::document document = parser.iterate(json);
    (void)walk(document.get_value());
  });
  fmt::print("read {:.1f} ms, walk {:.1f} ms\n", reading * 1e3, walking * 1e3);
  std::string bytes;
  const double encoding = measure([&] { bytes = dbt::encode(*manifest); });
  const double decoding = measure([&] { (void)dbt::decode(bytes).ok(); });
  fmt::print("encode {:.1f} ms, {:.1f} MB; decode {:.1f} ms\n", encoding * 1e3,
             static_cast<double>(bytes.size()) / 1e6, decoding * 1e3);
}
