// SPDX-License-Identifier: Apache-2.0
#include "compare/contract.h"

#include <gtest/gtest.h>

#include "compare/compare.h"
#include "compare/sample_manifest.h"

namespace vernier::compare {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view id = "model.shop.a";

SampleManifest contracted(const std::vector<SampleColumn>& columns = {}) {
  SampleManifest sample;
  SampleNode& node = sample.add(std::string(id));
  node.contract_enforced = true;
  node.materialized = "table";
  node.aspects = {{"contract.checksum", "1"}};
  node.columns = columns;
  return sample;
}

ContractChange change_between(const SampleManifest& base, SampleManifest head,
                              std::string_view adapter = "duckdb") {
  head.at(id).aspects["contract.checksum"] = "2";
  const model::Manifest old = base.build();
  const model::Manifest now = head.build();
  return contract_change(old.nodes.front(), now.nodes.front(), adapter);
}

const std::string unique_key = R"({"name":null,"type":"unique"})";

TEST(Contract, IsTheSameWhileItsChecksumIs) {
  const SampleManifest base = contracted({{"id", "int", {}}});
  SampleManifest head = contracted({{"id", "text", {}}});
  const model::Manifest old = base.build();
  const model::Manifest now = head.build();
  EXPECT_FALSE(contract_change(old.nodes.front(), now.nodes.front(), "duckdb").changed);
}

TEST(Contract, IsChangedButWholeWhenNewlyEnforced) {
  SampleManifest base = contracted();
  base.at(id).contract_enforced = false;
  const ContractChange change = change_between(base, contracted());
  EXPECT_TRUE(change.changed);
  EXPECT_TRUE(change.breaks.empty());
}

TEST(Contract, BreaksWhenNoLongerEnforced) {
  SampleManifest head = contracted();
  head.at(id).contract_enforced = false;
  EXPECT_EQ(change_between(contracted(), head).breaks, Names{"no longer enforced"});
}

TEST(Contract, BreaksOverColumns) {
  const SampleManifest base = contracted({{"id", "int", {}}, {"name", "varchar(10)", {}}});
  EXPECT_EQ(change_between(base, contracted({{"id", "int", {}}})).breaks, Names{"column removed: name"});
  EXPECT_EQ(change_between(base, contracted({{"id", "bigint", {}}, {"name", "VARCHAR (20)", {}}})).breaks,
            Names{"column type changed: id (int -> bigint)"});
  const ContractChange wider =
      change_between(base, contracted({{"id", "int", {}}, {"name", "varchar(10)", {}}, {"new", "int", {}}}));
  EXPECT_TRUE(wider.changed);
  EXPECT_TRUE(wider.breaks.empty());
}

TEST(Contract, BreaksOverConstraintsThatTheAdapterEnforces) {
  const SampleManifest base = contracted({{"id", "int", {unique_key}}});
  const SampleManifest head = contracted({{"id", "int", {}}});
  EXPECT_EQ(change_between(base, head).breaks, Names{"enforced constraint removed: unique on column id"});
  EXPECT_TRUE(change_between(base, head, "snowflake").breaks.empty());
  SampleManifest view = base;
  view.at(id).materialized = "view";
  EXPECT_TRUE(change_between(view, head).breaks.empty());
}

TEST(Contract, BreaksOverModelConstraintsAndMaterialization) {
  SampleManifest base = contracted();
  base.at(id).constraints = {unique_key};
  SampleManifest head = base;
  head.at(id).materialized = "view";
  EXPECT_EQ(change_between(base, head).breaks,
            Names{"materialization changed with constraints: table -> view"});
  head.at(id).materialized = "incremental";
  head.at(id).constraints = {};
  EXPECT_EQ(change_between(base, head).breaks, Names{"enforced constraint removed: unique on the model"});
}

TEST(Contract, KnowsWhatAdaptersEnforce) {
  EXPECT_TRUE(enforces_constraint("postgres", "foreign_key"));
  EXPECT_TRUE(enforces_constraint("snowflake", "not_null"));
  EXPECT_FALSE(enforces_constraint("spark", "not_null"));
  EXPECT_TRUE(enforces_constraint("unheard_of", "foreign_key"));
  EXPECT_FALSE(enforces_constraint("unheard_of", "unique"));
  EXPECT_FALSE(enforces_constraint("postgres", ""));
  EXPECT_FALSE(enforces_constraint("spark", ""));
}

// What `state:modified` says: "ok", how many warnings, or the kind of failure.
std::string outcome(const SampleManifest& base, const SampleManifest& head, std::string_view selector) {
  Options options;
  options.today = "2026-11-24";
  const Result<Selection> selection = select(base.build(), head.build(), selector, options);
  if (!selection.ok()) return selection.error().kind == ErrorKind::conflict ? "refused" : "failed";
  return selection->warnings.empty() ? "ok" : "warned";
}

TEST(Contract, BreakOfAVersionedModelIsRefusedAndOfAnotherWarnedOf) {
  SampleManifest base = contracted({{"id", "int", {}}});
  SampleManifest head = contracted();
  head.at(id).aspects["contract.checksum"] = "2";
  EXPECT_EQ(outcome(base, head, "state:modified"), "warned");
  base.at(id).version = head.at(id).version = "2";
  for (const std::string_view selector : {"state:modified", "state:unmodified", "state:modified.contract"})
    EXPECT_EQ(outcome(base, head, selector), "refused") << selector;
  for (const std::string_view selector : {"state:new", "state:modified.body", "state:modified.configs"})
    EXPECT_EQ(outcome(base, head, selector), "ok") << selector;
}

TEST(Contract, OfTypeCustomStopsDbtBefore112) {
  const SampleManifest base = contracted({{"id", "int", {R"({"type":"custom"})"}}});
  SampleManifest head = contracted({{"id", "int", {}}});
  head.at(id).aspects["contract.checksum"] = "2";
  EXPECT_EQ(outcome(base, head, "state:modified"), "refused");
  head.dbt_version = "1.12.3";
  EXPECT_EQ(outcome(base, head, "state:modified"), "ok");
}

TEST(Contract, RemovalIsJudgedByVersionAndDeprecation) {
  const auto removed = [](const std::string& version, const std::string& date, bool disabled) {
    SampleManifest base = contracted();
    base.at(id).version = version;
    base.at(id).deprecation_date = date;
    SampleManifest head;
    if (disabled) head.disabled.push_back({std::string(id), "model", version, date, true});
    EXPECT_EQ(outcome(base, head, "state:modified.body"), "ok");
    return outcome(base, head, "state:modified");
  };
  EXPECT_EQ(removed("", "", false), "warned");
  EXPECT_EQ(removed("1", "", false), "refused");
  EXPECT_EQ(removed("1", "", true), "refused");
  EXPECT_EQ(removed("1", "2026-11-23T00:00:00+00:00", true), "ok");
  EXPECT_EQ(removed("1", "2026-11-25T00:00:00+00:00", false), "refused");
}

}  // namespace
}  // namespace vernier::compare
