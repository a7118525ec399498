// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ci/forges.h"
#include "ci/worker.h"
#include "store/store.h"

namespace vernier::ci {

// Asks forges to repeat what they could not deliver to our webhooks while nobody answered there: at the
// start, and every few minutes. What comes of it is a delivery like any other; one that came twice has no
// effect.
class FailedDeliveries {
 public:
  FailedDeliveries(store::Store& store, Forges& forges);

  void start() { worker_.start(); }
  void stop() { worker_.stop(); }

 private:
  void work();
  Status redeliver(const model::CiConfig& config);

  store::Store& store_;
  Forges& forges_;
  Worker worker_;
};

}  // namespace vernier::ci
