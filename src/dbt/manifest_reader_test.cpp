// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "base/json.h"
#include "dbt/dbt.h"
#include "source_dir.h"

namespace vernier::dbt {
namespace {

std::string with_metadata(const std::string& sections, const std::string& version = "v12") {
  return R"({"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/)" + version +
         R"(.json"}, )" + sections + "}";
}

// The manifest of one entry, or the test's failure.
model::Manifest read_entry(const std::string& section, const std::string& entry,
                           const std::string& version = "v12") {
  auto manifest =
      read_manifest(std::string_view(with_metadata("\"" + section + R"(": {"id": )" + entry + "}", version)));
  EXPECT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->nodes.size(), 1U);
  return std::move(manifest).value();
}

std::string error_of(const std::string& json) {
  const auto manifest = read_manifest(std::string_view(json));
  return manifest.ok() ? "" : manifest.error().message;
}

// The aspects in which two entries of a section differ.
std::set<std::string> differences(const std::string& section, const std::string& a, const std::string& b) {
  const model::Manifest left = read_entry(section, a);
  const model::Manifest right = read_entry(section, b);
  std::set<std::string> names;
  for (const auto& [one, other] : {std::pair(&left, &right), std::pair(&right, &left)})
    for (const model::Aspect& aspect : one->nodes[0].aspects) {
      const model::Aspect* same = other->nodes[0].aspect(aspect.name);
      if (!same || same->hash != aspect.hash) names.emplace(aspect.name);
    }
  return names;
}

using Names = std::set<std::string>;

TEST(ManifestReader, KeepsWhatReportsAndKeysNeed) {
  const auto manifest = read_entry("nodes", R"({
    "resource_type": "model", "name": "m", "package_name": "p", "database": "d", "schema": "s", "alias": "a",
    "unique_id": "ignored", "fqn": ["p", "m"], "tags": ["t"], "version": 2,
    "config": {"enabled": 1, "materialized": "table", "meta": {"k": [1]}, "persist_docs": {"relation": "false"}},
    "contract": {"enforced": true, "checksum": "c"},
    "columns": {"id": {"name": "id", "data_type": "int", "tags": ["x"], "config": {"tags": ["y"], "meta": {}},
                "meta": {"pk": true}, "constraints": [{"type": "not_null"}]}},
    "depends_on": {"nodes": ["n"], "macros": ["a", null]}})");
  const model::Node& node = manifest.nodes[0];
  EXPECT_EQ(node.unique_id, "id");
  EXPECT_EQ(node.relation(), (model::Relation{"d", "s", "a"}));
  EXPECT_EQ(node.version, "2");
  EXPECT_EQ(node.meta, R"({"k": [1]})");
  EXPECT_TRUE(node.enabled && node.contract_enforced && node.persist_relation && node.null_macro);
  EXPECT_FALSE(node.persist_columns);
  ASSERT_EQ(node.macros.size(), 2U);
  EXPECT_EQ(node.macros[1], "");
  ASSERT_EQ(node.columns.size(), 1U);
  EXPECT_EQ(node.columns[0].meta, R"({"pk": true})");
  EXPECT_EQ(node.columns[0].tags.size(), 2U);
  ASSERT_EQ(node.columns[0].constraints.size(), 1U);
  EXPECT_EQ(node.columns[0].constraints[0],
            R"({"expression":null,"name":null,"to":null,"to_columns":[],"type":"not_null",)"
            R"("warn_unenforced":true,"warn_unsupported":true})");
}

struct Equality {
  std::string a;
  std::string b;
  bool equal;
};

class PythonEquality : public testing::TestWithParam<Equality> {};

TEST_P(PythonEquality, DecidesTheHash) {
  const auto config = [](const std::string& value) {
    return R"({"resource_type": "model", "unrendered_config": {"k": )" + value + "}}";
  };
  const Names found = differences("nodes", config(GetParam().a), config(GetParam().b));
  EXPECT_EQ(found, GetParam().equal ? Names{} : Names{"config.k"}) << GetParam().a << " " << GetParam().b;
}

