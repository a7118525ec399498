// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datadiff/columns.h"
#include "datadiff/datadiff.h"
#include "datadiff/sampling.h"
#include "datadiff/sql.h"

namespace vernier::datadiff {

// What a join that trusted the keys shows about them (sql.h).
struct Evidence {
  model::Sides<std::int64_t> exclusives{};
  std::int64_t joined = 0;
  std::int64_t nulls = 0;
  std::int64_t surplus = 0;
};

// What narrow_sql() found.
struct Narrowed {
  std::int64_t differing = 0;  // rows that are not surely equal
  bool has_partners = false;   // the pull request's rows of them are kept, too
  Evidence evidence;
  model::Sides<std::int64_t> rows_read{};  // where that was counted
};

struct RowCounters;  // sql_parts.h

// Which values a join compares one by one, by their position in the plan; of the others it compares a hash.
struct JoinColumns {
  std::vector<std::size_t> apart;
  std::vector<ColumnPair> rest;
};

// Of DuckDB, as SET takes it.
struct Setting {
  const char* name;
  const char* value;
};

// How many rows of the tables a statement deals with, and how many were dealt with before.
struct RowsPart {
  std::int64_t before = 0;
  std::int64_t rows = 0;
};

// One diff: its connection, its plan and what is known so far.
class Comparison {
 public:
  // `phase` is what people are told while the rows are compared.
  Comparison(engine::Connection& connection, const DiffRequest& request, Cancel& cancel, std::string phase)
      : connection_(connection), request_(request), cancel_(cancel), phase_(std::move(phase)) {}

  // nullopt where the database's own SQL will not do: the tables have to meet in an embedded DuckDB.
  Result<std::optional<model::TableDiff>> run();

  // As the database itself spells the types.
  const model::SchemaStats& schema() const { return diff_.schema; }

 private:
  Result<engine::Rows> ask(const std::string& sql);
  Result<engine::Rows> ask_for(const std::string& sql, std::size_t rows_max);
  Result<engine::Rows> ask_part(const std::string& sql, std::size_t rows_max, RowsPart part);
  // Figures and three kinds of samples, changed rows of multisets twice.
  std::size_t answer_rows_max() const { return 4 * request_.samples_max + 10; }
  Result<std::optional<engine::TableInfo>> describe(std::size_t side);
  Result<bool> compare();
  bool must_meet() const;
  bool joins_left() const;
  Result<void> count_and_join();
  Result<void> count_and_join_sample(double ratio);
  Result<void> compare_null_keys();
  Result<SampledSide> profile_sample(std::size_t side);
  Status profile_values();
  Status choose_by_time();
  Status leave_out_duplicates();
  Status tell_timeline();
  void say_no_timeline(const std::string& why);
  void thin_samples();
  void take_estimates(const SampledOutcome& outcome, double ratio);
  Result<bool> count_and_join_left();
  void take_left_join(const engine::Rows& rows);
  void begin_counting();
  void begin_comparing();
  Result<void> count_rows();
  Result<void> profile(model::Sides<bool> unique);
  Result<bool> keys_are_unique(std::size_t side);
  Result<bool> join_trusting();
  Result<RowCounters> new_counters(std::int64_t rows_max, std::int64_t kept_max);
  JoinColumns columns_of_join() const;
  Result<engine::Rows> join_part(const DiffPlan& part, const JoinColumns& columns, RowsPart rows,
                                 std::int64_t rows_max, bool few_differ);
  Result<std::optional<bool>> join_parts(const std::vector<DiffPlan>& parts, const JoinColumns& columns,
                                         bool few_differ);
  void note_values_seen(const engine::Rows& probed);
  Result<bool> has_shared_keys();
  Status compare_doubtful(std::int64_t rows);
  Status keep_doubtful(std::size_t side, std::int64_t rows, bool named);
  Status order_changed_samples();
  Result<bool> join_everything(bool few_differ);
  Result<std::vector<DiffPlan>> parts_of_join(std::int64_t groups, double readings_max);
  RowsPart rows_of_part(std::size_t part, std::size_t parts) const;
  Result<std::optional<bool>> join_narrowed();
  Result<bool> has_full_buckets();
  Result<std::optional<Narrowed>> compare_buckets();
  Result<engine::Rows> ask_with(const Setting& setting, const std::string& sql, RowsPart part);
  Result<std::optional<Narrowed>> narrow_down();
  Result<bool> keep_differing(const RowCounters& counters);
  Result<bool> join_kept(const Narrowed& narrow);
  Result<std::optional<DiffPlan>> plan_of_kept_keys(std::size_t side, std::int64_t rows,
                                                    std::string (*keys_sql)(std::size_t));
  std::optional<DiffPlan> plan_of_keys(std::size_t side, const std::vector<engine::Rows>& keys) const;
  Status keep_partners(std::int64_t differing);
  bool reads_anew() const;
  void begin_reading_anew();
  Result<bool> join_reading_anew();
  Result<bool> few_rows_differ();
  bool can_hash_rows() const;
  std::int64_t trusted_rows_max() const;
  bool were_good(const Evidence& evidence);
  Result<void> join_good_rows();
  void take_join(const engine::Rows& rows);
  Result<void> fetch_samples(const engine::Rows& rows);
  Result<engine::Rows> fetch_rows(std::size_t side, const std::vector<std::size_t>& positions,
                                  const std::vector<std::vector<model::Cell>>& keys);
  void add_multiset_samples(const engine::Rows& rows);
  Status finish();
  void judge_keys();

  engine::Connection& connection_;
  const DiffRequest& request_;
  Cancel& cancel_;
  std::string phase_;
  DiffPlan plan_;
  model::Sides<engine::TableInfo> infos_;
  model::Sides<std::string> time_columns_;
  KeyProblems problems_;
  std::vector<bool> values_seen_;  // to differ in the first rows, by column; empty: not looked at
  Outcome total_;
  model::TableDiff diff_;
};

// A number in a cell; 0 where there is none.
std::int64_t integer(const model::Cell& cell);

// The figures of a comparing statement that compares so many columns.
Outcome outcome_of(const engine::Rows& rows, std::size_t columns);
void add(Outcome& total, const Outcome& outcome);

// What the first cell of a row of a comparing statement says that the row is.
RowKind kind_of(const std::vector<model::Cell>& row);

model::TableDiff not_diffed(std::string why);

// Whether rows were added, removed or changed, as far as the figures show.
bool has_row_differences(const model::TableDiff& diff);

}  // namespace vernier::datadiff
