// SPDX-License-Identifier: Apache-2.0
// A table of PostgreSQL as one exported snapshot shows it, read by ranges of its pages.
#include <algorithm>
#include <thread>

#include "base/text.h"
#include "engine/postgresql_snapshot.h"

namespace vernier::engine {

namespace {

// Since 14 ranges of pages are read without a look at the others, and long lists of keys are hashed.
constexpr int server_version_min = 140'000;
constexpr std::int64_t pages_of_part = 8'192;
constexpr std::int64_t first_pages = 64;
constexpr std::size_t sessions_max = 4;     // of one table, lest others find none
constexpr std::int64_t row_bytes_min = 28;  // header and line pointer of a row

// Pages of a table with all its partitions, and of the largest of them. None where not all are plain heaps.
struct Extent {
  std::int64_t pages = 0;
  std::int64_t longest_pages = 0;
  std::int64_t page_bytes = 0;
};

Result<std::optional<Extent>> extent_of(PostgresConnection& connection, const std::string& table) {
  const Rows rows = TRY(connection.query(
      "with recursive part(oid) as (select " + quote_literal(Dialect::postgresql, table) +
          "::pg_catalog.regclass::pg_catalog.oid union select i.inhrelid from pg_catalog.pg_inherits i join "
          "part p on i.inhparent = p.oid) select coalesce(sum(pg_catalog.pg_relation_size(c.oid)), 0), "
          "coalesce(max(pg_catalog.pg_relation_size(c.oid)), 0), "
          "pg_catalog.current_setting('block_size'), bool_and(c.relkind = 'p' or (c.relkind in ('r', 'm') "
          "and a.amname = 'heap')) from part p join pg_catalog.pg_class c on c.oid = p.oid left join "
          "pg_catalog.pg_am a on a.oid = c.relam",
      {}));
  const auto& row = rows.rows.at(0);
  const auto bytes = integer_in(row[0]);
  const auto longest_bytes = integer_in(row[1]);
  const std::int64_t page_bytes = integer_in(row[2]).value_or(0);
  if (row[3] != "t" || !bytes || !longest_bytes || page_bytes <= 0) return std::optional<Extent>();
  return std::optional(Extent{
      .pages = *bytes / page_bytes, .longest_pages = *longest_bytes / page_bytes, .page_bytes = page_bytes});
}

std::string pages_bound(const char* comparison, std::int64_t page) {
  return std::string("src.ctid ") + comparison + " '(" + std::to_string(page) + ",0)'";
}

// What all sessions of a snapshot read.
struct Content {
  std::string from;  // " from ... src", and a filter
  bool is_filtered = false;
  Extent extent;
  PostgresColumns columns;

  std::size_t parts() const {
    return static_cast<std::size_t>(std::max<std::int64_t>(1, extent.longest_pages / pages_of_part));
  }
  // The rest of a statement that reads one of the parts, or the rows of all that meet the condition.
  std::string rows_of(const SnapshotPart& part) const;
};

std::string Content::rows_of(const SnapshotPart& part) const {
  std::vector<std::string> conditions;
  if (!part.condition.empty()) {
    conditions.push_back(part.condition);
  } else {
    const auto first = static_cast<std::int64_t>(part.number) * pages_of_part;
    if (part.number > 0) conditions.push_back(pages_bound(">=", first));
    if (part.number + 1 < parts()) conditions.push_back(pages_bound("<", first + pages_of_part));
  }
  if (conditions.empty()) return from;
  return from + (is_filtered ? " and " : " where ") + join(conditions, " and ");
}

class PostgresReaderOfSnapshot : public SnapshotReader {
 public:
  PostgresReaderOfSnapshot(std::shared_ptr<PostgresConnection> connection,
                           std::shared_ptr<const Content> content)
      : connection_(std::move(connection)), content_(std::move(content)), copy_(*connection_) {}

  Status begin(const SnapshotPart& part) override {
    std::vector<const PostgresReader*> wanted;
    for (const std::size_t column : part.columns)
      wanted.push_back(&content_->columns.readers.at(column));
    columns_ = part.columns;
    return copy_.begin(wanted, content_->rows_of(part));
  }

  Result<bool> read_row(ChunkWriter& writer) override {
    if (!TRY(copy_.next_row())) return false;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (!TRY(copy_.write_cell(i, writer))) return does_not_fit(content_->columns.columns[columns_[i]].name);
    return true;
  }

