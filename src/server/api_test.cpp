// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "server/client_for_tests.h"
#include "server/server.h"

namespace vernier::server {
namespace {

const std::string sha_a(40, 'a');
const std::string sha_b(40, 'b');

struct Answer {
  int status = 0;
  std::string header;
  std::string body;
  Json json() const { return parse_json(body).value(); }
};

// The whole server over a real store and a real service.
class ApiTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_->add_api_key("good", "test").ok());
    ASSERT_TRUE(service_.start().ok());
    thread_ = std::jthread([this] { server_->run(); });
  }
  void TearDown() override {
    server_->stop();
    thread_.join();
    service_.stop();
  }

  Answer ask(std::string_view method, std::string_view path, std::string_view body = "",
             std::string_view headers = "Authorization: Key good\r\n") {
    Client client(server_->port());
    const std::string text = client.ask(fmt::format("{} {} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{}",
                                                    method, path, headers, body.size(), body));
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    return {std::stoi(text.substr(9, 3)), text.substr(0, end + 2), text.substr(end + 4)};
  }

  std::int64_t add_ci_config() {
    const Json source = ask("POST", "/api/v1/data_sources",
                            R"({"name": "s", "type": "duckdb", "options": {"path": "/nowhere/x.duckdb"}})")
                            .json();
    return ask("POST", "/api/v1/ci_configs",
               fmt::format(R"({{"name": "c", "data_source_id": {}}})", source["id"].dump()))
        .json()["id"];
  }

  std::int64_t trigger(std::int64_t ci) {
    return ask("POST", fmt::format("/api/v1/ci/{}/trigger", ci),
               fmt::format(R"({{"pr_number": 7, "base_branch": "main", "base_sha": "{}", "pr_sha": "{}",
                               "pr_branch": "<b>x</b>"}})",
                           sha_a, sha_b))
        .json()["ci_run_id"];
  }

  TempDir folder_ = TempDir::create(testing::TempDir()).value();
  std::unique_ptr<store::Store> store_ = store::Store::open(folder_.path()).value();
  ci::Service service_{*store_, {}};
  std::unique_ptr<Server> server_ = Server::open({.port = 0}, service_, *store_).value();
  std::jthread thread_;
};

// The "type" of every problem by the last element of its "loc".
std::map<std::string, std::string> problems(const Answer& answer) {
  std::map<std::string, std::string> found;
  const Json json = answer.json();
  for (const Json& problem : json["detail"])
    found[problem["loc"].back().get<std::string>()] = problem["type"];
  return found;
}

TEST_F(ApiTest, names_every_field_that_is_missing_or_of_another_type) {
  using Problems = std::map<std::string, std::string>;
  const std::int64_t ci = add_ci_config();
  const Answer trigger_answer = ask("POST", fmt::format("/api/v1/ci/{}/trigger", ci),
                                    R"({"pr_number": "7", "pr_sha": null, "base_sha": ""})");
  EXPECT_EQ(trigger_answer.status, 422);
  EXPECT_EQ(problems(trigger_answer), (Problems{{"pr_number", "type_error"},
                                                {"pr_sha", "missing"},
                                                {"pr_branch", "missing"},
                                                {"base_branch", "missing"}}));
  const Answer submit_answer = ask("POST", fmt::format("/api/v1/ci/{}/7", ci), R"([{"prod": 1, "pk": "x"}])");
  EXPECT_EQ(submit_answer.status, 422);
  EXPECT_EQ(problems(submit_answer),
            (Problems{{"prod", "type_error"}, {"pr", "missing"}, {"pk", "type_error"}}));
  const Answer diff_answer = ask("POST", "/api/v1/datadiffs",
                                 R"({"data_source1_id": 1, "query2": "select 1", "time_travel_point1": -1})");
  EXPECT_EQ(diff_answer.status, 422);
  EXPECT_EQ(problems(diff_answer), (Problems{{"data_source2_id", "missing"},
                                             {"table1", "missing"},
                                             {"time_travel_point1", "value_error"}}));
  const Answer check_answer =
      ask("POST", fmt::format("/api/v1/dbt/post_upload_check_artifacts/{}", ci), "branch=b");
  EXPECT_EQ(problems(check_answer), (Problems{{"commit_sha", "missing"}, {"run_type", "missing"}}));
}