INSTANTIATE_TEST_SUITE_P(
    ManifestReader, PythonEquality,
    testing::Values(
        Equality{"true", "1", true}, Equality{"true", "1.0", true}, Equality{"false", "-0.0", true},
        Equality{"1", "\"1\"", false}, Equality{"1e2", "100", true}, Equality{"0.1", "1e-1", true},
        Equality{"9007199254740993", "9007199254740992.0", false},
        Equality{"9007199254740992", "9007199254740992.0", true},
        Equality{"1e22", "10000000000000000000000", true},
        Equality{"123456789012345678901234567890", "123456789012345678901234567891", false},
        Equality{"null", "0", false}, Equality{"null", "\"\"", false}, Equality{"[]", "{}", false},
        Equality{R"({"a": 1, "b": 2})", R"({ "b":2.0,"a":true })", true},
        Equality{R"({"a": 1, "a": 2})", R"({"a": 2})", true}, Equality{R"({"a": null})", "{}", false},
        Equality{"[1, 2]", "[2, 1]", false}, Equality{"[[1], 2]", "[1, [2]]", false},
        Equality{R"("\u00e9\/\n")", "\"\xc3\xa9/\\u000a\"", true},
        Equality{R"("\ud83d\ude00")", "\"\xf0\x9f\x98\x80\"", true},
        Equality{R"("\ud800")", R"("\ud800")", true}, Equality{R"("\ud800")", R"("\udc00")", false},
        Equality{R"("e\u0301")", R"("\u00e9")", false}, Equality{"NaN", "NaN", true},
        Equality{"Infinity", "1e999", true}, Equality{"-Infinity", "Infinity", false}));

TEST(ManifestReader, AbsentNullAndDefaultAreOne) {
  EXPECT_EQ(differences("nodes", R"({"resource_type": "model"})",
                        R"({"resource_type": "model", "raw_code": "", "description": null, "columns": {},
                            "access": "protected", "contract": {"enforced": false, "checksum": null},
                            "latest_version": null, "unrendered_config": {}, "config": {}, "fqn": []})"),
            Names{});
  EXPECT_EQ(
      differences("sources", "{}", R"({"quoting": {"schema": null}, "freshness": null, "external": null})"),
      Names{});
  EXPECT_EQ(differences("saved_queries", "{}", R"({"config": {"cache": {}, "enabled": true}, "tags": [],
                                                   "query_params": {"metrics": [], "where": null}})"),
            Names{});
  EXPECT_EQ(differences("semantic_models", R"({"entities": [{"name": "e", "config": {}}]})",
                        R"({"entities": [{"name": "e", "role": null, "config": {"meta": {}}}]})"),
            Names{});
  EXPECT_EQ(differences("functions", R"({"arguments": [{"name": "n"}]})",
                        R"({"arguments": [{"name": "n", "default_value": null}]})"),
            Names{});
}

struct OneChange {
  std::string section;
  std::string member;  // beside what every entry has
  Names aspects;
};

class ChangedMember : public testing::TestWithParam<OneChange> {};

TEST_P(ChangedMember, ChangesItsAspectAlone) {
  const OneChange& change = GetParam();
  const std::string type = change.section == "nodes" ? R"("resource_type": "model")" : R"("name": "n")";
  EXPECT_EQ(differences(change.section, "{" + type + "}", "{" + change.member + ", " + type + "}"),
            change.aspects)
      << change.member;
}

INSTANTIATE_TEST_SUITE_P(
    ManifestReader, ChangedMember,
    testing::Values(OneChange{"nodes", R"("raw_code": "x")", {"body"}},
                    OneChange{"nodes", R"("fqn": ["x"])", {"fqn"}},
                    OneChange{"nodes", R"("description": "x")", {"description"}},
                    OneChange{"nodes", R"("columns": {"a": {}})", {"columns.description"}},
                    OneChange{"nodes", R"("access": "public")", {"access"}},
                    OneChange{"nodes", R"("latest_version": 1)", {"latest_version"}},
                    OneChange{"nodes", R"("deprecation_date": "2026-01-01")", {"deprecation_date"}},
                    OneChange{"nodes", R"("contract": {"checksum": "x"})", {"contract.checksum"}},
                    OneChange{"nodes", R"("unrendered_config": {"a": null})", {"config.a"}},
                    OneChange{"nodes", R"("config": {"a": 1})", {"rendered_config"}},
                    OneChange{"nodes", R"("config": {"alias": "x", "tags": ["x"], "a": null})", {}},
                    OneChange{"nodes", R"("compiled_code": "select 1")", {"compiled"}},
                    OneChange{"nodes", R"("tags": ["x"], "meta": {"a": 1}, "schema": "x", "path": "x")", {}},
                    OneChange{"sources", R"("schema": "x")", {"schema"}},
                    OneChange{"sources", R"("identifier": "x")", {"identifier"}},
                    OneChange{"sources", R"("quoting": {"schema": true})", {"quoting"}},
                    OneChange{"exposures", R"("owner": {"x": 1})", {"owner"}},
                    OneChange{"exposures", R"("depends_on": {"nodes": ["x"]})", {"depends_on"}},
                    OneChange{"metrics", R"("label": "x", "type_params": {"a": 1})", {"label"}},
                    OneChange{
                        "semantic_models", R"("measures": [{"name": "x"}], "label": "x")", {"measures"}},
                    OneChange{"semantic_models", R"("config": {"group": "x"})", {"rendered_config"}},
                    OneChange{"saved_queries", R"("query_params": {"where": "x", "limit": 1})", {"where"}},
                    OneChange{"saved_queries", R"("exports": [{"name": "x"}])", {"exports"}},
                    OneChange{"unit_tests", R"("checksum": "x", "description": "x")", {"checksum"}},
                    OneChange{"functions", R"("returns": {"data_type": "x"})", {"returns"}}));

