// SPDX-License-Identifier: Apache-2.0
#include "engine/snapshot_function.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "engine/adapters.h"

namespace vernier::engine {

// Lives as long as the database, whose function it is.
struct SnapshotFunction::State {
  std::unique_ptr<TableSnapshot> snapshot;
  std::vector<LogicalType> types;  // of the snapshot's columns
  Progress* progress = nullptr;

  std::mutex mutex;  // of what follows
  std::vector<std::unique_ptr<SnapshotReader>> readers;
  std::vector<SnapshotReader*> idle;
  std::optional<Error> failure;

  SnapshotReader* take_reader() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return nullptr;
    SnapshotReader* reader = idle.back();
    idle.pop_back();
    return reader;
  }
  void give_back(SnapshotReader* reader) {
    const std::lock_guard lock(mutex);
    idle.push_back(reader);
  }
  // What a thread of DuckDB tells it.
  const char* fail(Error error) {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::move(error);
    return failure->message.c_str();
  }
};

namespace {

template <typename T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

}  // namespace

// The callbacks of DuckDB, and what they keep from one call to the next.
struct SnapshotFunction::Scan {
  // Of a whole statement: what it reads, and which part of it is next.
  std::shared_ptr<State> state;
  SnapshotPart wish;
  std::atomic<std::size_t> next_part = 0;

  // Of one thread: the session that it reads a part in.
  struct Thread {
    std::shared_ptr<State> state;
    SnapshotReader* reader = nullptr;
    bool in_part = false;

    ~Thread() { leave(); }
    void leave() {
      if (!reader) return;
      // A session that cannot go on is not used again.
      if (!in_part || reader->give_up()) state->give_back(reader);
      reader = nullptr;
    }
  };

  static const std::shared_ptr<State>& state_of(void* extra_info) {
    return *static_cast<std::shared_ptr<State>*>(extra_info);
  }
  static void bind(duckdb_bind_info info);
  static void init(duckdb_init_info info);
  static void init_thread(duckdb_init_info info);
  static void read(duckdb_function_info info, duckdb_data_chunk output);

  Result<bool> begin_part(Thread& thread);
  Status fill(Thread& thread, ChunkWriter& writer);
};

void SnapshotFunction::Scan::bind(duckdb_bind_info info) {
  State& state = *state_of(duckdb_bind_get_extra_info(info));
  const auto& columns = state.snapshot->columns();
  for (std::size_t i = 0; i < columns.size(); ++i)
    duckdb_bind_add_result_column(info, columns[i].name.c_str(), state.types[i].get());
  duckdb_bind_set_cardinality(info, static_cast<idx_t>(state.snapshot->rows_about()), false);
  duckdb_value value = duckdb_bind_get_parameter(info, 0);
  char* condition = duckdb_get_varchar(value);
  duckdb_bind_set_bind_data(info, new std::string(condition ? condition : ""), &destroy<std::string>);
  duckdb_free(condition);
  duckdb_destroy_value(&value);
}

void SnapshotFunction::Scan::init(duckdb_init_info info) {
  auto scan = std::make_unique<Scan>();
  scan->state = state_of(duckdb_init_get_extra_info(info));
  scan->wish.condition = *static_cast<const std::string*>(duckdb_init_get_bind_data(info));
  // A statement that only counts names a column of no number.
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i)
    if (const idx_t column = duckdb_init_get_column_index(info, i); column < scan->state->types.size())
      scan->wish.columns.push_back(column);
  const std::size_t sessions = scan->state->readers.size();
  duckdb_init_set_max_threads(info, scan->wish.condition.empty() ? sessions : 1);
  duckdb_init_set_init_data(info, scan.release(), &destroy<Scan>);
}

void SnapshotFunction::Scan::init_thread(duckdb_init_info info) {
  auto thread = std::make_unique<Thread>();
  thread->state = state_of(duckdb_init_get_extra_info(info));
  thread->reader = thread->state->take_reader();
  if (!thread->reader)
    duckdb_init_set_error(info, thread->state->fail(unavailable("no session is left to read rows in")));
  duckdb_init_set_init_data(info, thread.release(), &destroy<Thread>);
}

