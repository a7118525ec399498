// SPDX-License-Identifier: Apache-2.0
#include "compare/state.h"

#include <gtest/gtest.h>

#include "compare/sample_manifest.h"

namespace vernier::compare {
namespace {

// Which of state:modified and its sub-selectors select the head's only node, as words.
std::string seen(const SampleManifest& base, const SampleManifest& head, const Options& options = {}) {
  const model::Manifest old = base.build();
  const model::Manifest now = head.build();
  const lineage::Graph graph(now);
  const State state(old, graph, options);
  std::string words;
  for (const std::string word :
       {"modified", "body", "configs", "persisted_descriptions", "relation", "contract"}) {
    Findings warnings;
    const Result<NodeSet> found = state.search(word == "modified" ? word : "modified." + word, warnings);
    if (!found.ok()) return "error: " + found.error().message;
    if (found->front()) words += (words.empty() ? "" : " ") + word;
  }
  return words;
}

struct AspectCase {
  std::string id;
  std::string aspect;
  std::string expected;
};

std::string seen_when_changed(const AspectCase& test, const Options& options = {}) {
  SampleManifest base;
  SampleNode& node = base.add(test.id);
  node.generic_test = test.id.starts_with("test.shop.generic");
  node.persist_relation = node.persist_columns = true;
  node.aspects = {{"body", "1"}, {"fqn", "1"}};
  node.aspects[test.aspect] = "1";
  SampleManifest head = base;
  head.at(test.id).aspects[test.aspect] = "2";
  EXPECT_EQ(seen(base, base, options), "") << test.id;
  return seen(base, head, options);
}

TEST(State, SeesWhatEachTypeCompares) {
  const std::vector<AspectCase> cases = {
      {"model.shop.a", "body", "modified body"},
      {"model.shop.a", "fqn", "modified"},
      {"model.shop.a", "description", "modified persisted_descriptions"},
      {"model.shop.a", "columns.description", "modified persisted_descriptions"},
      {"model.shop.a", "config.meta", "modified configs"},
      {"model.shop.a", "config.alias", "modified relation"},
      {"model.shop.a", "latest_version", "modified"},
      {"seed.shop.a", "body", "modified body"},
      {"snapshot.shop.a", "config.unique_key", "modified configs"},
      {"operation.shop.a", "body", "modified body"},
      {"test.shop.a", "config.severity", "modified configs"},
      {"test.shop.a", "body", "modified body"},
      {"test.shop.generic", "config.severity", "modified configs"},
      {"test.shop.generic", "fqn", "modified"},
      {"test.shop.generic", "body", "body"},
      {"test.shop.generic", "config.schema", "relation"},
      {"function.shop.a", "arguments", "modified"},
      {"function.shop.a", "config.database", "modified relation"},
      {"source.shop.a", "database", "modified relation"},
      {"source.shop.a", "identifier", "modified relation"},
      {"source.shop.a", "config.tags", "modified configs"},
      {"source.shop.a", "freshness", "modified"},
      {"exposure.shop.a", "depends_on", "modified"},
      {"exposure.shop.a", "description", "modified"},
      {"metric.shop.a", "label", "modified"},
      {"metric.shop.a", "config.meta", "modified configs"},
      {"semantic_model.shop.a", "rendered_config", "modified configs"},
      {"semantic_model.shop.a", "group", "modified"},
      {"saved_query.shop.a", "exports", "modified"},
      {"unit_test.shop.a", "checksum", "modified"},
  };
  for (const AspectCase& test : cases)
    EXPECT_EQ(seen_when_changed(test), test.expected) << test.id << " " << test.aspect;
}

TEST(State, OverlooksWhatDbtOverlooks) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"model.shop.a", "config.tags"},   {"model.shop.a", "config.group"},
      {"model.shop.a", "compiled"},      {"model.shop.a", "rendered_config"},
      {"test.shop.a", "config.meta"},    {"test.shop.a", "description"},
      {"source.shop.a", "description"},  {"source.shop.a", "unrendered_schema"},
      {"metric.shop.a", "config.group"}, {"semantic_model.shop.a", "config.meta"},
  };
  for (const auto& [id, aspect] : cases)
    EXPECT_EQ(seen_when_changed({id, aspect, ""}), "") << id << " " << aspect;
}

TEST(State, ComparesSourcesUnrenderedWhereTheProjectWantsIt) {
  Options options;
  options.more_unrendered = true;
  EXPECT_EQ(seen_when_changed({"source.shop.a", "unrendered_schema", ""}, options), "modified relation");
  EXPECT_EQ(seen_when_changed({"source.shop.a", "schema", ""}, options), "");
}

TEST(State, TakesAnExplicitNullForAConfigChangeButNotForARelationChange) {
  SampleManifest base;
  base.add("model.shop.a");
  SampleManifest head = base;
  head.at("model.shop.a").aspects = {{"config.schema", "null"}};
  EXPECT_EQ(seen(base, head), "");
  head.at("model.shop.a").aspects = {{"config.meta", "null"}};
  EXPECT_EQ(seen(base, head), "modified configs");
}