TEST(ManifestReader, ComparesAnExposuresParentsAsASet) {
  EXPECT_EQ(differences("exposures", R"({"depends_on": {"nodes": ["a", "b"]}})",
                        R"({"depends_on": {"nodes": ["b", "a", "b"]}})"),
            Names{});
}

TEST(ManifestReader, ComparesInstantsAcrossOffsets) {
  const auto dated = [](const std::string& date) {
    return R"({"resource_type": "model", "deprecation_date": ")" + date + "\"}";
  };
  EXPECT_EQ(differences("nodes", dated("2026-01-01T00:00:00+02:00"), dated("2025-12-31T22:00:00Z")), Names{});
  EXPECT_EQ(differences("nodes", dated("2026-01-01T00:00:00"), dated("2026-01-01T00:00:00Z")),
            Names{"deprecation_date"});
}

TEST(ManifestReader, HashesCompiledCodeWithoutItsTarget) {
  const auto project = [](const std::string& relation, const std::string& code) {
    auto manifest = read_manifest(
        std::string_view(with_metadata(R"("nodes": {"model.p.b": {"compiled_code": ")" + code +
                                       R"("}, "model.p.a": {"relation_name": ")" + relation + R"("}})")));
    EXPECT_TRUE(manifest.ok());
    return manifest->find("model.p.b")->aspect("compiled")->hash;
  };
  const std::string production = R"(\"d\".\"prod\".\"a\")";
  const std::string preview = R"(\"d\".\"pr_1\".\"a\")";
  const Hash128 hash = project(production, "select a.x from " + production + " a");
  EXPECT_EQ(hash, project(preview, "select a.x from " + preview + " a"));
  EXPECT_EQ(hash, project("prod.a", "select a.x from prod.a a"));
  EXPECT_NE(hash, project(production, "select a.y from " + production + " a"));
  EXPECT_NE(hash, project(production, "select a.x from " + preview + " a"));
  EXPECT_NE(project("prod.a", "from prod.ab"), project("dev.a", "from dev.ab"));
}

TEST(ManifestReader, UpgradesOldManifests) {
  const auto old = read_entry("nodes", R"({"resource_type": "model", "raw_sql": "x"})", "v4");
  const auto now = read_entry("nodes", R"({"resource_type": "model", "raw_code": "x"})");
  EXPECT_EQ(old.nodes[0].aspect("body")->hash, now.nodes[0].aspect("body")->hash);
  const auto metrics = read_manifest(std::string_view(with_metadata(
      R"("metrics": {"m": {}}, "disabled": {"m": [{"resource_type": "metric"}], "n": [{}, {}]})", "v9")));
  ASSERT_TRUE(metrics.ok());
  EXPECT_TRUE(metrics->nodes.empty());
  EXPECT_EQ(metrics->disabled.size(), 1U);
}

TEST(ManifestReader, ReadsSectionsInAnyOrderAndTheLastOfEqualIds) {
  const auto manifest = read_manifest(std::string_view(
      R"({"sources": {"b": {}}, "x": [1, {"nodes": 2}], "nodes": {"c": {"name": "1"}, "a": {}, "c": {"name": "2"}},
          "macros": null, "metadata": {"dbt_schema_version": "https://x/manifest/v20.json"}})"));
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->schema_version, 20);
  ASSERT_EQ(manifest->nodes.size(), 3U);
  EXPECT_EQ(manifest->find("c")->name, "2");
}

