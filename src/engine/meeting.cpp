// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "base/text.h"
#include "engine/adapters.h"
#include "engine/duckdb_handles.h"
#include "engine/files.h"
#include "engine/meeting_session.h"
#include "engine/stored_rows.h"
#include "engine/text_files.h"

namespace vernier::engine {

namespace {

constexpr std::size_t memory_share = 4;    // a text of less than this part of the memory fits into it, parsed
constexpr std::size_t brought_share = 16;  // a table of less than this part is soon brought, and then at hand
constexpr std::size_t sqlite_bytes = std::size_t{16} << 20;  // what a file's library takes for itself
constexpr std::pair<std::string_view, Result<std::unique_ptr<RowStream>> (*)(const Relation&)> streams[] = {
    {"pg", open_postgresql_stream}, {"mysql", open_mysql_stream}, {"sqlite", open_sqlite_stream}};

std::string quote(std::string_view name) {
  return quote_identifier(Dialect::duckdb, name);
}

std::string literal(std::string_view text) {
  return quote_literal(Dialect::duckdb, text);
}

std::string rows_function(std::size_t side) {
  return "vernier_rows_" + std::to_string(side);
}

// One side of a meeting, and how far it is read.
struct Side {
  const Relation* relation = nullptr;
  std::unique_ptr<RowStream> stream;           // of a database; absent for files
  std::shared_ptr<SnapshotFunction> snapshot;  // where its rows are left on their server
  std::optional<TextFiles> text;
  std::string origin;                           // SQL that names what its rows come from, but for text
  std::map<std::string, std::string> meanings;  // of columns whose type DuckDB has no name for
  std::optional<StoredRows> stored;             // of tables and files that are read where they are
  bool is_view = false;                         // of a DuckDB file
  bool is_left_in_place = false;                // of a text file
  Status status;

  bool is_brought() const { return stream && !snapshot; }
};

class Meeting {
 public:
  Meeting(std::shared_ptr<DatabaseHandle> database, std::unique_ptr<Connection> session, Cancel& cancel,
          Progress* progress)
      : database_(std::move(database)), session_(std::move(session)), cancel_(cancel), progress_(progress) {}

  Status prepare(std::size_t i, const Relation& relation);
  Status leave_in_place(const MeetingLimits& limits);
  // From here on no SQL that came with a filter reads other files.
  Status close_off() { return engine::close_off(*session_, files_); }
  Status load();
  Status present(std::size_t i);
  // From another thread, once both sides are prepared.
  void stop() {
    session_->cancel();
    for (const Side& side : sides_) {
      if (side.stream) side.stream->cancel();
      if (side.snapshot) side.snapshot->cancel();
    }
  }
  std::unique_ptr<Connection> session(std::size_t memory_bytes);

 private:
  Status attach(Side& side, std::size_t i);
  Status find_files(Side& side);
  Status leave_texts();
  Status leave_on_server(std::size_t i, std::size_t bytes_min);
  Status read(Side& side);
  void begin_reading();
  Result<Rows> ask(const std::string& sql) { return query_watched(*session_, sql, {}, {.cancel = cancel_}); }
  Ask asking() {
    return [this](const std::string& sql) { return ask(sql); };
  }
  Status present_streamed(Side& side, std::size_t i);

