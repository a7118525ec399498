// SPDX-License-Identifier: Apache-2.0
#include <duckdb.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ci/project_for_tests.h"
#include "dbt/dbt.h"

namespace vernier::ci {
namespace {

namespace fs = std::filesystem;

Json model_node(const std::string& name, const std::string& schema, const std::string& sql,
                const Json& parents) {
  return {{"unique_id", "model.shop." + name},
          {"resource_type", "model"},
          {"name", name},
          {"package_name", "shop"},
          {"fqn", {"shop", name}},
          {"path", name + ".sql"},
          {"original_file_path", "models/" + name + ".sql"},
          {"database", "shop"},
          {"schema", schema},
          {"alias", name},
          {"raw_code", sql},
          {"checksum", {{"name", "sha256"}, {"checksum", "x"}}},
          {"config", {{"enabled", true}, {"materialized", "table"}, {"meta", {{"primary-key", {"id"}}}}}},
          {"unrendered_config", Json::object()},
          {"columns", {{"id", {{"name", "id"}}}}},
          {"depends_on", {{"nodes", parents}, {"macros", Json::array()}}}};
}

Json manifest(const std::string& schema, const std::string& orders_sql, const std::string& invocation_id,
              const Json& datadiff_of_orders) {
  Json nodes = Json::object();
  nodes["model.shop.orders"] = model_node("orders", schema, orders_sql, Json::array());
  nodes["model.shop.orders"]["config"]["meta"]["datafold"] = {{"datadiff", datadiff_of_orders}};
  nodes["model.shop.totals"] = model_node("totals", schema, "select 1", {"model.shop.orders"});
  nodes["model.shop.apart"] = model_node("apart", schema, "select 2", Json::array());
  return {{"metadata",
           {{"dbt_schema_version", "https://schemas.getdbt.com/dbt/manifest/v12.json"},
            {"dbt_version", "1.11.16"},
            {"adapter_type", "duckdb"},
            {"project_name", "shop"},
            {"invocation_id", invocation_id}}},
          {"nodes", nodes},
          {"sources", Json::object()},
          {"macros", Json::object()},
          {"exposures", Json::object()},
          {"metrics", Json::object()},
          {"disabled", Json::object()}};
}

TempDir make_root() {
  auto root = TempDir::create(fs::temp_directory_path());
  CHECK(root.ok());
  return std::move(root).value();
}

void write(const fs::path& path, const Json& json) {
  const Status written = write_file_whole(path, dump_json(json));
  CHECK(written.ok());
}

}  // namespace

ProjectForTests::ProjectForTests() : root_(make_root()) {
  sql("create schema prod; create schema pr_7;"
      "create table prod.orders as select i as id, i * 10 as amount from range(100) t(i);"
      "create table pr_7.orders as select id, case when id < 5 then amount + 1 else amount end as amount"
      "  from prod.orders where id <> 99 union all select 200, 2000;"
      "create table prod.totals as select 1 as id, 2 as total; create table pr_7.totals as from "
      "prod.totals;");
}

void ProjectForTests::sql(const std::string& statements) const {
  duckdb_database opened = nullptr;
  duckdb_connection connection = nullptr;
  CHECK(duckdb_open(database().c_str(), &opened) == DuckDBSuccess);
  CHECK(duckdb_connect(opened, &connection) == DuckDBSuccess);
  duckdb_result result;
  const duckdb_state state = duckdb_query(connection, statements.c_str(), &result);
  EXPECT_EQ(state, DuckDBSuccess) << (state == DuckDBSuccess ? "" : duckdb_result_error(&result));
  duckdb_destroy_result(&result);
  duckdb_disconnect(&connection);
  duckdb_close(&opened);
}

fs::path ProjectForTests::archive(const std::string& schema, const std::string& orders_sql,
                                  const std::string& which, const std::string& compiled,
                                  const Json& metadata) const {
  static int count = 0;
  const fs::path target = root() / fmt::format("target{}", ++count);
  fs::create_directories(target);
  const std::string invocation_id = fmt::format("invocation-{}", count);
  Json whole = manifest(schema, orders_sql, invocation_id, datadiff_of_orders);
  whole["metadata"].update(metadata);
  if (!compiled.empty()) whole["nodes"]["model.shop.orders"]["compiled_code"] = compiled;
  write(target / "manifest.json", whole);
  if (!which.empty())
    write(target / "run_results.json",
          {{"metadata",
            {{"invocation_id", invocation_id},
             {"dbt_schema_version", "https://schemas.getdbt.com/dbt/run-results/v6.json"}}},
           {"args", {{"which", which}}},
           {"results", {{{"unique_id", "model.shop.orders"}, {"status", "success"}}}}});
  const fs::path zip = root() / fmt::format("artifacts{}.zip", count);
  const Status packed = dbt::pack_artifacts(target, zip);
  CHECK(packed.ok());
  return zip;
}

}  // namespace vernier::ci
