// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "engine/adapters.h"
#include "engine/duckdb_handles.h"
#include "engine/stream.h"

namespace vernier::engine {

namespace {

constexpr std::array<std::string_view, 2> side_names = {"production", "the pull request"};
constexpr std::size_t files_max = 10'000;

std::string quote(std::string_view name) {
  return quote_identifier(Dialect::duckdb, name);
}

std::string literal(std::string_view text) {
  return quote_literal(Dialect::duckdb, text);
}

Result<std::shared_ptr<DatabaseHandle>> open_in_memory(const MeetingLimits& limits) {
  Config config;
  if (duckdb_create_config(config.address()) == DuckDBError)
    return unavailable("DuckDB gave no configuration");
  const std::pair<const char*, std::string> settings[] = {
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"memory_limit", std::to_string(limits.memory_bytes) + "B"},
      {"temp_directory", spill_folder()},
      {"preserve_insertion_order", "false"},
  };
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config.get(), name, value.c_str()) == DuckDBError)
      return unavailable(std::string("this DuckDB library refuses the setting ") + name);
  auto database = std::make_shared<DatabaseHandle>();
  char* raw_message = nullptr;
  if (duckdb_open_ext(nullptr, database->address(), config.get(), &raw_message) == DuckDBSuccess)
    return database;
  const std::string message = one_line(raw_message ? raw_message : "no message");
  duckdb_free(raw_message);
  return unavailable("open a DuckDB in memory: " + message);
}

// One side of a meeting, and how far it is read.
struct Side {
  const Relation* relation = nullptr;
  std::unique_ptr<RowStream> stream;  // of a database; absent for files
  std::string origin;                 // SQL that names what the rows come from
  Status status;
};

class Meeting {
 public:
  Meeting(std::shared_ptr<DatabaseHandle> database, std::unique_ptr<Connection> session)
      : database_(std::move(database)), session_(std::move(session)) {}

  Status prepare(std::size_t i, const Relation& relation);
  Status close_off();
  Status load(Cancel& cancel);
  Status present(std::size_t i);
  std::unique_ptr<Connection> session() { return std::move(session_); }

 private:
  Status attach(Side& side, std::size_t i);
  Status find_files(Side& side);
  Status create_table(Side& side, std::size_t i);
  Status read(Side& side);

  std::shared_ptr<DatabaseHandle> database_;
  std::unique_ptr<Connection> session_;
  std::array<Side, 2> sides_;
  std::vector<std::string> files_;
};

// A view in a file may name its tables by the catalog's name, so each file keeps that name. Where both
// files have the same, such a view of the second would read the first.
Status Meeting::attach(Side& side, std::size_t i) {
  const std::string path = TRY(duckdb_path(side.relation->source));
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return not_found("there is no DuckDB file " + path);
  const std::string stem = std::filesystem::path(path).stem().string();
  const Rows taken = TRY(session_->query(
      "select 1 from duckdb_databases() where lower(database_name) = lower(" + literal(stem) + ")", {}));
  const std::string catalog = taken.rows.empty() ? stem : "vernier_side_" + std::to_string(i);
  TRY(session_->query("attach " + literal(path) + " as " + quote(catalog) + " (read_only)", {}));
  const TablePath& table = side.relation->table;
  if (table.empty() || table.size() > 3 || (table.size() == 3 && to_lower(table[0]) != to_lower(stem)))
    return invalid_input("a table's name has one to three parts, of which the first of three is " + stem);
  const std::string schema = table.size() == 1 ? "main" : table[table.size() - 2];
  const Rows found = TRY(session_->query(
      "select schema_name, name, is_view from (select database_name, schema_name, table_name as name, false "
      "as is_view from duckdb_tables() union all select database_name, schema_name, view_name, true from "
      "duckdb_views()) where database_name = " +
          literal(catalog) + " and lower(schema_name) = lower(" + literal(schema) +
          ") and lower(name) = lower(" + literal(table.back()) + ")",
      {}));
  if (found.rows.size() != 1) return not_found("there is no table " + join(table, "."));
  const auto& row = found.rows.front();
  if (catalog != stem && row[2] == "true")
    return invalid_input(join(table, ".") + " is a view, and both files are called " + stem +
                         ", by which a view may name its tables; rename one file");
  side.origin = quote(catalog) + "." + quote(*row[0]) + "." + quote(*row[1]);
  return {};
}

