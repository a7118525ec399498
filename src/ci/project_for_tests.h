// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace vernier::ci {

// A small dbt project on disk for tests: a target folder to upload, and a DuckDB file with the tables that
// its manifest names.
class ProjectForTests {
 public:
  ProjectForTests();

  const std::filesystem::path& root() const { return root_.path(); }
  std::filesystem::path database() const { return root() / "shop.duckdb"; }

  // Runs statements against the DuckDB file.
  void sql(const std::string& statements) const;

  // An archive of a target folder whose manifest has the model `orders` in `schema` with this SQL, and its
  // child `totals`; `which` is dbt's command in run_results.json, empty for none. `compiled` is what `orders`
  // compiled to, empty where dbt did not compile; `metadata` is what the manifest's says beside its own.
  std::filesystem::path archive(const std::string& schema, const std::string& orders_sql,
                                const std::string& which = "build", const std::string& compiled = "",
                                const Json& metadata = Json::object()) const;

  Json datadiff_of_orders = Json::object();  // its meta.datafold.datadiff in the archives to come

 private:
  TempDir root_;
};

}  // namespace vernier::ci
