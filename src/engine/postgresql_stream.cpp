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
        source_(std::move(source)),
        columns_(source_.table) {}

  const std::vector<StreamColumn>& columns() const override { return columns_.columns; }
  void cancel() override { connection_->cancel(); }
  std::optional<std::int64_t> expected_rows() const override { return source_.expected_rows; }
  Result<bool> read_into(TableWriter& writer) override;
  Result<std::unique_ptr<TableSnapshot>> snapshot(std::size_t bytes_min) override;

 private:
  PostgresTarget target_;
  std::shared_ptr<PostgresConnection> connection_;
  Relation relation_;
  StreamSource source_;
  PostgresColumns columns_;
};

Result<bool> PostgresStream::read_into(TableWriter& writer) {
  std::vector<const PostgresReader*> wanted;
  for (const PostgresReader& reader : columns_.readers)
    wanted.push_back(&reader);
  PostgresCopy copy(*connection_);
  TRY(copy.begin(wanted, source_.from));
  std::vector<bool> misfits(columns_.readers.size());
  bool fits = true;
  // After a misfit the rest is read to see what else does not fit.
  while (TRY(copy.next_row())) {
    for (std::size_t i = 0; i < columns_.readers.size(); ++i) {
      if (misfits[i] || TRY(copy.write_cell(i, writer))) continue;
      misfits[i] = true;
      fits = false;
    }
    if (fits) TRY(writer.end_row());
  }
  for (std::size_t i = 0; i < columns_.readers.size(); ++i) {
    if (!misfits[i]) continue;
    PostgresReader& reader = columns_.readers[i];
    reader = postgres_text_reader(reader.column.name, reader.numeric);
    columns_.columns[i] = reader.column;
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
