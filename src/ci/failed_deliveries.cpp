// SPDX-License-Identifier: Apache-2.0
#include "ci/failed_deliveries.h"

#include <spdlog/spdlog.h>

#include <set>
#include <tuple>

namespace vernier::ci {
namespace {

constexpr std::chrono::minutes period{10};
// More than that in one round would be a flood of our own making; the next round takes the rest.
constexpr int redelivered_max = 100;

// CI configs of one webhook have the same: an App has one for all its repositories.
using Webhook = std::tuple<std::string, std::string, std::string>;
Webhook webhook_of(const model::Repository& repository) {
  if (repository.token.empty()) return {repository.url, "app", repository.app_id};
  return {repository.url, "repository", repository.name};
}

}  // namespace

FailedDeliveries::FailedDeliveries(store::Store& store, Forges& forges)
    : store_(store), forges_(forges), worker_(period, [this] { work(); }) {}

void FailedDeliveries::work() {
  const auto configs = store_.ci_configs();
  if (!configs.ok()) return spdlog::error("failed deliveries: {}", configs.error().message);
  std::set<Webhook> seen;
  for (const model::CiConfig& config : *configs) {
    if (worker_.stopping()) return;
    // Without a secret no delivery is taken.
    if (!has_forge(config) || config.repository.webhook_secret.empty()) continue;
    if (!seen.insert(webhook_of(config.repository)).second) continue;
    if (const Status done = redeliver(config); !done.ok())
      spdlog::warn("CI config {}: failed deliveries: {}", config.id, done.error().message);
  }
}

Status FailedDeliveries::redeliver(const model::CiConfig& config) {
  const auto forge = TRY(forges_.of(config));
  int redelivered = 0;
  for (const forge::FailedDelivery& delivery : TRY(forge->failed_deliveries())) {
    if (redelivered == redelivered_max || worker_.stopping()) return {};
    TRY(forge->redeliver(delivery));
    ++redelivered;
    spdlog::info("CI config {}: asked for delivery {} ({} of {}) again", config.id, delivery.id,
                 delivery.event, delivery.delivered_at);
  }
  return {};
}

}  // namespace vernier::ci
