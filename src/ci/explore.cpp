// SPDX-License-Identifier: Apache-2.0
// What people ask of a data source beside diffs: what a table is made of, which columns tell its rows apart,
// what a statement gives.
#include "ci/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <numeric>
#include <unordered_set>

#include "base/text.h"
#include "engine/engine.h"

namespace vernier::ci {
namespace {

using Clock = std::chrono::steady_clock;
using Key = std::vector<std::size_t>;  // indices of columns, ascending

constexpr engine::QueryLimits query_limits = {.rows_max = 10'000, .timeout = std::chrono::seconds(60)};
constexpr std::size_t query_bytes_max = std::size_t{64} << 20;
constexpr std::size_t query_cells_max = 1'000'000;
constexpr std::size_t statement_bytes_max = 1'000'000;

constexpr std::chrono::seconds search_time_max{60};
constexpr std::int64_t sample_rows_max = 20'000;
constexpr std::int64_t candidates_max = 10;
constexpr std::size_t counts_max = 20;
// How many of the likeliest columns are tried alone, in pairs and in threes.
constexpr std::array<std::size_t, 3> columns_tried = {60, 16, 10};

struct OpenTable {
  std::unique_ptr<engine::Database> database;
  std::unique_ptr<engine::Connection> connection;
  engine::TableInfo info;
};

Result<OpenTable> open_table(const model::DataSource& source, const std::vector<std::string>& table) {
  if (table.empty() || table.size() > 3)
    return invalid_input("`table` must be a list of one to three names, database first");
  OpenTable open;
  open.database = TRY(engine::open(source));
  open.connection = TRY(open.database->connect());
  auto info = TRY(open.connection->describe(table));
  if (!info) return not_found(fmt::format("there is no table {} in {}", join(table, "."), source.name));
  open.info = std::move(*info);
  return open;
}

// Without white space, opening parentheses and comments in front.
std::string_view without_lead(std::string_view sql) {
  while (true) {
    while (!sql.empty() &&
           (sql.front() == '(' || sql.front() == ' ' || (sql.front() >= '\t' && sql.front() <= '\r')))
      sql.remove_prefix(1);
    std::size_t end = std::string_view::npos;
    if (sql.starts_with("--"))
      end = sql.find('\n');
    else if (sql.starts_with("/*") && sql.find("*/") != std::string_view::npos)
      end = sql.find("*/") + 1;
    else
      return sql;
    sql.remove_prefix(std::min(sql.size(), end == std::string_view::npos ? sql.size() : end + 1));
  }
}

bool begins_with_any(const std::string& lower_text, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](const std::string& beginning) {
    return lower_text.starts_with(to_lower(beginning));
  });
}

// How likely a column is to be (part of) a key: less is likelier. Negative: it cannot be.
int rank(const engine::ColumnInfo& column, const KeySearch& search) {
  const std::string name = to_lower(column.name);
  const std::string type = to_lower(column.type);
  for (const std::string& avoided : search.avoid_names)
    if (to_lower(avoided) == name) return -1;
  if (begins_with_any(type, search.avoid_types)) return -1;
  static const std::vector<std::string> no_keys = {"float",  "double", "real",  "json", "bytea",   "blob",
                                                   "struct", "map",    "union", "xml",  "longblob"};
  if (begins_with_any(type, no_keys) || type.ends_with("]")) return -1;
  const std::string table = to_lower(search.table.back());
  if (name == "id" || name == table + "_id" || name == "uuid") return 0;
  if (name.ends_with("id") || name.ends_with("_key") || name.ends_with("_no") || name.ends_with("code"))
    return 1;
  static const std::vector<std::string> usual = {"int", "big", "small", "uuid", "char", "varchar", "text"};
  return begins_with_any(type, usual) ? 2 : 3;
}

// The columns that a key may have, likeliest first.
std::vector<std::string> likely_columns(const engine::TableInfo& table, const KeySearch& search) {
  std::vector<const engine::ColumnInfo*> columns;
  for (const engine::ColumnInfo& column : table.columns)
    if (rank(column, search) >= 0) columns.push_back(&column);
  std::stable_sort(columns.begin(), columns.end(),
                   [&](const auto* a, const auto* b) { return rank(*a, search) < rank(*b, search); });
  std::vector<std::string> names;
  for (const engine::ColumnInfo* column : columns)
    if (names.size() < columns_tried[0]) names.push_back(column->name);
  return names;
}

bool is_key_of(const engine::Rows& sample, const Key& key) {
  std::unordered_set<std::string> seen;
  for (const auto& row : sample.rows) {
    std::string values;
    for (const std::size_t column : key) {
      if (!row[column]) return false;
      values += fmt::format("{}:", row[column]->size());
      values += *row[column];
    }
    if (!seen.insert(std::move(values)).second) return false;
  }
  return true;
}

// One connection's search, within its time and its number of counts.
class Search {
 public:
  Search(engine::Connection& connection, const KeySearch& search, std::vector<std::string> columns,
         const Cancel& cancel)
      : connection_(connection), search_(search), columns_(std::move(columns)), cancel_(cancel) {}

