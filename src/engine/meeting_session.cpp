// SPDX-License-Identifier: Apache-2.0
#include "engine/meeting_session.h"

#include <utility>

#include "engine/stored_rows.h"

namespace vernier::engine {

namespace {

class MeetingSession : public Connection {
 public:
  MeetingSession(std::unique_ptr<Connection> session, std::array<MeetingTable, 2> tables)
      : session_(std::move(session)), tables_(std::move(tables)) {}

  Dialect dialect() const override { return session_->dialect(); }
  std::string quoted(const TablePath& table) const override { return session_->quoted(table); }
  Result<Rows> query(std::string_view sql, const QueryLimits& limits) override;
  void cancel() override {
    session_->cancel();
    for (const MeetingTable& table : tables_)
      if (table.snapshot) table.snapshot->cancel();
  }
  std::optional<double> progress() const override { return session_->progress(); }
  Result<std::optional<TableInfo>> describe(const TablePath& table) override;

 private:
  std::unique_ptr<Connection> session_;
  std::array<MeetingTable, 2> tables_;
};

// Where a statement failed because a server did, DuckDB knows no more than the server's message.
Result<Rows> MeetingSession::query(std::string_view sql, const QueryLimits& limits) {
  auto rows = session_->query(sql, limits);
  const bool was_stopped =
      !rows && (rows.error().kind == ErrorKind::cancelled || rows.error().kind == ErrorKind::timed_out);
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    if (!tables_[i].snapshot) continue;
    const auto failure = tables_[i].snapshot->take_failure();
    if (!rows && failure && !was_stopped) return failure->during(side_names[i]);
  }
  return rows;
}

Result<std::optional<TableInfo>> MeetingSession::describe(const TablePath& table) {
  auto info = TRY(session_->describe(table));
  for (std::size_t i = 0; info && i < tables_.size(); ++i) {
    if (table != meeting_tables[i]) continue;
    const MeetingTable& known = tables_[i];
    info->is_view = known.is_view;
    info->rows_max = known.rows_max;
    info->remote = known.remote;
    info->fits_memory = known.fits_memory;
    if (known.stored) info->stored = unless_hidden(*known.stored, info->columns);
    for (ColumnInfo& column : info->columns)
      if (const auto found = known.meanings.find(column.name); found != known.meanings.end())
        column.type = found->second;
  }
  return info;
}

}  // namespace

std::unique_ptr<Connection> meeting_session(std::unique_ptr<Connection> session,
                                            std::array<MeetingTable, 2> tables) {
  return std::make_unique<MeetingSession>(std::move(session), std::move(tables));
}

}  // namespace vernier::engine
