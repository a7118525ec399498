// SPDX-License-Identifier: Apache-2.0
#include "compare/compare.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "base/text.h"
#include "compare/sample_manifest.h"

namespace vernier::compare {
namespace {

using Names = std::vector<std::string>;

const model::Change* find(const Comparison& comparison, std::string_view id) {
  for (const model::Change& change : comparison.changes)
    if (change.unique_id == id) return &change;
  return nullptr;
}

Names codes(const Comparison& comparison) {
  Names names;
  for (const Finding& finding : comparison.findings)
    names.push_back(finding.code);
  return names;
}

// "modified body, config.meta" and the like, "" where the node is unchanged.
std::string told(const SampleManifest& base, const SampleManifest& head,
                 std::string_view id = "model.shop.a") {
  const model::Manifest old = base.build();
  const model::Manifest now = head.build();
  const Comparison comparison = compare(old, now);
  const model::Change* change = find(comparison, id);
  if (!change) return "";
  std::string text(model::to_string(change->kind));
  if (change->distance > 0) text += " " + std::to_string(change->distance);
  return change->reasons.empty() ? text : text + " " + join(change->reasons, ", ");
}

SampleManifest one_model(const std::map<std::string, std::string>& aspects = {}) {
  SampleManifest sample;
  sample.add("model.shop.a").aspects = aspects;
  return sample;
}

TEST(Compare, NamesReasonsWorstFirst) {
  SampleManifest base = one_model({{"body", "1"},
                                   {"config.meta", "1"},
                                   {"config.materialized", "1"},
                                   {"config.schema", "1"},
                                   {"fqn", "1"},
                                   {"access", "1"}});
  SampleManifest head = one_model({{"body", "2"},
                                   {"config.meta", "2"},
                                   {"config.materialized", "2"},
                                   {"config.schema", "2"},
                                   {"fqn", "2"},
                                   {"access", "2"}});
  base.macros = {{"macro.shop.m", "1", {}}};
  head.macros = {{"macro.shop.m", "2", {}}};
  head.at("model.shop.a").macros = {"macro.shop.m"};
  EXPECT_EQ(told(base, head),
            "modified body, config.materialized, config.meta, relation, macro:macro.shop.m, fqn, access");
}

TEST(Compare, TellsWhatBreaksInAContractAndGoesOn) {
  SampleManifest base = one_model({{"contract.checksum", "1"}});
  base.at("model.shop.a").contract_enforced = true;
  base.at("model.shop.a").version = "1";
  base.at("model.shop.a").columns = {{"id", "int", {}}};
  SampleManifest head = base;
  head.at("model.shop.a").aspects["contract.checksum"] = "2";
  head.at("model.shop.a").columns.clear();
  EXPECT_EQ(told(base, head), "modified contract:column removed: id");
  EXPECT_EQ(codes(compare(base.build(), head.build())), Names{"contract_broken"});
  EXPECT_EQ(codes(compare(base.build(), SampleManifest().build())), Names{"contract_removed"});
}

TEST(Compare, CallsEveryNodeNewThatTheBaseLacks) {
  SampleManifest head;
  for (const std::string id : {"source.shop.s", "exposure.shop.e", "metric.shop.m", "model.shop.a"})
    head.add(id);
  for (const std::string id : {"source.shop.s", "exposure.shop.e", "metric.shop.m", "model.shop.a"})
    EXPECT_EQ(told({}, head, id), "new") << id;
}

TEST(Compare, CountsDisabledNodesAsRemoved) {
  const SampleManifest base = one_model();
  SampleManifest head;
  EXPECT_EQ(told(base, head), "removed");
  head.disabled = {{"model.shop.a", "model", "", "", false}};
  EXPECT_EQ(told(base, head), "removed disabled");
  head = one_model();
  head.at("model.shop.a").enabled = false;
  EXPECT_EQ(told(base, head), "removed disabled");
  EXPECT_EQ(told(head, base), "new");
}

TEST(Compare, FollowsChangesDownstream) {
  SampleManifest base = one_model({{"body", "1"}});
  base.add("model.shop.b", {"model.shop.a"});
  base.add("model.shop.c", {"model.shop.b", "model.shop.x"});
  base.add("model.shop.d", {"model.shop.c"});
  base.add("model.shop.x").aspects = {{"body", "1"}};
  base.add("model.shop.y");
  SampleManifest head = base;
  head.at("model.shop.a").aspects["body"] = "2";
  EXPECT_EQ(told(base, head, "model.shop.b"), "downstream 1 model.shop.a");
  EXPECT_EQ(told(base, head, "model.shop.d"), "downstream 3 model.shop.a");
  head.at("model.shop.x").aspects["body"] = "2";
  EXPECT_EQ(told(base, head, "model.shop.c"), "downstream 1 model.shop.x");
  EXPECT_EQ(told(base, head, "model.shop.d"), "downstream 2 model.shop.x");
  EXPECT_EQ(told(base, head, "model.shop.y"), "");
  EXPECT_EQ(compare(base.build(), head.build()).unchanged, 1);
}

TEST(Compare, FindsTheOrphansOfRemovedNodes) {
  SampleManifest base = one_model();
  base.add("model.shop.b", {"model.shop.a"});
  SampleManifest head;
  head.add("model.shop.b");
  EXPECT_EQ(told(base, head, "model.shop.b"), "downstream 1 model.shop.a");
}

TEST(Compare, NamesAFewOfManyCauses) {
  SampleManifest base;
  Names parents;
  for (int i = 10; i < 40; ++i)
    parents.push_back("model.shop.p" + std::to_string(i));
  for (const std::string& parent : parents)
    base.add(parent).aspects = {{"body", "1"}};
  base.add("model.shop.z", parents);
  SampleManifest head = base;
  for (const std::string& parent : parents)
    head.at(parent).aspects["body"] = "2";
  const Comparison comparison = compare(base.build(), head.build());
  EXPECT_EQ(find(comparison, "model.shop.z")->reasons, Names(parents.begin(), parents.begin() + 10));
}

TEST(Compare, MarksWhatCompilesTheSameAndWhatDoesNot) {
  const SampleManifest base = one_model({{"body", "1"}, {"compiled", "1"}});
  const Comparison same = compare(base.build(), one_model({{"body", "2"}, {"compiled", "1"}}).build());
  EXPECT_TRUE(same.changes.at(0).same_compiled);
  EXPECT_FALSE(compare(base.build(), one_model({{"body", "2"}}).build()).changes.at(0).same_compiled);

  const Comparison other = compare(base.build(), one_model({{"body", "1"}, {"compiled", "2"}}).build());
  EXPECT_TRUE(other.changes.empty());
  ASSERT_EQ(other.compiled_only.size(), 1u);
  EXPECT_EQ(other.compiled_only[0].reasons, Names{"compiled"});
}

TEST(Compare, ListsNoNodeTwiceForItsCompiledText) {
  SampleManifest base = one_model();
  base.add("model.shop.b", {"model.shop.a"}).aspects = {{"compiled", "1"}};
  SampleManifest head = base;
  head.at("model.shop.b").aspects["compiled"] = "2";
  EXPECT_EQ(compare(base.build(), head.build()).compiled_only.size(), 1u);
  head.at("model.shop.a").aspects["body"] = "2";
  const Comparison below = compare(base.build(), head.build());
  EXPECT_EQ(below.changes.size(), 2u);
  EXPECT_TRUE(below.compiled_only.empty());
}

TEST(Compare, EndsInCycles) {
  SampleManifest base;
  base.add("model.shop.a", {"model.shop.b"}).aspects = {{"body", "1"}};
  base.add("model.shop.b", {"model.shop.c"});
  base.add("model.shop.c", {"model.shop.a"});
  SampleManifest head = base;
  head.at("model.shop.a").aspects["body"] = "2";
  const model::Manifest one = base.build(), other = head.build();
  EXPECT_EQ(compare(one, other).changes.size(), 3u);
  for (const char* expression :
       {"+state:modified", "state:modified+", "@state:modified", "2+state:modified+2"})
    EXPECT_EQ(select(one, other, expression)->unique_ids.size(), 3u) << expression;
}

TEST(Compare, SaysWhatMakesItUnfair) {
  SampleManifest base = one_model();
  SampleManifest head = one_model();
  EXPECT_EQ(codes(compare(base.build(), head.build())), Names{});
  base.dbt_version = "1.10.4";
  base.macros = {{"macro.dbt_duckdb.m", "1", {}}};
  head.macros = {{"macro.dbt_duckdb.m", "2", {}}};
  head.at("model.shop.a").macros = {"macro.dbt_duckdb.m"};
  const Comparison versions = compare(base.build(), head.build());
  EXPECT_EQ(codes(versions), Names{"dbt_versions_differ"});
  EXPECT_NE(versions.findings[0].message.find("1 of the modified nodes"), std::string::npos);
  base.dbt_version = "1.5.0";
  base.schema_version = 9;
  base.adapter_type = "postgres";
  base.project_name = "other";
  head.dbt_version = "2.0.0";
  head.add("metric.shop.m");
  EXPECT_EQ(codes(compare(base.build(), head.build())),
            (Names{"projects_differ", "dbt_engines_differ", "base_metrics_not_read", "adapters_differ"}));
}

TEST(Compare, ReportsAMissingMacro) {
  SampleManifest base = one_model();
  base.macros = {{"macro.shop.m", "1", {}}};
  SampleManifest head = one_model();
  head.at("model.shop.a").macros = {""};
  EXPECT_EQ(codes(compare(base.build(), head.build())), Names{"macro_missing"});
}

// A few nodes of all types with edges among them, aspects out of a small set of values.
rc::Gen<SampleManifest> any_manifest() {
  return rc::gen::exec([] {
    static const Names types = {"model",          "seed",        "snapshot", "test",
                                "source",         "exposure",    "metric",   "unit_test",
                                "semantic_model", "saved_query", "function", "analysis"};
    SampleManifest sample;
    const auto count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) {
      const std::string type = *rc::gen::elementOf(types);
      Names parents;
      for (const SampleNode& other : sample.nodes)
        if (*rc::gen::inRange(0, 3) == 0) parents.push_back(other.unique_id);
      SampleNode& node =
          sample.add(type + ".shop.n" + std::to_string(*rc::gen::inRange(0, 3) + 10 * i), parents);
      node.enabled = *rc::gen::inRange(0, 8) != 0;
      for (const std::string aspect : {"body", "fqn", "config.meta", "config.severity", "checksum", "label"})
        if (*rc::gen::arbitrary<bool>()) node.aspects[aspect] = std::to_string(*rc::gen::inRange(0, 2));
    }
    return sample;
  });
}

std::set<std::string> ids_of(const Comparison& comparison, model::ChangeKind kind) {
  std::set<std::string> ids;
  for (const model::Change& change : comparison.changes)
    if (change.kind == kind) ids.insert(change.unique_id);
  return ids;
}

TEST(CompareProperty, NothingDiffersFromItself) {
  EXPECT_TRUE(rc::check("compare(a, a) is empty", [] {
    const SampleManifest sample = *any_manifest();
    RC_ASSERT(compare(sample.build(), sample.build()).changes.empty());
  }));
}

TEST(CompareProperty, NewAndRemovedMirrorEachOther) {
  EXPECT_TRUE(rc::check("what is new one way is removed the other", [] {
    const SampleManifest a = *any_manifest();
    const SampleManifest b = *any_manifest();
    const Comparison there = compare(a.build(), b.build());
    const Comparison back = compare(b.build(), a.build());
    RC_ASSERT(ids_of(there, model::ChangeKind::added) == ids_of(back, model::ChangeKind::removed));
    RC_ASSERT(ids_of(there, model::ChangeKind::removed) == ids_of(back, model::ChangeKind::added));
  }));
}

TEST(CompareProperty, EveryChangedAspectIsFoundAndNamed) {
  EXPECT_TRUE(rc::check("one aspect changed is one reason", [] {
    static const std::vector<std::pair<std::string, std::string>> cases = {
        {"body", "body"},
        {"fqn", "fqn"},
        {"config.meta", "config.meta"},
        {"access", "access"},
        {"config.alias", "relation"},
        {"latest_version", "latest_version"},
        {"description", "persisted_descriptions"},
    };
    SampleManifest base = *any_manifest();
    SampleNode& node = base.add("model.shop.a");
    node.persist_relation = true;
    for (const auto& [aspect, reason] : cases)
      node.aspects[aspect] = "1";
    SampleManifest head = base;
    const auto& [aspect, reason] = *rc::gen::elementOf(cases);
    head.at("model.shop.a").aspects[aspect] = "2";
    RC_ASSERT(told(base, head) == "modified " + reason);
  }));
}

TEST(CompareProperty, CountsEveryNodeOnce) {
  EXPECT_TRUE(rc::check("changes and unchanged add up to the head", [] {
    const SampleManifest a = *any_manifest();
    const SampleManifest b = *any_manifest();
    const Comparison comparison = compare(a.build(), b.build());
    const auto enabled = std::count_if(b.nodes.begin(), b.nodes.end(), [](const SampleNode& node) {
      return node.enabled || node.resource_type == "exposure";
    });
    const auto removed = ids_of(comparison, model::ChangeKind::removed).size();
    RC_ASSERT(static_cast<std::int64_t>(comparison.changes.size() - removed) + comparison.unchanged ==
              enabled);
  }));
}

}  // namespace
}  // namespace vernier::compare