  Result<FoundKeys> run() {
    sample_ =
        TRY(ask(fmt::format("select {} from {} limit {}", quoted(all_columns()), table(), sample_rows())));
    if (sample_.rows.empty())
      return FoundKeys{{}, "The table has no rows, so nothing tells which are its keys."};
    for (std::size_t size = 1; size <= columns_tried.size() && !enough(); ++size)
      TRY(try_keys_of(size));
    FoundKeys found;
    for (const Key& key : keys_)
      found.keys.push_back(names(key));
    if (found.keys.empty())
      found.why = counts_ == counts_max
                      ? "The likeliest columns were counted, and none are unique and not null in all rows."
                      : "No column, pair or triple of columns is unique and not null.";
    return found;
  }

 private:
  Result<engine::Rows> ask(const std::string& sql) {
    if (cancel_.requested()) return cancelled("the server is stopping");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now());
    if (left.count() <= 0)
      return timed_out(fmt::format("the search for keys took longer than {} s", search_time_max.count()));
    return connection_.query(sql, {.rows_max = sample_rows_max, .timeout = left});
  }

  bool enough() const {
    const std::int64_t wanted = std::clamp<std::int64_t>(search_.candidates, 1, candidates_max);
    return keys_.size() >= static_cast<std::size_t>(wanted) || counts_ == counts_max;
  }
  std::int64_t sample_rows() const {
    return std::clamp<std::int64_t>(search_.sample_size, 1, sample_rows_max);
  }
  std::string table() const { return connection_.quoted(search_.table); }

  Key all_columns() const {
    Key all(columns_.size());
    std::iota(all.begin(), all.end(), 0U);
    return all;
  }
  std::vector<std::string> names(const Key& key) const {
    std::vector<std::string> list;
    for (const std::size_t column : key)
      list.push_back(columns_[column]);
    return list;
  }
  std::string quoted(const Key& key, std::string_view separator = ", ") const {
    std::vector<std::string> list = names(key);
    for (std::string& name : list)
      name = engine::quote_identifier(connection_.dialect(), name);
    return join(list, separator);
  }

  // Keys of that many columns, without those that hold a smaller one.
  Status try_keys_of(std::size_t size) {
    const std::size_t columns = std::min(columns_.size(), columns_tried[size - 1]);
    if (columns < size) return {};
    std::vector<bool> chosen(columns, false);
    std::fill_n(chosen.begin(), size, true);
    do {
      Key key;
      for (std::size_t i = 0; i < columns; ++i)
        if (chosen[i]) key.push_back(i);
      if (!holds_known(key) && is_key_of(sample_, key) && TRY(count(key))) keys_.push_back(key);
    } while (!enough() && std::prev_permutation(chosen.begin(), chosen.end()));
    return {};
  }

  bool holds_known(const Key& key) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const Key& known) {
      return std::includes(key.begin(), key.end(), known.begin(), known.end());
    });
  }

  // Whether the key is unique and not null in all rows.
  Result<bool> count(const Key& key) {
    ++counts_;
    const engine::Rows rows = TRY(ask(
        fmt::format("select (select count(*) from {0} where {1} is null), (select count(*) from (select 1 "
                    "as one from {0} group by {2} having count(*) > 1 limit 1) as repeated)",
                    table(), quoted(key, " is null or "), quoted(key))));
    return rows.rows.at(0) == std::vector<std::optional<std::string>>{"0", "0"};
  }

  engine::Connection& connection_;
  const KeySearch& search_;
  const std::vector<std::string> columns_;
  const Cancel& cancel_;
  const Clock::time_point end_ = Clock::now() + search_time_max;
  engine::Rows sample_;
  std::vector<Key> keys_;
  std::size_t counts_ = 0;
};

