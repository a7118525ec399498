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
#include "engine/stream.h"

namespace vernier::engine {

namespace {

constexpr std::array<std::string_view, 2> side_names = {"production", "the pull request"};
constexpr std::size_t files_max = 10'000;
constexpr std::size_t memory_share = 4;  // a text of less than this part of the memory fits into it, parsed
constexpr std::size_t sqlite_bytes = std::size_t{16} << 20;  // what a file's library takes for itself
constexpr int double_digits = 15;  // numbers of so many digits are different doubles
constexpr std::pair<std::string_view, Result<std::unique_ptr<RowStream>> (*)(const Relation&)> streams[] = {
    {"pg", open_postgresql_stream}, {"mysql", open_mysql_stream}, {"sqlite", open_sqlite_stream}};

std::string quote(std::string_view name) {
  return quote_identifier(Dialect::duckdb, name);
}

std::string literal(std::string_view text) {
  return quote_literal(Dialect::duckdb, text);
}

// Not of compressed text, whose size tells nothing of its rows.
bool has_plain_name(const std::string& path) {
  return !path.ends_with(".gz") && !path.ends_with(".zst");
}

Result<std::shared_ptr<DatabaseHandle>> open_in_memory(const MeetingLimits& limits) {
  Config config;
  if (duckdb_create_config(config.address()) == DuckDBError)
    return unavailable("DuckDB gave no configuration");
  auto settings = memory_settings(limits.memory_bytes);
  settings.insert(settings.end(), {{"autoinstall_known_extensions", "false"},
                                   {"autoload_known_extensions", "false"},
                                   {"temp_directory", spill_folder()},
                                   {"preserve_insertion_order", "false"}});
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
  std::vector<std::string> guessed;   // columns of a CSV file whose numbers DuckDB would read as doubles
  std::map<std::string, std::string> meanings;  // of columns whose type DuckDB has no name for
  bool is_view = false;                         // of a DuckDB file
  std::string text_file;                        // where the side is one of plain text
  std::string columns;                          // its columns with their types
  std::string in_place;                         // SQL that reads it without guessing at it again
  std::optional<std::int64_t> rows_max;         // where it is left in its file
  std::uintmax_t text_bytes = 0;                // of that
  Status status;
};

// The session in which the tables have met, where columns have the types that they mean.
class MeetingSession : public Connection {
 public:
  MeetingSession(std::unique_ptr<Connection> session, const std::array<Side, 2>& sides,
                 std::size_t memory_bytes)
      : session_(std::move(session)) {
    for (std::size_t i = 0; i < 2; ++i)
      sides_[i] = {sides[i].meanings, sides[i].is_view, sides[i].rows_max,
                   sides[i].text_bytes < memory_bytes / memory_share};
  }

  Dialect dialect() const override { return session_->dialect(); }
  std::string quoted(const TablePath& table) const override { return session_->quoted(table); }
  Result<Rows> query(std::string_view sql, const QueryLimits& limits) override {
    return session_->query(sql, limits);
  }
  void cancel() override { session_->cancel(); }
  std::optional<double> progress() const override { return session_->progress(); }
  Result<std::optional<TableInfo>> describe(const TablePath& table) override {
    auto info = TRY(session_->describe(table));
    for (std::size_t i = 0; info && i < 2; ++i) {
      if (table != meeting_tables[i]) continue;
      info->is_view = sides_[i].is_view;
      info->rows_max = sides_[i].rows_max;
      info->fits_memory = sides_[i].rows_max && sides_[i].fits_memory;
      for (ColumnInfo& column : info->columns)
        if (const auto found = sides_[i].meanings.find(column.name); found != sides_[i].meanings.end())
          column.type = found->second;
    }
    return info;
  }

 private:
  struct Known {
    std::map<std::string, std::string> meanings;
    bool is_view = false;
    std::optional<std::int64_t> rows_max;
    bool fits_memory = false;
  };

  std::unique_ptr<Connection> session_;
  std::array<Known, 2> sides_;
};

class Meeting {
 public:
  Meeting(std::shared_ptr<DatabaseHandle> database, std::unique_ptr<Connection> session, Cancel& cancel,
          Progress* progress)
      : database_(std::move(database)), session_(std::move(session)), cancel_(cancel), progress_(progress) {}

