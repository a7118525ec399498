// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/pull_request.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace vernier::store {

// What the record knows of forges: pull requests, events to work on, and what was published.

Status put_pull_request(const Session& session, std::int64_t ci_config_id,
                        const model::PullRequest& pull_request);
Result<std::optional<model::PullRequest>> find_pull_request(const Session& session, std::int64_t ci_config_id,
                                                            std::int64_t number);
Result<std::vector<model::PullRequest>> open_pull_requests(const Session& session, std::int64_t ci_config_id);
Result<std::optional<model::CommitSha>> head_of(const Session& session, std::int64_t ci_config_id,
                                                const model::CommitSha& merge);
Result<std::vector<model::CommitSha>> test_merges_of(const Session& session, std::int64_t ci_config_id,
                                                     const model::CommitSha& head);

Result<bool> add_event(const Session& session, const EventRecord& event, std::string_view delivery_id);
Result<std::vector<EventRecord>> due_events(const Session& session, std::string_view now, std::int64_t limit);
Status postpone_event(const Session& session, const EventRecord& event);
Result<std::int64_t> newest_like(const Session& session, const EventRecord& event, std::string_view now);
Status remove_events(const Session& session, const EventRecord& event, std::int64_t up_to_id);

Status put_publication(const Session& session, const Publication& publication);
Status touch_publication(const Session& session, std::int64_t ci_config_id, std::int64_t pr_number);
Result<std::optional<Publication>> find_publication(const Session& session, std::int64_t ci_config_id,
                                                    std::int64_t pr_number);
Result<std::vector<Publication>> due_publications(const Session& session, std::string_view now);

}  // namespace vernier::store