Status check_size(const engine::Rows& rows) {
  if (rows.columns.empty()) return invalid_input("the statement gave no columns; only what reads is run");
  if (rows.rows.size() * rows.columns.size() > query_cells_max)
    return too_large(fmt::format("the statement gave more than {} values", query_cells_max));
  std::size_t bytes = 0;
  for (const auto& row : rows.rows)
    for (const auto& cell : row)
      bytes += cell ? cell->size() : 0;
  if (bytes > query_bytes_max) return too_large("the statement gave more than 64 MiB");
  return {};
}

Error busy() {
  return unavailable("other questions are being answered by data sources right now; ask again in a moment");
}

// Gives a place back that was taken.
template <typename Places>
class Place {
 public:
  explicit Place(Places& places) : places_(places) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { places_.release(); }

 private:
  Places& places_;
};

}  // namespace

Status check_reads(std::string_view sql) {
  if (sql.size() > statement_bytes_max) return too_large("the statement is longer than a million bytes");
  const std::string_view start = without_lead(sql);
  const std::string word = to_lower(start.substr(0, start.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ")));
  constexpr std::array reading = {"select", "with",     "values", "table",     "from",
                                  "show",   "describe", "desc",   "summarize", "explain"};
  if (std::find(reading.begin(), reading.end(), word) == reading.end())
    return invalid_input("only statements that read are run: SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN");
  const std::string lower = to_lower(sql);
  for (const char* file : {"outfile", "dumpfile"})
    if (lower.find(file) != std::string::npos)
      return invalid_input(fmt::format("statements that name {} are not run: they write files", file));
  return {};
}

Result<FoundKeys> find_keys(const model::DataSource& source, const KeySearch& search, Cancel& cancel) {
  const OpenTable open = TRY(open_table(source, search.table));
  std::vector<std::string> columns = likely_columns(open.info, search);
  if (columns.empty()) return FoundKeys{{}, "The table has no column that could be part of a key."};
  const auto guard = cancel.on_request([&] { open.connection->cancel(); });
  return Search(*open.connection, search, std::move(columns), cancel).run();
}

Result<TableSchema> Explorer::table_schema(std::int64_t data_source_id,
                                           const std::vector<std::string>& table) {
  const model::DataSource source = TRY(store_.data_source(data_source_id));
  const OpenTable open = TRY(open_table(source, table));
  TableSchema schema;
  schema.is_view = open.info.is_view;
  for (const engine::ColumnInfo& column : open.info.columns)
    schema.columns.push_back({column.name, column.type, column.nullable});
  return schema;
}

Result<FoundKeys> Explorer::find_keys(std::int64_t data_source_id, const KeySearch& search) {
  const model::DataSource source = TRY(store_.data_source(data_source_id));
  if (!places_.try_acquire()) return busy();
  const Place place(places_);
  Cancel cancel;
  const CancelGroup::Member member(stopping_, cancel);
  return ci::find_keys(source, search, cancel);
}

Result<QueryRows> Explorer::query(std::int64_t data_source_id, const std::string& sql) {
  const model::DataSource source = TRY(store_.data_source(data_source_id));
  TRY(check_reads(sql));
  if (!places_.try_acquire()) return busy();
  const Place place(places_);
  const auto database = TRY(engine::open(source));
  const auto connection = TRY(database->connect());
  Cancel cancel;
  const CancelGroup::Member member(stopping_, cancel);
  const auto guard = cancel.on_request([&] { connection->cancel(); });
  if (cancel.requested()) return cancelled("the server is stopping");
  engine::Rows rows = TRY(connection->query(sql, query_limits));
  TRY(check_size(rows));
  return QueryRows{std::move(rows.columns), std::move(rows.rows)};
}

}  // namespace vernier::ci
