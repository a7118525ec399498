// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/text.h"
#include "store/store_fixture.h"

namespace vernier::store {
namespace {

class ForgeRecord : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    model::CiConfig config;
    config.name = "shop";
    ci_ = must(store_->add_ci_config(config)).id;
  }
  EventRecord event(const std::string& subject, const std::string& body) {
    EventRecord record;
    record.ci_config_id = ci_;
    record.subject = subject;
    record.body = body;
    record.due_at = now_utc();
    return record;
  }
  std::vector<EventRecord> due() { return must(store_->due_events(now_utc(), 100)); }

  std::int64_t ci_ = 0;
};

TEST_F(ForgeRecord, AnEventIsTakenOnceByItsDelivery) {
  EXPECT_TRUE(must(store_->add_event(event("pr/1", "{}"), "d-1")));
  EXPECT_FALSE(must(store_->add_event(event("pr/1", "{}"), "d-1")));
  EXPECT_TRUE(must(store_->add_event(event("pr/1", "{}"), "d-2")));
  EXPECT_TRUE(must(store_->add_event(event("pr/1", "{}"), ""))) << "no id, nothing to know it by";
  EXPECT_TRUE(must(store_->add_event(event("pr/1", "{}"), "")));
  EXPECT_EQ(due().size(), 4U);
  reopen();
  EXPECT_EQ(due().size(), 4U);
  EXPECT_FALSE(must(store_->add_event(event("pr/1", "{}"), "d-1"))) << "also after a restart";
}

TEST_F(ForgeRecord, EventsThatAskForTheSameAreDoneTogether) {
  for (const char* body : {"look", "look", "comment", "look"})
    must(store_->add_event(event("pr/1", body), ""));
  must(store_->add_event(event("pr/2", "look"), ""));
  const EventRecord first = due().front();
  const std::int64_t newest = must(store_->newest_like(first, now_utc()));
  EXPECT_EQ(newest, first.id + 3);
  // One that came after the look started stays.
  must(store_->add_event(event("pr/1", "look"), ""));
  must(store_->remove_events(first, newest));
  std::vector<std::string> left;
  for (const EventRecord& record : due())
    left.push_back(record.subject + " " + record.body);
  EXPECT_EQ(left, (std::vector<std::string>{"pr/1 comment", "pr/2 look", "pr/1 look"}));
  EXPECT_EQ(must(store_->newest_like(first, now_utc())), 0) << "it is gone";
}

TEST_F(ForgeRecord, APostponedEventIsNotDue) {
  must(store_->add_event(event("pr/1", "look"), ""));
  EventRecord record = due().front();
  record.due_at = utc_in(std::chrono::seconds(60));
  record.attempts = 3;
  must(store_->postpone_event(record));
  EXPECT_TRUE(due().empty());
  EXPECT_EQ(must(store_->newest_like(record, now_utc())), 0);
  EXPECT_EQ(must(store_->due_events(utc_in(std::chrono::seconds(61)), 10)).front().attempts, 3);
}

TEST_F(ForgeRecord, PullRequestsAreKeptAsTheForgeLastToldOfThem) {
  model::PullRequest told;
  told.number = 7;
  told.title = "Tax";
  told.author = "dev";
  told.url = "https://forge.example.com/pulls/7";
  told.head_branch = "tax";
  told.head_sha = commit('b');
  told.base_branch = "main";
  told.base_sha = commit('a');
  told.merge_base = commit('9');
  told.merge_commit_sha = commit('c');
  told.from_fork = true;
  told.head_project_id = 5;
  told.labels = {"data", "a \"quoted\" one"};
  must(store_->put_pull_request(ci_, told));
  const auto kept = must(store_->pull_request(ci_, 7));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->title, "Tax");
  EXPECT_EQ(kept->head_sha, commit('b'));
  EXPECT_EQ(kept->merge_base, commit('9'));
  EXPECT_EQ(kept->labels, told.labels);
  EXPECT_TRUE(kept->open && kept->from_fork);
  EXPECT_EQ(kept->head_project_id, 5);
  EXPECT_FALSE(must(store_->pull_request(ci_, 8)));
  EXPECT_EQ(must(store_->head_of(ci_, commit('c'))), commit('b'));
  EXPECT_EQ(must(store_->test_merges_of(ci_, commit('b'))), std::vector<model::CommitSha>{commit('c')});
  EXPECT_FALSE(must(store_->head_of(ci_, commit('b'))));

  EXPECT_EQ(must(store_->open_pull_requests(ci_)).size(), 1U);
  told.open = false;
  told.merge_commit_sha = commit('d');
  must(store_->put_pull_request(ci_, told));
  EXPECT_TRUE(must(store_->open_pull_requests(ci_)).empty());
  EXPECT_FALSE(must(store_->head_of(ci_, commit('d')))) << "a real merge is no test merge";
}

TEST_F(ForgeRecord, PublicationsAreDueWhenTouched) {
  EXPECT_FALSE(must(store_->publication(ci_, 7)));
  must(store_->touch_publication(ci_, 7));
  auto due_now = must(store_->due_publications(now_utc()));
  ASSERT_EQ(due_now.size(), 1U);
  Publication written = due_now.front();
  written.due_at.clear();
  written.comment_id = "11";
  written.comment_hash = "h";
  written.check_sha = commit('b');
  written.check_id = "12";
  written.check_hash = "k";
  written.error = "e";
  written.attempts = 2;
  must(store_->put_publication(written));
  EXPECT_TRUE(must(store_->due_publications(now_utc())).empty());
  must(store_->touch_publication(ci_, 7));
  reopen();
  due_now = must(store_->due_publications(now_utc()));
  ASSERT_EQ(due_now.size(), 1U);
  EXPECT_EQ(due_now.front().comment_id, "11");
  EXPECT_EQ(due_now.front().check_sha, commit('b'));
  EXPECT_EQ(due_now.front().attempts, 0);
}

TEST_F(ForgeRecord, TheLedgerKeepsTheNewestBuild) {
  must(store_->add_builds(ci_, {{"p.orders", commit('a'), 1, "2026-11-24T01:00:00Z"},
                                {"p.totals", commit('a'), 1, "2026-11-24T01:00:00Z"}}));
  must(store_->add_builds(ci_, {{"p.orders", commit('b'), 2, "2026-11-24T02:00:00Z"}}));
  // An older build that arrives late.
  must(store_->add_builds(ci_, {{"p.orders", commit('c'), 3, "2026-11-24T01:30:00Z"}}));
  std::vector<std::string> kept;
  for (const Build& build : must(store_->builds(ci_)))
    kept.push_back(build.relation + " " + std::to_string(build.upload_id));
  EXPECT_EQ(kept, (std::vector<std::string>{"p.orders 2", "p.totals 1"}));
}

TEST_F(ForgeRecord, DistanceFollowsFirstParents) {
  must(store_->add_ancestors(ci_, commit('d'), {commit('c'), commit('b'), commit('a')}));
  EXPECT_EQ(must(store_->distance(ci_, commit('a'), commit('d'))), 3);
  EXPECT_EQ(must(store_->distance(ci_, commit('d'), commit('d'))), 0);
  EXPECT_EQ(must(store_->distance(ci_, commit('d'), commit('a'))), std::nullopt);
  // What clients tell may run in a circle.
  must(store_->add_ancestors(ci_, commit('a'), {commit('d')}));
  EXPECT_EQ(must(store_->distance(ci_, commit('e'), commit('d'))), std::nullopt);
}

}  // namespace
}  // namespace vernier::store
