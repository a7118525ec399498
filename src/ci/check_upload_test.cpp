// SPDX-License-Identifier: Apache-2.0
#include "ci/ci_fixture.h"

namespace vernier::ci {
namespace {

using Codes = std::vector<std::string>;

Codes codes(const Findings& findings) {
  Codes list;
  for (const Finding& finding : findings)
    list.push_back(finding.code);
  return list;
}

class UploadCheck : public CiTest {
 protected:
  // What is said of an upload whose manifest's metadata has these members.
  Findings said_of(const std::string& run_type, const std::string& commit, const Json& metadata,
                   const std::string& schema) {
    const auto archive = project_.archive(schema, "select 1 as id", "build", "", metadata);
    return value(service_->accept_upload({ci_, run_type, commit, "", {}, archive})).warnings;
  }
  void open_pull_request(const std::string& head, const std::string& test_merge = "") {
    model::PullRequest pull_request;
    pull_request.number = 7;
    pull_request.head_sha = *model::CommitSha::parse(head);
    if (!test_merge.empty()) pull_request.merge_commit_sha = *model::CommitSha::parse(test_merge);
    ASSERT_TRUE(store_->put_pull_request(ci_, pull_request).ok());
  }
};

TEST_F(UploadCheck, FindsTheWrongTargetAndAPullRequestGivenAsProduction) {
  EXPECT_EQ(codes(said_of("production", sha('a'), Json::object(), "prod")), Codes());
  EXPECT_EQ(codes(said_of("pull_request", sha('b'), Json::object(), "pr_7")), Codes());
  EXPECT_EQ(codes(said_of("pull_request", sha('b'), Json::object(), "prod")), Codes{"wrong_target"});
  open_pull_request(sha('b'));
  EXPECT_EQ(codes(said_of("production", sha('b'), Json::object(), "other")),
            Codes{"production_from_pull_request"});
  // Uploads keep what was said of them.
  store::UploadFilter filter;
  filter.run_type = model::RunType::production;
  EXPECT_EQ(codes(value(service_->uploads(ci_, filter)).front().warnings),
            Codes{"production_from_pull_request"});
}

TEST_F(UploadCheck, HoldsTheCommitAgainstThoseThatDbtRecorded) {
  open_pull_request(sha('b'), sha('e'));
  const struct {
    Json env;
    std::string commit;
    Codes codes;
  } cases[] = {{Json::object(), sha('b'), {}},
               {{{"GIT_SHA", sha('b')}}, sha('b'), {}},
               {{{"GIT_SHA", sha('c')}}, sha('b'), {"commit_mismatch"}},
               {{{"git_commit", sha('c')}}, sha('b'), {"commit_mismatch"}},
               {{{"OLD_SHA", sha('c')}, {"GIT_SHA", sha('b')}}, sha('b'), {}},  // one of them is it
               {{{"GITHUB_SHA", sha('e')}}, sha('b'), {}},                      // the test merge of that head
               {{{"GITHUB_SHA", sha('b')}}, sha('e'), {}},
               {{{"GIT_SHA", "main"}}, sha('b'), {}},  // no commit, whatever its name
               {{{"GIT_SHA", ""}}, sha('b'), {}},
               {{{"GIT_SHA", "  " + sha('b') + "\n"}}, sha('b'), {}},
               {{{"USER", sha('c')}}, sha('b'), {}}};
  for (const auto& row : cases)
    EXPECT_EQ(codes(said_of("pull_request", row.commit, {{"env", row.env}}, "pr_7")), row.codes) << row.env;
  const Findings findings = said_of("production", sha('a'), {{"env", {{"GIT_SHA", sha('c')}}}}, "prod");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].run_type, "production");
  EXPECT_EQ(findings[0].commit_sha, sha('a'));
  for (const std::string& named : {sha('a'), sha('c'), std::string("--commit-sha")})
    EXPECT_NE(findings[0].message.find(named), std::string::npos) << findings[0].message;
}

TEST_F(UploadCheck, HoldsDbtAndItsAdapterAgainstTheOtherSides) {
  EXPECT_EQ(codes(said_of("production", sha('a'), Json::object(), "prod")), Codes())
      << "there is no other side yet";
  const Findings version = said_of("pull_request", sha('b'), {{"dbt_version", "1.9.0"}}, "pr_7");
  EXPECT_EQ(codes(version), Codes{"dbt_versions_differ"});
  EXPECT_NE(version.at(0).message.find("1.9.0"), std::string::npos);
  EXPECT_NE(version.at(0).message.find("1.11.16"), std::string::npos);
  const Findings adapter = said_of("pull_request", sha('b'), {{"adapter_type", "postgres"}}, "pr_7");
  EXPECT_EQ(codes(adapter), Codes{"adapters_differ"});
  EXPECT_NE(adapter.at(0).message.find("postgres"), std::string::npos);
  EXPECT_NE(adapter.at(0).message.find("duckdb"), std::string::npos);
  // The newest pull request's artifacts are postgres's now, so production's are the odd ones.
  EXPECT_EQ(codes(said_of("production", sha('c'), Json::object(), "prod")), Codes{"adapters_differ"});
  EXPECT_EQ(codes(said_of("pull_request", sha('d'), Json::object(), "pr_7")), Codes())
      << "the newest production counts";
}

TEST_F(UploadCheck, IsRepeatedByTheRunsThatTakeTheUpload) {
  said_of("production", sha('a'), {{"env", {{"GIT_SHA", sha('c')}}}}, "prod");
  said_of("pull_request", sha('b'), {{"dbt_version", "1.9.0"}}, "pr_7");
  const model::CiRun run = wait_for(trigger(7, sha('b'), sha('a')), RunStatus::done);
  EXPECT_EQ(codes(run.warnings), (Codes{"commit_mismatch", "dbt_versions_differ"}));
}

}  // namespace
}  // namespace vernier::ci