Status Meeting::find_files(Side& side) {
  const model::DataSource& source = side.relation->source;
  TRY(check_options(source, {"path"}));
  const std::string pattern = TRY(require_string(source.options, "path"));
  const Rows found = TRY(
      session_->query("select file from glob(" + literal(pattern) + ") order by 1", {.rows_max = files_max}));
  if (found.rows.empty()) return not_found("there is no file " + pattern);
  std::string list;
  for (const auto& row : found.rows) {
    files_.push_back(*row[0]);
    list += (list.empty() ? "" : ", ") + literal(*row[0]);
  }
  side.origin = (source.type == "csv" ? "read_csv([" : "read_parquet([") + list + "])";
  return {};
}

Status Meeting::create_table(Side& side, std::size_t i) {
  std::string list;
  for (const StreamColumn& column : side.stream->columns())
    list += (list.empty() ? "" : ", ") + quote(column.name) + " " + column.type;
  if (list.empty()) return invalid_input("the table has no columns");
  side.origin = "loaded_" + std::to_string(i);
  TRY(session_->query("create table " + side.origin + " (" + list + ")", {}));
  return {};
}

Status Meeting::prepare(std::size_t i, const Relation& relation) {
  Side& side = sides_[i];
  side.relation = &relation;
  const std::string& type = relation.source.type;
  if (type == "duckdb") return attach(side, i);
  if (type == "parquet" || type == "csv") return find_files(side);
  if (type != "pg") return invalid_input("data sources of type \"" + type + "\" are not supported");
  side.stream = TRY(open_postgresql_stream(relation));
  return create_table(side, i);
}

// From here on no SQL that came with a filter may read other files, load code or reach the network.
Status Meeting::close_off() {
  std::string list;
  for (const std::string& file : files_)
    list += (list.empty() ? "" : ", ") + literal(file);
  if (!list.empty()) TRY(session_->query("set allowed_paths = [" + list + "]", {}));
  TRY(session_->query("set enable_external_access = false", {}));
  return {};
}

Status Meeting::read(Side& side) {
  ConnectionHandle connection;
  if (duckdb_connect(database_->get(), connection.address()) == DuckDBError)
    return unavailable("DuckDB gave no connection");
  const auto writer = TRY(ChunkWriter::open(connection.get(), side.origin));
  TRY(side.stream->read_into(*writer));
  return writer->close();
}

Status Meeting::load(Cancel& cancel) {
  const auto guard = cancel.on_request([&] {
    for (const Side& side : sides_)
      if (side.stream) side.stream->cancel();
  });
  {
    std::vector<std::jthread> readers;
    for (Side& side : sides_)
      if (side.stream) readers.emplace_back([this, &side] { side.status = read(side); });
  }
  for (std::size_t i = 0; i < 2; ++i)
    TRY_DURING(side_names[i], sides_[i].status);
  return {};
}

// The side under the name and with the meaning that its rows are compared by.
Status Meeting::present(std::size_t i) {
  const Side& side = sides_[i];
  const std::string name = quote(meeting_tables[i].front());
  bool cast = false;
  std::string list;
  if (side.stream) {
    for (const StreamColumn& column : side.stream->columns()) {
      cast = cast || !column.cast.empty();
      list += (list.empty() ? "" : ", ") +
              (column.cast.empty()
                   ? quote(column.name)
                   : "cast(" + quote(column.name) + " as " + column.cast + ") as " + quote(column.name));
    }
  }
  if (side.stream && !cast) {
    TRY(session_->query("alter table " + side.origin + " rename to " + name, {}));
    return {};
  }
  // Text is parsed once and kept, since one diff reads it several times.
  const std::string kind = side.relation->source.type == "csv" ? "table " : "view ";
  std::string sql =
      "create " + kind + name + " as select " + (side.stream ? list : "*") + " from " + side.origin;
  // On lines of its own lest a comment in it swallow what follows. A database has filtered its rows itself.
  if (!side.stream && !side.relation->filter.empty()) sql += " src where (\n" + side.relation->filter + "\n)";
  TRY(session_->query(sql, {}));
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> meet(const std::array<Relation, 2>& relations,
                                         const MeetingLimits& limits, Cancel& cancel) {
  auto database = TRY(open_in_memory(limits));
  auto session = TRY(duckdb_session(database, "memory"));
  Meeting meeting(std::move(database), std::move(session));
  for (std::size_t i = 0; i < 2; ++i)
    TRY_DURING(side_names[i], meeting.prepare(i, relations[i]));
  TRY(meeting.close_off());
  TRY(meeting.load(cancel));
  for (std::size_t i = 0; i < 2; ++i)
    TRY_DURING(side_names[i], meeting.present(i));
  return meeting.session();
}

}  // namespace vernier::engine
