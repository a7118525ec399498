// SPDX-License-Identifier: Apache-2.0
#include "ci/nodes_of_files.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "dbt/dbt.h"

namespace vernier::ci {
namespace {

Json node(const std::string& type, const std::string& name, const std::string& path,
          const std::string& described_in = "") {
  Json json = {{"unique_id", type + ".shop." + name},
               {"resource_type", type},
               {"name", name},
               {"package_name", "shop"},
               {"fqn", {"shop", name}},
               {"original_file_path", path},
               {"schema", "prod"},
               {"alias", name},
               {"config", {{"enabled", true}}},
               {"depends_on", {{"nodes", Json::array()}}}};
  if (!described_in.empty()) json["patch_path"] = "shop://" + described_in;
  return json;
}

model::Manifest shop() {
  Json nodes = Json::object();
  for (const Json& each :
       {node("model", "orders", "models/orders.sql", "models/schema.yml"),
        node("model", "customers", "models/customers.py", "models/schema.yml"),
        node("seed", "rates", "seeds/rates.csv"), node("snapshot", "history", "snapshots/all.sql"),
        node("snapshot", "prices", "snapshots/all.sql"),
        node("test", "unique_orders_id.5e1", "models/schema.yml"),
        node("test", "orders_add_up", "tests/orders_add_up.sql")})
    nodes[each["unique_id"].get<std::string>()] = each;
  Json source = node("source", "raw.payments", "models/sources.yml");
  source["source_name"] = "raw";
  source["identifier"] = "payments";
  const Json whole = {
      {"metadata", {{"dbt_schema_version", "https://schemas.getdbt.com/dbt/manifest/v12.json"}}},
      {"nodes", nodes},
      {"sources", {{"source.shop.raw.payments", source}}}};
  auto manifest = dbt::read_manifest(std::string_view(dump_json(whole)));
  CHECK(manifest.ok());
  return std::move(manifest).value();
}

using Nodes = std::vector<std::string>;

TEST(NodesOfFiles, AreThoseWithRowsThatStandInThemOrAreDescribedThere) {
  const struct {
    std::vector<std::string> files;
    Nodes nodes;
  } cases[] = {{{"models/orders.sql"}, {"model.shop.orders"}},
               {{"warehouse/dbt/models/orders.sql"}, {"model.shop.orders"}},  // the project is a folder of it
               {{"models/customers.py"}, {"model.shop.customers"}},
               {{"seeds/rates.csv"}, {"seed.shop.rates"}},
               {{"snapshots/all.sql"}, {"snapshot.shop.history", "snapshot.shop.prices"}},
               {{"models/schema.yml"}, {"model.shop.customers", "model.shop.orders"}},
               {{"models/schema.yml", "models/orders.sql"}, {"model.shop.customers", "model.shop.orders"}},
               {{"models/sources.yml"}, {"source.shop.raw.payments"}},
               {{"tests/orders_add_up.sql"}, {}},  // a test changes no data
               {{"README.md", "docs/orders.md", ".github/workflows/ci.yml", "app/main.go"}, {}},
               {{}, {}}};
  const model::Manifest manifest = shop();
  for (const auto& row : cases) {
    const auto nodes = nodes_of_files(manifest, row.files);
    ASSERT_TRUE(nodes) << row.files.front();
    EXPECT_EQ(*nodes, row.nodes);
  }
}

TEST(NodesOfFiles, AreNotKnownWhereAFileMayMatterToAnyNode) {
  const model::Manifest manifest = shop();
  for (const char* const file :
       {"macros/cents_to_dollars.sql", "dbt_project.yml", "packages.yml", "models/new_model.sql",
        "seeds/new_rates.csv", "models/legacy/orders.sql", "profiles.yaml"})
    EXPECT_FALSE(nodes_of_files(manifest, {"models/orders.sql", file})) << file;
}

}  // namespace
}  // namespace vernier::ci