TEST_F(ApiTest, an_upload_that_is_none_is_refused_and_leaves_nothing) {
  const std::int64_t ci = add_ci_config();
  const std::string path = fmt::format("/api/v1/dbt/submit_artifacts/{}", ci);
  const std::string headers = "Authorization: Key good\r\nContent-Type: multipart/form-data; boundary=b\r\n";
  const auto part = [](std::string_view name, std::string_view value) {
    return fmt::format("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name, value);
  };
  EXPECT_EQ(problems(ask("POST", path, part("run_type", "production") + "--b--\r\n", headers)),
            (std::map<std::string, std::string>{{"commit_sha", "missing"}, {"artifacts", "missing"}}));
  const Answer answer = ask("POST", path,
                            part("run_type", "production") + part("commit_sha", sha_a) +
                                part("artifacts", "this is no zip") + "--b--\r\n",
                            headers);
  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_EQ(ask("POST", path, "{}").status, 400);
  EXPECT_TRUE(std::filesystem::is_empty(store_->incoming_dir()));
  const Answer check = ask("POST", fmt::format("/api/v1/dbt/post_upload_check_artifacts/{}", ci),
                           "run_type=production&branch=b&commit_sha=" + sha_a);
  EXPECT_EQ(check.body, R"({"status":"missing"})");
  EXPECT_EQ(ask("GET", fmt::format("/api/v1/ci/{}/artifacts?run_type=production&limit=5", ci)).body, "[]");
}

TEST_F(ApiTest, tells_of_a_run_in_every_form) {
  const std::int64_t ci = add_ci_config();
  const std::int64_t run = trigger(ci);
  const Json listed = ask("GET", fmt::format("/api/v1/ci/{}/runs?pr_num=7&limit=1", ci)).json();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0]["id"], run);
  EXPECT_EQ(listed[0]["pr_num"], "7");
  EXPECT_EQ(listed[0]["pr_sha"], sha_b);
  EXPECT_EQ(ask("GET", fmt::format("/api/v1/ci/{}/runs?limit=0", ci)).status, 400);
  const std::string path = fmt::format("/ci/{}/runs/{}", ci, run);
  EXPECT_EQ(ask("GET", "/api/v1" + path).json()["id"], run);
  const Answer comment = ask("GET", "/api/v1" + path + "/report.md");
  EXPECT_TRUE(contains(comment.header, "Content-Type: text/markdown; charset=utf-8\r\n"));
  EXPECT_FALSE(comment.body.empty());
  const Answer page = ask("GET", path, "", "Authorization: Basic bWU6Z29vZA==\r\n");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(contains(page.header, "Content-Security-Policy: default-src 'none';"));
  EXPECT_TRUE(contains(page.header, "X-Content-Type-Options: nosniff\r\n"));
  EXPECT_TRUE(contains(page.header, "Referrer-Policy: no-referrer\r\n"));
  EXPECT_FALSE(contains(page.body, "<b>x</b>"));
  EXPECT_TRUE(contains(ask("GET", path, "", "").header, "WWW-Authenticate: Basic"));
}

TEST_F(ApiTest, keeps_settings_and_the_results_of_their_tests) {
  const std::int64_t ci = add_ci_config();
  EXPECT_EQ(ask("PATCH", fmt::format("/api/v1/ci_configs/{}", ci), R"({"slim_diff": true})").status, 200);
  EXPECT_EQ(ask("GET", fmt::format("/api/v1/ci_configs/{}", ci)).json()["slim_diff"], true);
  EXPECT_EQ(ask("GET", "/api/v1/ci_configs").json().size(), 1U);
  EXPECT_EQ(ask("DELETE", "/api/v1/data_sources/1").status, 409) << "a CI config uses it";
  const Json job = ask("POST", "/api/v1/data_sources/1/test", "{}").json()["job_id"];
  const Json results = ask("GET", "/api/v1/data_sources/test/" + job.dump()).json()["results"];
  ASSERT_FALSE(results.empty());
  EXPECT_EQ(results.back()["result"]["code"], "error");
  EXPECT_EQ(ask("GET", "/api/v1/data_sources/test/999").status, 404);
  EXPECT_EQ(ask("DELETE", fmt::format("/api/v1/ci_configs/{}", ci)).status, 200);
  EXPECT_EQ(ask("GET", fmt::format("/api/v1/ci_configs/{}", ci)).status, 404);
}

TEST_F(ApiTest, answers_what_every_client_asks_around_its_work) {
  EXPECT_EQ(ask("GET", "/healthz", "", "").body, R"({"status":"ok"})");
  EXPECT_EQ(ask("GET", "/api/v1/organization/meta").json(),
            Json({{"org_id", 1}, {"org_name", "Vernier"}, {"user_id", 1}}));
  EXPECT_EQ(ask("POST", "/api/internal/sdk/log", R"({"logs": [{"message": "m"}]})").status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/datadiffs/1/summary_results").status, 404);
}

}  // namespace
}  // namespace vernier::server
