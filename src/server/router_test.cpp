// SPDX-License-Identifier: Apache-2.0
#include "server/router.h"

#include <gtest/gtest.h>

namespace vernier::server {
namespace {

using Ids = std::vector<std::int64_t>;

TEST(MatchPath, takes_ids_that_are_positive_integers) {
  const std::vector<std::tuple<std::string, std::string, std::optional<Ids>>> cases = {
      {"/", "/", Ids{}},
      {"/healthz", "/healthz", Ids{}},
      {"/healthz", "/healthz/", std::nullopt},
      {"/healthz", "/healthz/x", std::nullopt},
      {"/healthz", "/health", std::nullopt},
      {"/healthz", "", std::nullopt},
      {"/ci/{id}", "/ci/7", Ids{7}},
      {"/ci/{id}/runs/{id}", "/ci/7/runs/12", Ids{7, 12}},
      {"/ci/{id}", "/ci/9223372036854775807", Ids{INT64_MAX}},
      {"/ci/{id}", "/ci/9223372036854775808", std::nullopt},
      {"/ci/{id}", "/ci/0", std::nullopt},
      {"/ci/{id}", "/ci/-1", std::nullopt},
      {"/ci/{id}", "/ci/+1", std::nullopt},
      {"/ci/{id}", "/ci/1x", std::nullopt},
      {"/ci/{id}", "/ci/ 1", std::nullopt},
      {"/ci/{id}", "/ci/", std::nullopt},
      {"/ci/{id}", "/ci//1", std::nullopt},
  };
  for (const auto& [pattern, path, ids] : cases)
    EXPECT_EQ(match_path(pattern, path), ids) << pattern << " against " << path;
}

TEST(FindRoute, says_which_methods_a_path_takes) {
  const std::vector<Route> routes = {
      {"GET", "/things", {}}, {"POST", "/things", {}}, {"DELETE", "/things/{id}", {}}};
  EXPECT_EQ(find_route(routes, "POST", "/things").route, &routes[1]);
  EXPECT_EQ(find_route(routes, "DELETE", "/things/3").ids, std::vector<std::int64_t>{3});
  EXPECT_EQ(find_route(routes, "PUT", "/things").route, nullptr);
  EXPECT_EQ(find_route(routes, "PUT", "/things").allow, "GET, POST");
  EXPECT_EQ(find_route(routes, "GET", "/nothing").allow, "");
}

}  // namespace
}  // namespace vernier::server
