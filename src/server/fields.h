// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/form.h"
#include "server/status.h"

namespace vernier::server {

// Reads the members of a request's JSON object and collects what is wrong with them, so that one answer
// names everything. A getter that finds a problem gives an empty value; ask problems() before using any.
class Fields {
 public:
  // `loc` is where the object is: ["body"], or ["body", 3] in a list. Refers to `object`.
  explicit Fields(const Json& object, Json loc = Json::array({"body"}));

  std::string string(std::string_view key);
  std::string optional_string(std::string_view key);
  std::int64_t integer(std::string_view key);
  std::vector<std::string> required_list(std::string_view key);
  std::vector<std::string> optional_list(std::string_view key);

  bool optional_bool(std::string_view key, bool fallback);
  std::int64_t optional_integer(std::string_view key, std::int64_t fallback);
  // The member as it is; null where it is absent.
  Json member(std::string_view key);

  void add_problem(std::string_view key, std::string message);
  // Makes a problem of the member if it wants something; `why` says what to do instead.
  void refuse(std::string_view key, std::string_view why);
  // Makes a problem of each member that no getter was asked for and that wants something: not null, false or
  // empty.
  void refuse_others();

  const std::vector<Problem>& problems() const { return problems_; }

 private:
  template <typename T>
  T take(std::string_view key, Result<T> result);
  bool has(std::string_view key) const;

  const Json& object_;
  Json loc_;
  std::set<std::string, std::less<>> known_;
  std::vector<Problem> problems_;
};

// The missing ones of `names` as problems of the body.
std::vector<Problem> missing_fields(const Form& form, const std::vector<std::string>& names);

struct Bounds {
  std::int64_t min = 0;
  std::int64_t max = INT64_MAX;
};
// A query's integer, `fallback` where it is absent. Fails with invalid_input out of bounds.
Result<std::int64_t> query_integer(const Form& query, const std::string& name, std::int64_t fallback,
                                   const Bounds& bounds);

}  // namespace vernier::server