// False where all parts are taken.
Result<bool> SnapshotFunction::Scan::begin_part(Thread& thread) {
  const std::size_t parts = wish.condition.empty() ? state->snapshot->parts() : 1;
  SnapshotPart part = wish;
  part.number = next_part.fetch_add(1);
  if (part.number >= parts) return false;
  thread.in_part = true;
  TRY(thread.reader->begin(part));
  return true;
}

Status SnapshotFunction::Scan::fill(Thread& thread, ChunkWriter& writer) {
  while (!writer.is_full()) {
    if (!thread.in_part && !TRY(begin_part(thread))) break;
    if (TRY(thread.reader->read_row(writer)))
      writer.complete_row();
    else
      thread.in_part = false;
  }
  return {};
}

void SnapshotFunction::Scan::read(duckdb_function_info info, duckdb_data_chunk output) {
  Scan& scan = *static_cast<Scan*>(duckdb_function_get_init_data(info));
  Thread& thread = *static_cast<Thread*>(duckdb_function_get_local_init_data(info));
  ChunkWriter writer;
  writer.start(output);
  if (const Status filled = scan.fill(thread, writer); !filled) {
    duckdb_function_set_error(info, scan.state->fail(filled.error()));
    return;
  }
  duckdb_data_chunk_set_size(output, writer.rows());
  if (scan.state->progress) scan.state->progress->add(static_cast<std::int64_t>(writer.rows()));
  if (writer.rows() == 0) thread.leave();
}

SnapshotFunction::SnapshotFunction(std::shared_ptr<State> state) : state_(std::move(state)) {}

const TableSnapshot& SnapshotFunction::snapshot() const {
  return *state_->snapshot;
}

void SnapshotFunction::cancel() {
  const std::lock_guard lock(state_->mutex);
  for (const auto& reader : state_->readers)
    if (std::find(state_->idle.begin(), state_->idle.end(), reader.get()) == state_->idle.end())
      reader->cancel();
}

std::optional<Error> SnapshotFunction::take_failure() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->failure, std::nullopt);
}

namespace {

// The types that DuckDB knows by these names.
Result<std::vector<LogicalType>> types_of(duckdb_connection connection,
                                          const std::vector<StreamColumn>& columns) {
  std::string list;
  for (const StreamColumn& column : columns)
    list += (list.empty() ? "" : ", ") + ("cast(null as " + column.type) + ")";
  if (list.empty()) return invalid_input("the table has no columns");
  QueryResult result;
  if (duckdb_query(connection, ("select " + list).c_str(), &result.result) == DuckDBError) {
    const char* message = duckdb_result_error(&result.result);
    return invalid_input("DuckDB: " + one_line(message ? message : "no message"));
  }
  std::vector<LogicalType> types(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    *types[i].address() = duckdb_column_logical_type(&result.result, i);
  return types;
}

}  // namespace

Result<std::unique_ptr<SnapshotFunction>> SnapshotFunction::create(duckdb_connection connection,
                                                                   const std::string& name,
                                                                   std::unique_ptr<TableSnapshot> snapshot,
                                                                   Progress* progress) {
  auto state = std::make_shared<State>();
  state->types = TRY(types_of(connection, snapshot->columns()));
  state->readers = snapshot->take_readers();
  for (const auto& reader : state->readers)
    state->idle.push_back(reader.get());
  state->snapshot = std::move(snapshot);
  state->progress = progress;
  Owned<duckdb_table_function, &duckdb_destroy_table_function> function;
  *function.address() = duckdb_create_table_function();
  LogicalType text;
  *text.address() = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_table_function_set_name(function.get(), name.c_str());
  duckdb_table_function_add_parameter(function.get(), text.get());
  duckdb_table_function_set_extra_info(function.get(), new std::shared_ptr<State>(state),
                                       &destroy<std::shared_ptr<State>>);
  duckdb_table_function_set_bind(function.get(), &Scan::bind);
  duckdb_table_function_set_init(function.get(), &Scan::init);
  duckdb_table_function_set_local_init(function.get(), &Scan::init_thread);
  duckdb_table_function_set_function(function.get(), &Scan::read);
  duckdb_table_function_supports_projection_pushdown(function.get(), true);
  if (duckdb_register_table_function(connection, function.get()) == DuckDBError)
    return unavailable("DuckDB took no table function");
  return std::unique_ptr<SnapshotFunction>(new SnapshotFunction(std::move(state)));
}

}  // namespace vernier::engine