  std::shared_ptr<DatabaseHandle> database_;
  std::unique_ptr<Connection> session_;
  Cancel& cancel_;
  Progress* progress_;
  std::array<Side, 2> sides_;
  std::vector<std::string> files_;
};

// A view in a file may name its tables by the catalog's name, so each file keeps that name. Where both
// files have the same, such a view of the second would read the first.
Status Meeting::attach(Side& side, std::size_t i) {
  const std::string path = TRY(file_path(side.relation->source));
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
  side.is_view = row[2] == "true";
  side.origin = quote(catalog) + "." + quote(*row[0]) + "." + quote(*row[1]);
  if (!side.is_view) side.stored = stored_table(side.origin);
  return {};
}

Status Meeting::find_files(Side& side) {
  const model::DataSource& source = side.relation->source;
  const std::vector<std::string> files = TRY(engine::find_files(*session_, source));
  files_.insert(files_.end(), files.begin(), files.end());
  if (source.type == "csv") {
    side.text = TRY(look_at_text(asking(), files));
  } else {
    side.origin = "read_parquet(" + file_list(files) + ")";
    const Rows groups = TRY(session_->query(
        "select max(row_group_num_rows) from parquet_metadata(" + literal(files.front()) + ")", {}));
    if (const auto rows = integer_in(groups.rows.at(0).at(0))) side.stored = stored_files(side.origin, *rows);
  }
  return {};
}

// Two text files whose numbers were guessed alike need not be brought into tables first.
Status Meeting::leave_texts() {
  const auto fits = [this](const Side& side) {
    return side.text && !side.text->single.empty() && side.relation->filter.empty() &&
           side.text->guessed == sides_[0].text->guessed;
  };
  if (!std::all_of(sides_.begin(), sides_.end(), fits)) return {};
  for (Side& side : sides_)
    TRY(find_text_dialect(asking(), *side.text));
  if (sides_[0].text->in_place.empty() || sides_[1].text->in_place.empty()) return {};
  for (Side& side : sides_)
    side.is_left_in_place = true;
  return create_number_comparison(asking());
}

// Tables that fit the memory are brought there; the comparison can ask them whatever it has to.
Status Meeting::leave_on_server(std::size_t i, std::size_t bytes_min) {
  Side& side = sides_[i];
  auto snapshot = TRY(side.stream->snapshot(bytes_min));
  if (!snapshot) return {};
  const ConnectionHandle connection = TRY(connect(*database_));
  const std::string name = "vernier_snapshot_" + std::to_string(i);
  side.snapshot = TRY(SnapshotFunction::create(connection.get(), name, std::move(snapshot), progress_));
  side.origin = name + "(condition)";
  return {};
}

Status Meeting::leave_in_place(const MeetingLimits& limits) {
  TRY(leave_texts());
  for (std::size_t i = 0; i < sides_.size(); ++i)
    if (sides_[i].stream)
      TRY_DURING(side_names[i],
                 leave_on_server(i, limits.brought_bytes_max.value_or(limits.memory_bytes / brought_share)));
  return {};
}

Status Meeting::prepare(std::size_t i, const Relation& relation) {
  Side& side = sides_[i];
  side.relation = &relation;
  const std::string& type = relation.source.type;
  if (type == "duckdb") return attach(side, i);
  if (is_of_files(relation.source)) return find_files(side);
  const auto protocol = std::find_if(std::begin(streams), std::end(streams),
                                     [&](const auto& stream) { return type == stream.first; });
  if (protocol == std::end(streams))
    return invalid_input("data sources of type \"" + type + "\" are not supported");
  side.stream = TRY(protocol->second(relation));
  side.origin = "loaded_" + std::to_string(i);
  return {};
}

Status create_table(duckdb_connection connection, const Side& side) {
  std::string list;
  for (const StreamColumn& column : side.stream->columns())
    list += (list.empty() ? "" : ", ") + quote(column.name) + " " + column.type;
  if (list.empty()) return invalid_input("the table has no columns");
  const std::string sql = "create or replace table " + side.origin + " (" + list + ")";
  QueryResult result;
  if (duckdb_query(connection, sql.c_str(), &result.result) == DuckDBSuccess) return {};
  const char* message = duckdb_result_error(&result.result);
  return invalid_input("DuckDB: " + one_line(message ? message : "no message"));
}

Status Meeting::read(Side& side) {
  const ConnectionHandle connection = TRY(connect(*database_));
  while (true) {
    TRY(create_table(connection.get(), side));
    const auto writer = TRY(TableWriter::open(connection.get(), side.origin, progress_));
    if (TRY(side.stream->read_into(*writer))) return writer->close();
    if (progress_) progress_->add(-writer->rows_written());
  }
}

void Meeting::begin_reading() {
  std::int64_t expected = 0;
  std::size_t streams_read = 0;
  bool known = true;
  for (const Side& side : sides_) {
    if (!side.is_brought()) continue;
    ++streams_read;
    const auto rows = side.stream->expected_rows();
    known = known && rows;
    expected += rows.value_or(0);
  }
  if (!progress_ || streams_read == 0) return;
  progress_->begin(streams_read == 2        ? "reading both tables"
                   : sides_[0].is_brought() ? "reading production's table"
                                            : "reading the pull request's table",
                   known ? "rows (about)" : "rows", known ? std::optional(expected) : std::nullopt);
}

Status Meeting::load() {
  begin_reading();
  // Where one side fails, reading the other is of no use any more.
  std::atomic<std::size_t> failed = sides_.size();
  {
    std::vector<std::jthread> readers;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (!sides_[i].is_brought()) continue;
      readers.emplace_back([this, i, &failed] {
        sides_[i].status = read(sides_[i]);
        std::size_t none = sides_.size();
        if (!sides_[i].status && failed.compare_exchange_strong(none, i)) stop();
      });
    }
  }
  if (failed < sides_.size()) TRY_DURING(side_names[failed], sides_[failed].status);
  return {};
}

Status Meeting::present_streamed(Side& side, std::size_t i) {
  const std::string& name = meeting_tables[i].front();
  bool cast = false;
  std::string list;
  for (const StreamColumn& column : side.stream->columns()) {
    if (!column.meaning.empty()) side.meanings[column.name] = column.meaning;
    cast = cast || !column.cast.empty();
    list += (list.empty() ? "" : ", ") +
            (column.cast.empty()
                 ? "src." + quote(column.name)
                 : "cast(src." + quote(column.name) + " as " + column.cast + ") as " + quote(column.name));
  }
  // Columns are named with their table, lest one that is called like the macro's parameter be taken for it.
  const std::string selected = "select " + list + " from " + side.origin + " src";
  if (side.snapshot) {
    TRY(ask("create macro " + rows_function(i) + "(condition) as table " + selected));
    TRY(ask("create view " + name + " as from " + rows_function(i) + "('')"));
  } else {
    TRY(ask(cast ? "create view " + name + " as " + selected
                 : "alter table " + side.origin + " rename to " + name));
  }
  return {};
}

// The side under the name and with the meaning that its rows are compared by.
Status Meeting::present(std::size_t i) {
  Side& side = sides_[i];
  const std::string& name = meeting_tables[i].front();
  if (side.stream) return present_streamed(side, i);
  if (side.is_left_in_place) {
    for (const std::string& guessed : side.text->guessed)
      side.meanings[guessed] = number_text;
    TRY(ask("create view " + name + " as select * from " + side.text->in_place));
    return {};
  }
  if (side.text) return present_text(asking(), *side.text, side.relation->filter, name, side.meanings);
  std::string sql = "create view " + name + " as select * from " + side.origin;
  // On lines of its own lest a comment in it swallow what follows. A database has filtered its rows itself.
  if (!side.relation->filter.empty()) sql += " src where (\n" + side.relation->filter + "\n)";
  TRY(ask(sql));
  return {};
}

std::unique_ptr<Connection> Meeting::session(std::size_t memory_bytes) {
  std::array<MeetingTable, 2> tables;
  for (std::size_t i = 0; i < 2; ++i) {
    Side& side = sides_[i];
    MeetingTable& table = tables[i];
    table.meanings = std::move(side.meanings);
    table.is_view = side.is_view;
    table.stored = std::move(side.stored);
    if (side.is_left_in_place) {
      table.rows_max = side.text->rows_max();
      table.fits_memory = side.text->bytes < memory_bytes / memory_share;
    } else if (side.snapshot) {
      const TableSnapshot& snapshot = side.snapshot->snapshot();
      table.rows_max = snapshot.rows_max();
      table.remote =
          RemoteRows{snapshot.dialect(), rows_function(i), snapshot.rows_about(), snapshot.first_rows()};
      table.snapshot = side.snapshot;
    }
  }
  return meeting_session(std::move(session_), std::move(tables));
}

}  // namespace

Result<std::unique_ptr<Connection>> meet(const std::array<Relation, 2>& relations,
                                         const MeetingLimits& limits, Cancel& cancel, Progress* progress,
                                         Reading reading) {
  MeetingLimits duckdb_limits = limits;
  for (const Relation& relation : relations)
    if (relation.source.type == "sqlite")
      duckdb_limits.memory_bytes -= std::min(sqlite_bytes, limits.memory_bytes / 8);
  auto database = TRY(open_in_memory(duckdb_limits.memory_bytes));
  auto session = TRY(duckdb_session(database, "memory"));
  Meeting meeting(std::move(database), std::move(session), cancel, progress);
  for (std::size_t i = 0; i < 2; ++i)
    TRY_DURING(side_names[i], meeting.prepare(i, relations[i]));
  if (reading == Reading::in_place) TRY(meeting.leave_in_place(limits));
  TRY(meeting.close_off());
  const auto guard = cancel.on_request([&] { meeting.stop(); });
  TRY(meeting.load());
  for (std::size_t i = 0; i < 2; ++i)
    TRY_DURING(side_names[i], meeting.present(i));
  return meeting.session(limits.memory_bytes);
}

}  // namespace vernier::engine
