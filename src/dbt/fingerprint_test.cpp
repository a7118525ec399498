// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>

#include "base/hash.h"
#include "dbt/dbt.h"

namespace vernier::dbt {
namespace {

constexpr std::string_view project = R"({
  "metadata": {"dbt_schema_version": "x/manifest/v12.json", "dbt_version": "1.11.0", "adapter_type": "duckdb"},
  "nodes": {"model.p.a": {"resource_type": "model", "name": "a", "fqn": ["p", "a"], "raw_code": "select 1",
      "columns": {"x": {"tags": ["t", "u"], "constraints": [{"type": "unique"}]}, "y": {"meta": {"k": 1}}},
      "unrendered_config": {"materialized": "table"}, "depends_on": {"nodes": ["source.p.s.t"], "macros": ["m"]}},
    "test.p.u": {"resource_type": "test", "test_metadata": {"name": "unique", "kwargs": {"column_name": "x"}}}},
  "sources": {"source.p.s.t": {"schema": "s", "identifier": "t"}},
  "macros": {"m": {"macro_sql": " x ", "depends_on": {"macros": ["n"]}}},
  "disabled": {"d": [{"resource_type": "model", "contract": {"enforced": true}}]}})";

model::Manifest read() {
  auto manifest = read_manifest(project);
  EXPECT_TRUE(manifest.ok());
  return std::move(manifest).value();
}

TEST(Fingerprint, SurvivesStorage) {
  const model::Manifest manifest = read();
  const std::string bytes = encode(manifest);
  const auto again = decode(bytes);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(encode(*again), bytes);  // nothing that is stored got lost
  const model::Node* node = again->find("model.p.a");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->aspect("body")->hash, manifest.find("model.p.a")->aspect("body")->hash);
  ASSERT_EQ(node->columns.size(), 2U);
  EXPECT_EQ(node->columns[0].tags[1], "u");
  EXPECT_EQ(node->columns[1].meta, R"({"k": 1})");
  EXPECT_EQ(node->parents[0], "source.p.s.t");
  EXPECT_EQ(again->find_macro("m")->sql_trimmed, hash128("x"));
  EXPECT_EQ(again->find_macro("m")->macros[0], "n");
  EXPECT_TRUE(again->find_disabled("d")->contract_enforced);
  EXPECT_TRUE(again->find("test.p.u")->generic_test);
  EXPECT_EQ(again->adapter_type, "duckdb");
}

TEST(Fingerprint, RefusesCutsAndDamage) {
  const std::string bytes = encode(read());
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    const auto cut = decode(bytes.substr(0, size));
    ASSERT_FALSE(cut.ok());
    EXPECT_EQ(cut.error().kind, ErrorKind::corrupt);
  }
  for (std::size_t at = 0; at < bytes.size(); at += 5) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(decode(damaged).ok()) << at;
  }
}

TEST(Fingerprint, StandsHostileBytesWithAValidChecksum) {
  const std::string bytes = encode(read());
  for (std::size_t at = 24; at < bytes.size(); ++at)
    for (const int value : {0, 1, 0x7F, 0xFF}) {
      std::string hostile = bytes;
      hostile[at] = static_cast<char>(value);
      const Hash128 checksum = hash128(std::string_view(hostile).substr(24));
      std::memcpy(hostile.data() + 8, &checksum, sizeof checksum);
      if (const auto manifest = decode(hostile); manifest.ok()) (void)primary_keys(*manifest, "primary-key");
    }
}

}  // namespace
}  // namespace vernier::dbt