TEST(State, ComparesDescriptionsOnlyWhereTheHeadPersistsThem) {
  SampleManifest base;
  base.add("model.shop.a").aspects = {{"description", "1"}};
  base.at("model.shop.a").persist_relation = true;
  SampleManifest head;
  head.add("model.shop.a").aspects = {{"description", "2"}};
  EXPECT_EQ(seen(base, head), "");
  EXPECT_EQ(seen(head, base), "modified persisted_descriptions");
}

TEST(State, NeverFindsASeedWithoutChecksumUnchanged) {
  SampleManifest base;
  base.add("seed.shop.a").checksum_name = "none";
  EXPECT_EQ(seen(base, base), "modified body");
}

TEST(State, WarnsOfSeedsTooBigToCompare) {
  const auto code = [](const std::string& before, const std::string& after, bool changed) {
    SampleManifest base;
    base.add("seed.shop.a").checksum_name = before;
    SampleManifest head;
    head.add("seed.shop.a").checksum_name = after;
    if (changed) head.at("seed.shop.a").aspects = {{"body", "2"}};
    const model::Manifest old = base.build();
    const model::Manifest now = head.build();
    const lineage::Graph graph(now);
    Findings warnings;
    EXPECT_TRUE(State(old, graph, {}).search("modified", warnings).ok());
    return warnings.empty() ? "" : warnings.front().code;
  };
  EXPECT_EQ(code("sha256", "sha256", true), "");
  EXPECT_EQ(code("sha256", "path", true), "seed_increased");
  EXPECT_EQ(code("path", "path", false), "seed_not_compared");
  EXPECT_EQ(code("path", "path", true), "seed_path_changed");
}

TEST(State, SelectsNewNodesByType) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"model.shop.a", "modified body configs persisted_descriptions relation contract"},
      {"test.shop.a", "modified body configs persisted_descriptions relation contract"},
      {"function.shop.a", "modified body configs persisted_descriptions relation contract"},
      {"unit_test.shop.a", "modified"},
      {"source.shop.a", "configs relation"},
      {"exposure.shop.a", "configs"},
      {"metric.shop.a", "configs"},
      {"semantic_model.shop.a", "configs"},
      {"saved_query.shop.a", "configs"},
  };
  Options dbt2;
  dbt2.rules = Rules::dbt2;
  for (const auto& [id, expected] : cases) {
    SampleManifest head;
    head.add(id);
    EXPECT_EQ(seen({}, head), expected) << id;
    EXPECT_TRUE(seen({}, head, dbt2).starts_with("modified")) << id;
  }
}

TEST(State, LetsDbt2OverlookWhatItOverlooks) {
  Options dbt2;
  dbt2.rules = Rules::dbt2;
  EXPECT_EQ(seen_when_changed({"model.shop.a", "config.static_analysis", ""}, dbt2), "");
  EXPECT_EQ(seen_when_changed({"source.shop.a", "config.tags", ""}, dbt2), "");
  EXPECT_EQ(seen_when_changed({"model.shop.a", "config.meta", ""}, dbt2), "modified configs");

  SampleManifest base;
  base.add("model.shop.a").aspects = {{"config.meta", "1"}, {"rendered_config", "1"}};
  SampleManifest head;
  head.add("model.shop.a").aspects = {{"config.meta", "{{ var('x') }}"}, {"rendered_config", "1"}};
  EXPECT_EQ(seen(base, head, dbt2), "");
  EXPECT_EQ(seen(base, head), "modified configs");
}

TEST(State, ComparesDbt2SourcesUnrenderedOnlyWhereBothSidesAre) {
  Options dbt2;
  dbt2.rules = Rules::dbt2;
  SampleManifest base;
  base.add("source.shop.a").aspects = {{"schema", "prod"}, {"unrendered_schema", "{{ target.schema }}"}};
  SampleManifest head;
  head.add("source.shop.a").aspects = {{"schema", "dev"}, {"unrendered_schema", "{{ target.schema }}"}};
  EXPECT_EQ(seen(base, head, dbt2), "");
  base.at("source.shop.a").aspects["unrendered_schema"] = "null";
  EXPECT_EQ(seen(base, head, dbt2), "modified relation");
}

TEST(State, PairsDbt2TestsByWhatTheyTest) {
  SampleManifest base;
  SampleNode& old = base.add("test.shop.unique_orders_id.1234");
  old.generic_test = true;
  old.test_name = "unique";
  old.attached_node = "model.shop.orders";
  SampleManifest head = base;
  head.nodes.front().unique_id = "test.shop.unique_orders_id.abcd";
  Options dbt2;
  dbt2.rules = Rules::dbt2;
  EXPECT_EQ(seen(base, head, dbt2), "");
  EXPECT_EQ(seen(base, head), "modified body configs persisted_descriptions relation contract");
  head.nodes.front().test_name = "not_null";
  EXPECT_NE(seen(base, head, dbt2), "");
}

TEST(State, RefusesUnknownChecks) {
  SampleManifest sample;
  const model::Manifest manifest = sample.build();
  const lineage::Graph graph(manifest);
  Findings warnings;
  const Result<NodeSet> found = State(manifest, graph, {}).search("modified.columns", warnings);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::invalid_input);
}

}  // namespace
}  // namespace vernier::compare
