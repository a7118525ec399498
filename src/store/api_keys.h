// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/sqlite.h"

namespace vernier::store {

// The API's keys as salted hashes. Every request asks, so the rows stand in memory, and their number is
// bounded: asking never reads the record and costs one short hash per key.
class ApiKeys {
 public:
  Status load(const Session& session);
  // Fails with invalid_input on an empty or overlong key, with conflict where there are too many.
  Status add(const Session& session, std::string_view key, std::string_view name);
  bool empty() const;
  bool contains(std::string_view key) const;

 private:
  struct Hashed {
    std::string salt;
    std::string hash;
  };
  mutable std::shared_mutex mutex_;
  std::vector<Hashed> keys_;
};

}  // namespace vernier::store
