// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "model/pull_request.h"

namespace vernier::forge {

// A pull request as GitHub, Gitea and Forgejo write it, in answers and in deliveries.
model::PullRequest pull_request_of(const Json& json);
// A merge request as GitLab's deliveries have it, which do not tell its base commit.
model::PullRequest merge_request_of(const Json& delivery);

}  // namespace vernier::forge
