// SPDX-License-Identifier: Apache-2.0
#include "ci/ci_fixture.h"
#include "ci/wishes.h"

namespace vernier::ci {
namespace {

// What a commit message says of `orders`, whose `amount` the pull request calls `total`.
struct Said {
  const char* models;
  std::int64_t compared;
};

class RenamesTest : public CiTest, public testing::WithParamInterface<Said> {};

TEST_P(RenamesTest, PairColumnsOfTheModelsThatTheyName) {
  project_.sql("alter table pr_7.orders rename amount to total");
  value(upload("production", sha('a'), "prod", "select 1 as id"));
  const std::int64_t id = trigger(7, sha('b'), sha('a'));
  wait_for(id, RunStatus::waiting);
  store::RunRecord record = value(store_->run(id));
  Wishes wishes;
  wishes.renames = {{"amount", "total", GetParam().models}};
  record.wishes = to_text(wishes);
  ASSERT_TRUE(store_->update_run(record).ok());

  value(upload("pull_request", sha('b'), "pr_7", "select 2 as id"));
  const model::CiRun run = wait_for(id, RunStatus::done);
  const model::ReportedNode* orders = find(run, "orders");
  ASSERT_TRUE(orders);
  EXPECT_EQ(orders->diff.values.compared_columns, GetParam().compared) << orders->diff.why;
  EXPECT_EQ(orders->diff.values.rows_with_differences, 5 * GetParam().compared);
  EXPECT_EQ(find(run, "totals")->diff.result, DiffResult::identical) << "which has no such columns";
}

INSTANTIATE_TEST_SUITE_P(Patterns, RenamesTest,
                         testing::Values(Said{"", 1}, Said{"ord*", 1}, Said{"orders", 1}, Said{"tot*", 0}));

}  // namespace
}  // namespace vernier::ci
