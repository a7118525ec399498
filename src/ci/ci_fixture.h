// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ci/ci.h"
#include "ci/project_for_tests.h"

namespace vernier::ci {

using model::DiffResult;
using model::ResolutionStep;
using model::RunStatus;

inline std::string sha(char digit) {
  return std::string(40, digit);
}

// A service over a fresh data folder, one data source and one CI config.
class CiTest : public testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() {
    store_ = store::Store::open(project_.root() / "data").value();
    service_ = std::make_unique<Service>(*store_, ServiceOptions{"http://localhost:1", 2, 4});
    if (ci_ == 0) {
      const Json source = value(service_->add_data_source(
          {{"name", "shop"}, {"type", "duckdb"}, {"options", {{"path", project_.database().string()}}}}));
      ci_ = value(service_->add_ci_config({{"name", "shop"}, {"data_source_id", source["id"]}}))["id"];
    }
    ASSERT_TRUE(service_->start().ok());
  }

  void close() {
    service_->stop();
    service_.reset();
    store_.reset();
  }

  template <typename T>
  static T value(Result<T> result) {
    if (!result.ok()) ADD_FAILURE() << result.error().message;
    return std::move(result).value();
  }

  Result<model::Upload> upload(const std::string& run_type, const std::string& commit,
                               const std::string& schema, const std::string& sql,
                               const std::string& which = "build", std::vector<std::string> ancestors = {}) {
    return service_->accept_upload(
        {ci_, run_type, commit, "", std::move(ancestors), project_.archive(schema, sql, which)});
  }

  std::int64_t trigger(std::int64_t number, const std::string& pr, const std::string& base) {
    return value(service_->trigger({ci_, number, "feature", pr, "main", base, {}}));
  }

  // The run once it has reached `status`, and `used` as its base where one is given.
  model::CiRun wait_for(std::int64_t run_id, RunStatus status, const std::string& used = "") {
    for (int i = 0; i < 600; ++i) {
      model::CiRun run = value(service_->run(ci_, run_id));
      if (run.status == status && (used.empty() || run.base.used.text() == used)) return run;
      if (run.status == RunStatus::failed && status != RunStatus::failed) {
        ADD_FAILURE() << run.failure;
        return run;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "run " << run_id << " did not become " << model::to_string(status);
    return value(service_->run(ci_, run_id));
  }

  static const model::ReportedNode* find(const model::CiRun& run, const std::string& name) {
    for (const model::ReportedNode& node : run.models)
      if (node.change.name == name) return &node;
    return nullptr;
  }

  ProjectForTests project_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Service> service_;
  std::int64_t ci_ = 0;
};

}  // namespace vernier::ci