  // A cancelled statement takes its transaction along, but for what was before the savepoint: the snapshot
  // and the lock.
  Status give_up() override {
    copy_.give_up();
    TRY(connection_->query("rollback to savepoint vernier", {}));
    return {};
  }

  void cancel() override { connection_->cancel(); }

 private:
  std::shared_ptr<PostgresConnection> connection_;
  std::shared_ptr<const Content> content_;
  PostgresCopy copy_;
  std::vector<std::size_t> columns_;
};

class PostgresSnapshot : public TableSnapshot {
 public:
  PostgresSnapshot(std::shared_ptr<const Content> content, std::int64_t rows_about,
                   std::vector<std::unique_ptr<SnapshotReader>> readers)
      : content_(std::move(content)), rows_about_(rows_about), readers_(std::move(readers)) {}

  Dialect dialect() const override { return Dialect::postgresql; }
  const std::vector<StreamColumn>& columns() const override { return content_->columns.columns; }
  std::int64_t rows_max() const override {
    return content_->extent.pages * (content_->extent.page_bytes / row_bytes_min) + 1;
  }
  std::int64_t rows_about() const override { return rows_about_; }
  std::string first_rows() const override { return pages_bound("<", first_pages); }
  std::size_t parts() const override { return content_->parts(); }
  std::vector<std::unique_ptr<SnapshotReader>> take_readers() override { return std::move(readers_); }

 private:
  std::shared_ptr<const Content> content_;
  std::int64_t rows_about_;
  std::vector<std::unique_ptr<SnapshotReader>> readers_;
};

// The lock keeps others from putting another table into this one's place between two statements. One who
// waits for a lock already waits for the first session, and the next would wait for him: hence the limit.
// Those who may read some columns alone may not ask for pages.
Status settle(PostgresConnection& connection, const Content& content) {
  TRY(connection.query("set local lock_timeout = '2s'", {}));
  TRY(connection.query("select src.ctid" + content.from + " limit 0", {}));
  TRY(connection.query("savepoint vernier", {}));
  return {};
}

Result<std::shared_ptr<PostgresConnection>> join_snapshot(const PostgresTarget& target,
                                                          const std::string& snapshot,
                                                          const Content& content) {
  std::shared_ptr<PostgresConnection> connection = TRY(connect_to(target));
  TRY(connection->query(begin_snapshot_sql(Dialect::postgresql), {}));
  TRY(connection->query("set transaction snapshot " + quote_literal(Dialect::postgresql, snapshot), {}));
  TRY(settle(*connection, content));
  return connection;
}

}  // namespace

Result<std::unique_ptr<TableSnapshot>> open_postgresql_snapshot(
    const PostgresTarget& target, const std::shared_ptr<PostgresConnection>& connection,
    const Relation& relation, const StreamSource& source, std::size_t bytes_min) {
  if (connection->server_version() < server_version_min) return std::unique_ptr<TableSnapshot>();
  TRY(connection->query(begin_snapshot_sql(Dialect::postgresql), {}));
  const auto extent = TRY(extent_of(*connection, connection->quoted(relation.table)));
  if (!extent || static_cast<std::size_t>(extent->pages * extent->page_bytes) < bytes_min)
    return std::unique_ptr<TableSnapshot>();
  const auto content = std::make_shared<const Content>(Content{.from = source.from,
                                                               .is_filtered = !relation.filter.empty(),
                                                               .extent = *extent,
                                                               .columns = PostgresColumns(source.table)});
  const Rows exported = TRY(connection->query("select pg_catalog.pg_export_snapshot()", {}));
  TRY(settle(*connection, *content));
  std::vector<std::shared_ptr<PostgresConnection>> sessions = {connection};
  const std::size_t wanted = std::min(
      {sessions_max, content->parts(), std::size_t{std::max(1u, std::thread::hardware_concurrency())}});
  // Where the server has no more sessions to give, fewer do.
  while (sessions.size() < wanted) {
    auto another = join_snapshot(target, exported.rows.at(0).at(0).value_or(""), *content);
    if (!another) break;
    sessions.push_back(*std::move(another));
  }
  std::vector<std::unique_ptr<SnapshotReader>> readers;
  for (auto& session : sessions)
    readers.push_back(std::make_unique<PostgresReaderOfSnapshot>(std::move(session), content));
  return std::unique_ptr<TableSnapshot>(
      std::make_unique<PostgresSnapshot>(content, source.expected_rows.value_or(0), std::move(readers)));
}

}  // namespace vernier::engine
