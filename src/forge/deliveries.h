// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "forge/exchange.h"
#include "forge/forge.h"

namespace vernier::forge {

// Sends one call as the account that the webhook belongs to; any status is an answer.
using SendCall = std::function<Result<HttpResponse>(const Call& call)>;

// GitHub's deliveries of the webhook at `hook` ("/app/hook", "/repos/acme/shop/hooks/1") within the last day
// that never arrived, the newest first: those of events that we work on, which failed on our side or between
// (not: which we refused), and have been tried fewer than a few times. `now` is in seconds since 1970.
Result<std::vector<FailedDelivery>> list_failed(const Endpoint& endpoint, const SendCall& send,
                                                const std::string& hook, std::int64_t now);

}  // namespace vernier::forge