  Status prepare(std::size_t i, const Relation& relation);
  Status leave_in_place(Reading reading);
  Status close_off();
  Status load();
  Status present(std::size_t i);
  // From another thread, once both sides are prepared.
  void stop() {
    session_->cancel();
    for (const Side& side : sides_)
      if (side.stream) side.stream->cancel();
  }
  std::unique_ptr<Connection> session(std::size_t memory_bytes) {
    return std::make_unique<MeetingSession>(std::move(session_), sides_, memory_bytes);
  }

 private:
  Status attach(Side& side, std::size_t i);
  Status find_files(Side& side);
  Status find_guessed(Side& side, const std::string& list);
  Status find_dialect(Side& side);
  Status read(Side& side);
  void begin_reading();
  Result<Rows> ask(const std::string& sql, std::int64_t units = 0) {
    return query_watched(*session_, sql, {}, {.cancel = cancel_, .progress = progress_, .units = units});
  }
  Status present_loaded(Side& side, const std::string& name);
  Status present_guessed(Side& side, const std::string& name);
  Result<bool> must_stay_exact(const std::string& table, const std::string& column);

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
  if (source.type == "csv") TRY(find_guessed(side, list));
  return {};
}

// Numbers with a point are doubles to DuckDB's reader, which rounds those of many digits.
Status Meeting::find_guessed(Side& side, const std::string& list) {
  const Rows guesses = TRY(session_->query(
      "select column_name, column_type from (describe select * from " + side.origin + ")", {}));
  std::string types;
  for (const auto& row : guesses.rows) {
    const std::string name = literal(row[0].value_or(""));
    const bool guessed = row[1] == "DOUBLE";
    side.columns +=
        (side.columns.empty() ? "" : ", ") + name + ": " + literal(guessed ? "VARCHAR" : row[1].value_or(""));
    if (!guessed) continue;
    side.guessed.push_back(row[0].value_or(""));
    types += (types.empty() ? "" : ", ") + name + ": 'VARCHAR'";
  }
  if (!types.empty()) side.origin = "read_csv([" + list + "], types = {" + types + "})";
  if (list == literal(files_.back()) && has_plain_name(files_.back())) side.text_file = files_.back();
  return {};
}

// DuckDB gives the call that its guesses come to; the side's columns take the place of those in it.
Status Meeting::find_dialect(Side& side) {
  constexpr std::string_view lead = "FROM read_csv(";
  std::error_code error;
  const auto bytes = std::filesystem::file_size(side.text_file, error);
  if (error) return {};
  const std::string file = literal(side.text_file);
  const Rows call =
      TRY(session_->query("select Prompt, DateFormat, TimestampFormat from sniff_csv(" + file + ")", {}));
  const std::string prompt = call.rows.at(0).at(0).value_or("");
  const std::size_t found = prompt.find(", columns={", lead.size() + file.size());
  if (!prompt.starts_with(std::string(lead) + file) || found == std::string::npos) return {};
  side.in_place = prompt.substr(std::string_view("FROM ").size(), found - std::string_view("FROM ").size()) +
                  ", columns={" + side.columns + "}";
  if (call.rows[0][1]) side.in_place += ", dateformat=" + literal(*call.rows[0][1]);
  if (call.rows[0][2]) side.in_place += ", timestampformat=" + literal(*call.rows[0][2]);
  side.in_place += ")";
  side.text_bytes = bytes;
  return {};
}

// Two text files whose numbers were guessed alike need not be brought into tables first.
Status Meeting::leave_in_place(Reading reading) {
  constexpr std::int64_t row_bytes_min = 2;
  const auto fits = [this](const Side& side) {
    return !side.text_file.empty() && side.relation->filter.empty() && side.guessed == sides_[0].guessed;
  };
  if (reading == Reading::once || !std::all_of(sides_.begin(), sides_.end(), fits)) return {};
  for (Side& side : sides_)
    TRY(find_dialect(side));
  if (sides_[0].in_place.empty() || sides_[1].in_place.empty()) return {};
  for (Side& side : sides_)
    side.rows_max = static_cast<std::int64_t>(side.text_bytes) / row_bytes_min + 1;
  const std::string plain = "'-?(0|[1-9][0-9]*)([.][0-9]+)?'";
  TRY(
      session_->query("create macro vernier_shortest(t) as case when not contains(t, '.') then t else "
                      "rtrim(rtrim(t, '0'), '.') end",
                      {}));
  TRY(session_->query(
      "create macro vernier_exact(t) as case when regexp_full_match(t, " + plain +
          ") then case when vernier_shortest(t) = '-0' then '0' else vernier_shortest(t) end end",
      {}));
  TRY(session_->query(
      "create macro " + std::string(number_texts_differ) +
          "(a, b) as case when a is not distinct from b then false when vernier_exact(a) is not null and "
          "vernier_exact(b) is not null then vernier_exact(a) <> vernier_exact(b) when try_cast(a as double) "
          "is "
          "not null and try_cast(b as double) is not null then try_cast(a as double) <> try_cast(b as "
          "double) "
          "else true end",
      {}));
  return {};
}

Status Meeting::prepare(std::size_t i, const Relation& relation) {
  Side& side = sides_[i];
  side.relation = &relation;
  const std::string& type = relation.source.type;
  if (type == "duckdb") return attach(side, i);
  if (type == "parquet" || type == "csv") return find_files(side);
  const auto protocol = std::find_if(std::begin(streams), std::end(streams),
                                     [&](const auto& stream) { return type == stream.first; });
  if (protocol == std::end(streams))
    return invalid_input("data sources of type \"" + type + "\" are not supported");
  side.stream = TRY(protocol->second(relation));
  side.origin = "loaded_" + std::to_string(i);
  return {};
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
  ConnectionHandle connection;
  if (duckdb_connect(database_->get(), connection.address()) == DuckDBError)
    return unavailable("DuckDB gave no connection");
  while (true) {
    TRY(create_table(connection.get(), side));
    const auto writer = TRY(ChunkWriter::open(connection.get(), side.origin, progress_));
    if (TRY(side.stream->read_into(*writer))) return writer->close();
    if (progress_) progress_->add(-writer->rows_written());
  }
}

void Meeting::begin_reading() {
  std::int64_t expected = 0;
  std::size_t streams_read = 0;
  bool known = true;
  for (const Side& side : sides_) {
    if (!side.stream) continue;
    ++streams_read;
    const auto rows = side.stream->expected_rows();
    known = known && rows;
    expected += rows.value_or(0);
  }
  if (!progress_ || streams_read == 0) return;
  progress_->begin(streams_read == 2  ? "reading both tables"
                   : sides_[0].stream ? "reading production's table"
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
      if (!sides_[i].stream) continue;
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

Status Meeting::present_loaded(Side& side, const std::string& name) {
  bool cast = false;
  std::string list;
  for (const StreamColumn& column : side.stream->columns()) {
    if (!column.meaning.empty()) side.meanings[column.name] = column.meaning;
    cast = cast || !column.cast.empty();
    list += (list.empty() ? "" : ", ") +
            (column.cast.empty()
                 ? quote(column.name)
                 : "cast(" + quote(column.name) + " as " + column.cast + ") as " + quote(column.name));
  }
  const std::string sql = cast ? "create view " + name + " as select " + list + " from " + side.origin
                               : "alter table " + side.origin + " rename to " + name;
  TRY(ask(sql));
  return {};
}

// Whether doubles would confuse some of the texts, and all are numbers in the one form that exact numbers
// have, but for zeros at the end.
Result<bool> Meeting::must_stay_exact(const std::string& table, const std::string& column) {
  const Rows longest = TRY(ask("select coalesce(max(length(" + column + ")), 0) > " +
                               std::to_string(double_digits) + " from " + table));
  if (longest.rows.at(0).at(0) != "true") return false;
  const Rows plain = TRY(ask("select bool_and(regexp_full_match(" + column +
                             ", '-?(0|[1-9][0-9]*)([.][0-9]+)?') and not (starts_with(" + column +
                             ", '-0') and regexp_full_match(" + column + ", '-0([.]0*)?'))) from " + table));
  return plain.rows.at(0).at(0) == "true";
}

// The file is parsed once and its guessed columns kept as texts, which a view makes numbers of. A filter sees
// doubles.
Status Meeting::present_guessed(Side& side, const std::string& name) {
  const std::string table = "parsed_" + name;
  TRY(ask("create table " + table + " as from " + side.origin));
  std::string doubles;
  std::string texts;
  std::string exact;
  std::string left_out;
  for (const std::string& guessed : side.guessed) {
    const std::string column = quote(guessed);
    const bool stays_exact = TRY(must_stay_exact(table, column));
    if (!stays_exact || !side.relation->filter.empty())
      doubles += (doubles.empty() ? "" : ", ") + ("cast(" + column) + " as double) as " + column;
    if (!stays_exact) continue;
    side.meanings[guessed] = exact_number;
    const std::string text = side.relation->filter.empty() ? column : quote("text of " + guessed);
    texts += ", " + column + " as " + text;
    left_out += (left_out.empty() ? "" : ", ") + text;
    // Few texts end in a zero, and only those are worked on.
    exact += (exact.empty() ? "" : ", ") + ("case when ends_with(" + text) + ", '0') and contains(" + text +
             ", '.') then rtrim(rtrim(" + text + ", '0'), '.') else " + text + " end as " + column;
  }
  const std::string& filter = side.relation->filter;
  std::string sql = "create " + std::string(filter.empty() ? "view " : "table ") + name + " as select ";
  if (filter.empty()) {
    const std::string numbers = doubles + (doubles.empty() || exact.empty() ? "" : ", ") + exact;
    TRY(ask(sql + "* replace (" + numbers + ") from " + table));
    return {};
  }
  sql += exact.empty() ? "*" : "* exclude (" + left_out + ") replace (" + exact + ")";
  sql += " from (select * replace (" + doubles + ")" + texts + " from " + table + ") src where (\n" + filter +
         "\n)";
  TRY(ask(sql));
  TRY(ask("drop table " + table));
  return {};
}

// The side under the name and with the meaning that its rows are compared by.
Status Meeting::present(std::size_t i) {
  Side& side = sides_[i];
  const std::string& name = meeting_tables[i].front();
  if (side.stream) return present_loaded(side, name);
  if (side.rows_max) {
    for (const std::string& guessed : side.guessed)
      side.meanings[guessed] = number_text;
    TRY(ask("create view " + name + " as select * from " + side.in_place));
    return {};
  }
  if (!side.guessed.empty()) return present_guessed(side, name);
  // Text is parsed once and kept, since one diff reads it several times.
  const std::string kind = side.relation->source.type == "csv" ? "table " : "view ";
  std::string sql = "create " + kind + name + " as select * from " + side.origin;
  // On lines of its own lest a comment in it swallow what follows. A database has filtered its rows itself.
  if (!side.relation->filter.empty()) sql += " src where (\n" + side.relation->filter + "\n)";
  TRY(ask(sql));
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> meet(const std::array<Relation, 2>& relations,
                                         const MeetingLimits& limits, Cancel& cancel, Progress* progress,
                                         Reading reading) {
  MeetingLimits duckdb_limits = limits;
  for (const Relation& relation : relations)
    if (relation.source.type == "sqlite")
      duckdb_limits.memory_bytes -= std::min(sqlite_bytes, limits.memory_bytes / 8);
  auto database = TRY(open_in_memory(duckdb_limits));
  auto session = TRY(duckdb_session(database, "memory"));
  Meeting meeting(std::move(database), std::move(session), cancel, progress);
  for (std::size_t i = 0; i < 2; ++i)
    TRY_DURING(side_names[i], meeting.prepare(i, relations[i]));
  TRY(meeting.leave_in_place(reading));
  TRY(meeting.close_off());
  const auto guard = cancel.on_request([&] { meeting.stop(); });
  TRY(meeting.load());
  for (std::size_t i = 0; i < 2; ++i)
    TRY_DURING(side_names[i], meeting.present(i));
  return meeting.session(limits.memory_bytes);
}

}  // namespace vernier::engine
