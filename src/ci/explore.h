// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ci/carry_out.h"
#include "ci/ci.h"
#include "store/store.h"

namespace vernier::ci {

// Fails with invalid_input, saying what is run instead, unless the statement begins as one that reads. Beside
// that, sessions are read-only.
Status check_reads(std::string_view sql);

// The keys of a table that are unique and not null in all its rows. What is tried comes out of a sample of
// the rows; each key that is given was counted in the table itself.
Result<FoundKeys> find_keys(const model::DataSource& source, const KeySearch& search, Cancel& cancel);

// Answers what people ask of data sources, few at a time: they wait on threads that others need too. Its
// methods are Service's.
class Explorer {
 public:
  // `store` must outlive it.
  explicit Explorer(store::Store& store) : store_(store) {}

  Result<TableSchema> table_schema(std::int64_t data_source_id, const std::vector<std::string>& table);
  Result<FoundKeys> find_keys(std::int64_t data_source_id, const KeySearch& search);
  Result<QueryRows> query(std::int64_t data_source_id, const std::string& sql);

  // Ends the statements in progress; later ones fail with cancelled.
  void stop() { stopping_.request(); }

 private:
  static constexpr std::ptrdiff_t questions_at_once = 2;

  store::Store& store_;
  CancelGroup stopping_;
  std::counting_semaphore<questions_at_once> places_{questions_at_once};
};

}  // namespace vernier::ci
