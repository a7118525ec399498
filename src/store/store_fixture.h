// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/file.h"
#include "store/store.h"

namespace vernier::store {

// The value of a result that a test counts on.
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error().message);
}

// A commit id whose digits are all `digit`.
inline model::CommitSha commit(char digit) {
  return must(model::CommitSha::parse(std::string(40, digit)));
}

// A store in a folder of its own, which reopen() closes and opens again.
class StoreTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    store_ = must(Store::open(folder()));
  }

  std::filesystem::path folder() const { return parent_.path() / "data"; }

  std::int64_t new_ci_config() {
    model::DataSource source;
    source.name = "warehouse";
    source.type = "duckdb";
    model::CiConfig config;
    config.name = "ci";
    config.data_source_id = must(store_->add_data_source(source)).id;
    return must(store_->add_ci_config(config)).id;
  }

  model::Upload new_upload(std::int64_t ci_config_id, const model::CommitSha& sha,
                           model::ArtifactKind kind = model::ArtifactKind::built,
                           model::RunType type = model::RunType::production) {
    model::Upload upload;
    upload.ci_config_id = ci_config_id;
    upload.commit_sha = sha;
    upload.kind = kind;
    upload.run_type = type;
    return must(store_->add_upload(upload));
  }

  TempDir parent_ = must(TempDir::create(std::filesystem::temp_directory_path()));
  std::unique_ptr<Store> store_;
};

}  // namespace vernier::store
