// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <set>

#include "server/fields.h"
#include "server/routes.h"
#include "server/status.h"

namespace vernier::server {
namespace {

// What a data source of each type takes (contract.md); "options" are strings unless said otherwise.
Result<Response> list_types(Services, const Request&) {
  const Json file = {{"path", {{"required", true}, {"secret", false}}}};
  Json database = Json::object();
  for (const char* name : {"host", "port", "user", "password", "dbname", "sslmode", "sslrootcert"})
    database[name] = {{"required", std::string_view(name) == "dbname"},
                      {"secret", std::string_view(name) == "password"}};
  return json_response(Json::array({{{"type", "duckdb"}, {"name", "DuckDB"}, {"options", file}},
                                    {{"type", "pg"}, {"name", "PostgreSQL"}, {"options", database}},
                                    {{"type", "mysql"}, {"name", "MySQL, MariaDB"}, {"options", database}},
                                    {{"type", "sqlite"}, {"name", "SQLite"}, {"options", file}},
                                    {{"type", "parquet"}, {"name", "Parquet files"}, {"options", file}},
                                    {{"type", "csv"}, {"name", "CSV files"}, {"options", file}}}));
}

Json to_json(const ci::TableSchema& schema, const std::vector<std::string>& table) {
  Json columns = Json::array();
  for (const ci::TableColumn& column : schema.columns)
    columns.push_back({{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}});
  return {{"table", table}, {"is_view", schema.is_view}, {"columns", std::move(columns)}};
}

// The task has ended when this answers; it exists because the client asks for it.
Result<Response> describe_table(Services services, const Request& request) {
  const Json body = TRY(parse_json(request.body));
  Fields fields(body);
  const std::vector<std::string> table = fields.required_list("table");
  fields.refuse_others();
  if (!fields.problems().empty()) return unprocessable(fields.problems());
  TRY(services.ci.data_source(request.ids[0]));
  const auto schema = services.ci.table_schema(request.ids[0], table);
  Json task = {{"data_source_id", request.ids[0]}, {"status", schema.ok() ? "done" : "failed"}};
  task["result"] = schema.ok() ? to_json(*schema, table) : Json({{"error", schema.error().message}});
  return json_response({{"task_id", services.schema_tasks.add(std::move(task))}});
}

Result<Response> show_description(Services services, const Request& request) {
  const Json task = TRY(services.schema_tasks.results(request.ids[1]));
  if (task["data_source_id"] != request.ids[0])
    return not_found(fmt::format("data source {} has no task {}", request.ids[0], request.ids[1]));
  return json_response(task);
}

Result<Response> guess_keys(Services services, const Request& request) {
  const Json body = TRY(parse_json(request.body));
  Fields fields(body);
  ci::KeySearch search;
  search.table = fields.required_list("table");
  search.candidates = fields.optional_integer("candidates", search.candidates);
  search.sample_size = fields.optional_integer("sample_size", search.sample_size);
  search.avoid_types = fields.optional_list("avoid_types");
  search.avoid_names = fields.optional_list("avoid_names");
  fields.refuse_others();
  if (!fields.problems().empty()) return unprocessable(fields.problems());
  const ci::FoundKeys found = TRY(services.ci.find_keys(request.ids[0], search));
  Json candidates = Json::array();
  for (const std::vector<std::string>& key : found.keys)
    candidates.push_back({{"pk", key}});
  return json_response(
      {{"candidates", std::move(candidates)}, {"error", found.why.empty() ? Json() : Json(found.why)}});
}

// Columns of one name get numbers: each row is an object.
std::vector<std::string> distinct_names(const std::vector<std::string>& columns) {
  std::set<std::string> taken(columns.begin(), columns.end());
  std::set<std::string> used;
  std::vector<std::string> names;
  for (const std::string& column : columns) {
    std::string name = column;
    for (int number = 2; used.contains(name) || (name != column && taken.contains(name)); ++number)
      name = fmt::format("{}_{}", column, number);
    used.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

// Values are the database's own text, so that none loses digits on its way.
Result<Response> run_query(Services services, const Request& request) {
  const Json body = TRY(parse_json(request.body));
  Fields fields(body);
  const std::string sql = fields.string("query");
  fields.refuse_others();
  if (!fields.problems().empty()) return unprocessable(fields.problems());
  const ci::QueryRows answer = TRY(services.ci.query(request.ids[0], sql));
  const std::vector<std::string> names = distinct_names(answer.columns);
  Json columns = Json::array();
  for (const std::string& name : names)
    columns.push_back({{"name", name}});
  Json rows = Json::array();
  for (const auto& cells : answer.rows) {
    Json row = Json::object();
    for (std::size_t i = 0; i < names.size(); ++i)
      row[names[i]] = cells[i] ? Json(*cells[i]) : Json();
    rows.push_back(std::move(row));
  }
  return json_response({{"columns", std::move(columns)}, {"rows", std::move(rows)}});
}

}  // namespace

std::vector<Route> explore_routes(Services services) {
  return {
      {"GET", "/api/v1/data_sources/types", bind(services, list_types)},
      {"POST", "/api/v1/data_sources/{id}/dataset_schema", bind(services, describe_table), BodyPlace::memory,
       Effort::heavy},
      {"GET", "/api/v1/data_sources/{id}/dataset_schema/{id}", bind(services, show_description)},
      {"POST", "/api/v1/data_sources/{id}/guess_pk", bind(services, guess_keys), BodyPlace::memory,
       Effort::heavy},
      {"POST", "/api/v1/data_sources/{id}/query", bind(services, run_query), BodyPlace::memory,
       Effort::heavy},
  };
}

}  // namespace vernier::server
