// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "forge/credentials.h"
#include "forge/exchange.h"

namespace vernier::forge {

struct Paging {
  std::string size_name = "per_page";
  int size = 100;
};

// A forge's API as one account uses it. Safe for concurrent use; writes go one at a time.
class Api {
 public:
  Api(Endpoint endpoint, std::unique_ptr<Credentials> credentials, Paging paging,
      std::chrono::milliseconds between_writes);

  // One call; any status is an answer. A GET whose connection broke is sent once more, and so is a call whose
  // credentials have run out and could be renewed.
  Result<HttpResponse> send(const Call& call);

  // One call; a status of 300 and above is an Error.
  Result<Json> ask(const Call& call);
  Result<Json> get(const std::string& path) { return ask({"GET", path, Json()}); }

  // Every item of a list, page by page, until `visit` says false. Of endless lists the first 100 pages.
  Status for_each(const std::string& path, const std::function<bool(const Json&)>& visit);

  const Endpoint& endpoint() const { return endpoint_; }
  const Paging& paging() const { return paging_; }

 private:
  Result<HttpResponse> send_with(const Call& call, const Header& authorization);

  const Endpoint endpoint_;
  const std::unique_ptr<Credentials> credentials_;
  const Paging paging_;
  const std::chrono::milliseconds between_writes_;
  std::mutex write_mutex_;
  std::chrono::steady_clock::time_point next_write_;
};

}  // namespace vernier::forge