TEST(ManifestReader, NamesThePlaceOfWhatIsWrong) {
  const auto has = [](const std::string& json, const std::string& part) {
    EXPECT_NE(error_of(json).find(part), std::string::npos) << json << "\n" << error_of(json);
  };
  has("", "malformed JSON");
  has("[]", "not a JSON object");
  has("{}", "not a manifest");
  has(R"({"metadata": {}})", "dbt_schema_version");
  has(with_metadata(R"("nodes": {})", "v3"), "v3");
  has(with_metadata(R"("nodes": {})", "v13"), "v13");
  has(with_metadata(R"("nodes": [])"), "nodes: expected an object, found a list");
  has(with_metadata(R"("nodes": {"a": null})"), "nodes['a']");
  has(with_metadata(R"("nodes": {"a": {"fqn": 1}})"), "nodes['a'].fqn: expected a list, found 1");
  has(with_metadata(R"("nodes": {"a": {"name": {}}})"), "nodes['a'].name: expected text");
  has(with_metadata(R"("nodes": {"a": {"raw_code": "\x"}})"), "nodes['a'].raw_code");
  has(with_metadata(R"("nodes": {"model.a": {"relation_name": "\x", "compiled_code": "x"}})"),
      "nodes['model.a'].relation_name");
  has(with_metadata(R"("nodes": {"a": {"access": tru}})"), "malformed JSON");
  has(with_metadata(R"("a section with a rather long name": {}, "\x": {})"), "invalid escape");
  has(with_metadata(R"("nodes": {}, "nodes": {})"), "twice");
  has(with_metadata(R"("nodes": {})") + "{}", "after the end");
  has(with_metadata(R"("nodes": {"a": {"owner": )" + std::string(300, '[') + std::string(300, ']') + "}}"),
      "nested deeper");
}

TEST(ManifestReader, RefusesEveryCut) {
  const std::string whole = with_metadata(
      R"("nodes": {"a": {"fqn": ["x"], "config": {"meta": {"a": 1}}, "raw_code": "\"x\\"}}, "macros": {})");
  ASSERT_EQ(error_of(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(error_of(whole.substr(0, size)), "") << whole.substr(0, size);
}

// The same document with keys in reverse order and other white space.
Json reversed(const Json& value) {
  if (!value.is_object() && !value.is_array()) return value;
  Json copy = value.is_object() ? Json::object() : Json::array();
  if (value.is_array()) {
    for (const Json& item : value)
      copy.push_back(reversed(item));
    return copy;
  }
  std::vector<std::string> keys;
  for (const auto& [key, item] : value.items())
    keys.insert(keys.begin(), key);
  for (const std::string& key : keys)
    copy[key] = reversed(value[key]);
  return copy;
}

TEST(ManifestReader, IgnoresTheSpellingOfARealManifest) {
  const std::string path = std::string(source_dir) + "/../shared/conformance/open";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no shared folder";
  const auto folder = TempDir::create(std::filesystem::temp_directory_path());
  ASSERT_TRUE(folder.ok());
  const std::filesystem::path file = folder->path() / "manifest.json";
  const std::string unpack = "gzip -dc " + path + "/_bases/jaffle-shop.json.gz > " + file.string();
  ASSERT_EQ(std::system(unpack.c_str()), 0);
  const auto text = read_file(file, 100'000'000);
  ASSERT_TRUE(text.ok());
  const auto json = parse_json(*text);
  ASSERT_TRUE(json.ok());
  const auto as_is = read_manifest(file);
  const auto other = read_manifest(std::string_view(reversed(*json).dump(3, ' ', true)));
  ASSERT_TRUE(as_is.ok() && other.ok());
  ASSERT_GT(as_is->nodes.size(), 70U);
  ASSERT_EQ(as_is->nodes.size(), other->nodes.size());
  for (std::size_t i = 0; i < as_is->nodes.size(); ++i) {
    const auto& a = as_is->nodes[i].aspects;
    const auto& b = other->nodes[i].aspects;
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
      return x.name == y.name && x.hash == y.hash;
    })) << as_is->nodes[i].unique_id;
    EXPECT_TRUE(std::is_sorted(a.begin(), a.end(), [](auto& x, auto& y) { return x.name < y.name; }));
  }
}

}  // namespace
}  // namespace vernier::dbt
