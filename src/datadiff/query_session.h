// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "datadiff/datadiff.h"
#include "engine/engine.h"

namespace vernier::datadiff {

// The names that queries go by: "query 1", "query 2".
engine::TablePath query_name(std::size_t side);
bool has_queries(const DiffRequest& request);
// The same request, in which tables of these names stand for the queries.
DiffRequest with_query_names(DiffRequest request);

// A session in which queries are like views, by the names above. Of DuckDB and PostgreSQL, whose types a
// query itself can tell.
class QuerySession : public engine::Connection {
 public:
  // Refers to `session`.
  QuerySession(engine::Connection& session, model::Sides<std::string> queries);

  engine::Dialect dialect() const override { return session_.dialect(); }
  Result<std::optional<engine::TableInfo>> describe(const engine::TablePath& table) override;
  std::string quoted(const engine::TablePath& table) const override;
  Result<engine::Rows> query(std::string_view sql, const engine::QueryLimits& limits) override {
    return session_.query(sql, limits);
  }
  void cancel() override { session_.cancel(); }
  std::optional<double> progress() const override { return session_.progress(); }

 private:
  const std::string* query_of(const engine::TablePath& table) const;

  engine::Connection& session_;
  model::Sides<std::string> queries_;  // in parentheses
};

}  // namespace vernier::datadiff
