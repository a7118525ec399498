// SPDX-License-Identifier: Apache-2.0
#include "engine/files.h"

#include <utility>

#include "base/text.h"
#include "engine/adapters.h"
#include "engine/duckdb_handles.h"

namespace vernier::engine {

namespace {

constexpr std::size_t files_max = 10'000;

class FilesDatabase : public Database {
 public:
  explicit FilesDatabase(std::shared_ptr<DatabaseHandle> database) : database_(std::move(database)) {}

  Result<std::unique_ptr<Connection>> connect() override { return duckdb_session(database_, "memory"); }

 private:
  std::shared_ptr<DatabaseHandle> database_;
};

}  // namespace

Result<std::vector<std::string>> find_files(Connection& session, const model::DataSource& source) {
  const std::string pattern = TRY(file_path(source));
  const Rows found =
      TRY(session.query("select file from glob(" + quote_literal(Dialect::duckdb, pattern) + ") order by 1",
                        {.rows_max = files_max}));
  if (found.rows.empty()) return not_found("there is no file " + pattern);
  std::vector<std::string> files;
  for (const auto& row : found.rows)
    files.push_back(row[0].value_or(""));
  return files;
}

std::string file_list(const std::vector<std::string>& files) {
  std::vector<std::string> literals;
  literals.reserve(files.size());
  for (const std::string& file : files)
    literals.push_back(quote_literal(Dialect::duckdb, file));
  return "[" + join(literals, ", ") + "]";
}

Status close_off(Connection& session, const std::vector<std::string>& files) {
  if (!files.empty()) TRY(session.query("set allowed_paths = " + file_list(files), {}));
  TRY(session.query("set enable_external_access = false", {}));
  return {};
}

Result<std::unique_ptr<Database>> open_files(const model::DataSource& source, std::size_t memory_bytes) {
  auto database = TRY(open_in_memory(memory_bytes));
  const auto session = TRY(duckdb_session(database, "memory"));
  const std::vector<std::string> files = TRY(find_files(*session, source));
  TRY(close_off(*session, files));
  const std::string reader = source.type == "csv" ? "read_csv" : "read_parquet";
  TRY(session->query("create view " + quote_identifier(Dialect::duckdb, files_table) + " as select * from " +
                         reader + "(" + file_list(files) + ")",
                     {}));
  return std::unique_ptr<Database>(std::make_unique<FilesDatabase>(std::move(database)));
}

}  // namespace vernier::engine
