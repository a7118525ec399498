// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "dbt/dbt.h"

namespace vernier::dbt {
namespace {

using Columns = std::vector<std::string>;

std::string test_of(const std::string& id, const std::string& name, const std::string& kwargs) {
  return R"(, "test.)" + id + R"(": {"resource_type": "test", "name": ")" + id +
         R"(", "attached_node": "model.m", "test_metadata": {"name": ")" + name + R"(", "kwargs": )" +
         kwargs + "}}";
}

std::string unique(const std::string& id, const std::string& column) {
  return test_of(id, "unique", R"({"column_name": ")" + column + "\"}");
}

PrimaryKey key_of(const std::string& model, const std::string& tests = "") {
  const std::string json =
      R"({"metadata": {"dbt_schema_version": "x/manifest/v12.json"}, "nodes": {"model.m": )" + model + tests +
      "}}";
  const auto manifest = read_manifest(std::string_view(json));
  EXPECT_TRUE(manifest.ok()) << manifest.error().message;
  const PrimaryKey key = primary_key(*manifest, *manifest->find("model.m"), "primary-key");
  EXPECT_EQ(primary_keys(*manifest, "primary-key")[0].columns, key.columns);
  return key;
}

TEST(PrimaryKey, PrefersMetaOverTagsOverTests) {
  const std::string columns =
      R"("columns": {"Id": {}, "b": {"meta": {"primary-key": true}}, "c": {"config": {"tags": ["primary-key"]}}})";
  const PrimaryKey meta =
      key_of(R"({"config": {"meta": {"primary-key": ["ID", "gone"]}}, )" + columns + "}", unique("u", "b"));
  EXPECT_EQ(meta.columns, Columns{"Id"});
  EXPECT_EQ(meta.origin, "model meta");
  EXPECT_EQ(meta.warnings.size(), 1U);
  EXPECT_EQ(key_of("{" + columns + "}").columns, Columns{"b"});
  EXPECT_EQ(key_of(R"({"columns": {"c": {"tags": ["primary-key"]}}})", unique("u", "b")).columns,
            Columns{"c"});
  const PrimaryKey undocumented = key_of(R"({"meta": {"primary-key": "x"}})");
  EXPECT_EQ(undocumented.columns, Columns{"x"});
  EXPECT_EQ(undocumented.warnings.size(), 1U);
}

TEST(PrimaryKey, ReadsUniquenessTests) {
  EXPECT_EQ(key_of("{}", unique("u", "a || '-' || b")).columns, (Columns{"a", "b"}));
  EXPECT_EQ(key_of("{}", unique("u", "CONCAT(a, '|,', b)")).columns, (Columns{"a", "b"}));
  EXPECT_EQ(key_of("{}", unique("u", "lower(a)")).columns, Columns{});
  const PrimaryKey combined = key_of(
      "{}", test_of("c", "unique_combination_of_columns", R"({"combination_of_columns": ["a", "b"]})"));
  EXPECT_EQ(combined.columns, (Columns{"a", "b"}));
  EXPECT_EQ(combined.origin, "unique_combination_of_columns");
}

TEST(PrimaryKey, TakesOneOfTwoTestedColumns) {
  const std::string tests = unique("1", "a") + unique("2", "b");
  EXPECT_EQ(key_of("{}", tests).columns, Columns{"a"});
  EXPECT_EQ(key_of("{}", tests + test_of("3", "not_null", R"({"column_name": "B"})")).columns, Columns{"b"});
}

TEST(DatadiffSettings, NamesWhatItIgnores) {
  const std::string json =
      R"({"metadata": {"dbt_schema_version": "x/manifest/v12.json"}, "nodes": {"model.m": {
    "meta": {"datafold": {"datadiff": {"never_diff": true, "filter": "x > 1", "include_columns": ["a"],
             "time_column": 5, "pr_time_travel": -60}}}}}})";
  const auto manifest = read_manifest(std::string_view(json));
  ASSERT_TRUE(manifest.ok());
  const DatadiffSettings settings = datadiff_settings(manifest->nodes[0]);
  EXPECT_TRUE(settings.never_diff);
  EXPECT_EQ(settings.filter, "x > 1");
  EXPECT_EQ(settings.include_columns, Columns{"a"});
  EXPECT_EQ(settings.pr_time_travel, "-60");
  ASSERT_EQ(settings.findings.size(), 1U);
  EXPECT_NE(settings.findings[0].message.find("time_column"), std::string::npos);
}

}  // namespace
}  // namespace vernier::dbt
