// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/postgresql_snapshot.h"

namespace vernier::engine {

namespace {

class PostgresStream : public RowStream {
 public:
  PostgresStream(PostgresTarget target, std::shared_ptr<PostgresConnection> connection,
                 const Relation& relation, StreamSource source)
      : target_(std::move(target)),
        connection_(std::move(connection)),
        relation_(relation),
        source_(std::move(source)) {
    for (const ColumnInfo& column : source_.table.columns) {
      readers_.push_back(postgres_reader(column));
      columns_.push_back(readers_.back().column);
    }
  }

  const std::vector<StreamColumn>& columns() const override { return columns_; }
  void cancel() override { connection_->cancel(); }
  std::optional<std::int64_t> expected_rows() const override { return source_.expected_rows; }
  Result<bool> read_into(TableWriter& writer) override;
  Result<std::unique_ptr<TableSnapshot>> snapshot(std::size_t bytes_min) override;

 private:
  PostgresTarget target_;
  std::shared_ptr<PostgresConnection> connection_;
  Relation relation_;
  StreamSource source_;
  std::vector<PostgresReader> readers_;
  std::vector<StreamColumn> columns_;
};

Result<bool> PostgresStream::read_into(TableWriter& writer) {
  std::vector<const PostgresReader*> wanted;
  for (const PostgresReader& reader : readers_)
    wanted.push_back(&reader);
  PostgresCopy copy(*connection_);
  TRY(copy.begin(wanted, source_.from));
  std::vector<bool> misfits(readers_.size());
  bool fits = true;
  // After a misfit the rest is read to see what else does not fit.
  while (TRY(copy.next_row())) {
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      if (misfits[i] || TRY(copy.write_cell(i, writer))) continue;
      misfits[i] = true;
      fits = false;
    }
    if (fits) TRY(writer.end_row());
  }
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    if (!misfits[i]) continue;
    readers_[i] = postgres_text_reader(columns_[i].name, readers_[i].numeric);
    columns_[i] = readers_[i].column;
  }
  return fits;
}

// Where the server refuses one, the rows can be read once all the same.
Result<std::unique_ptr<TableSnapshot>> PostgresStream::snapshot(std::size_t bytes_min) {
  if (relation_.session) return std::unique_ptr<TableSnapshot>();
  auto opened = open_postgresql_snapshot(target_, connection_, relation_, source_, bytes_min);
  if (opened && *opened) return opened;
  if (!opened && opened.error().kind == ErrorKind::unavailable) return opened.error();
  TRY(connection_->query("rollback", {}));
  return std::unique_ptr<TableSnapshot>();
}

}  // namespace

Result<std::unique_ptr<RowStream>> open_postgresql_stream(const Relation& relation) {
  PostgresTarget target = TRY(postgres_target(relation.source));
  auto connection = std::dynamic_pointer_cast<PostgresConnection>(relation.session);
  if (!connection) connection = TRY(connect_to(target));
  if (connection->keeps_any_bytes())
    return invalid_input("the database's encoding is SQL_ASCII, so what its texts mean is not known");
  StreamSource source = TRY(stream_source(*connection, relation));
  return std::unique_ptr<RowStream>(std::make_unique<PostgresStream>(std::move(target), std::move(connection),
                                                                     relation, std::move(source)));
}

}  // namespace vernier::engine
