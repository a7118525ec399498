// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/engine.h"

namespace vernier::engine {

namespace {

constexpr std::chrono::milliseconds pause_between_looks{200};

// What is done never grows less: a diff may ask several statements in one phase.
void tell(const Connection& connection, const Watch& watch) {
  if (!watch.progress || watch.units <= 0) return;
  const std::optional<double> part = connection.progress();
  if (!part) return;
  const auto units = watch.units_before + static_cast<std::int64_t>(std::clamp(*part, 0.0, 1.0) *
                                                                    static_cast<double>(watch.units));
  if (units > watch.progress->view().done) watch.progress->set(units);
}

}  // namespace

Result<Rows> query_watched(Connection& connection, std::string_view sql, const QueryLimits& limits,
                           const Watch& watch) {
  if (watch.cancel.requested()) return cancelled("the diff was cancelled");
  std::mutex mutex;
  std::condition_variable_any wake;
  const std::jthread watcher([&](const std::stop_token& ended) {
    std::unique_lock lock(mutex);
    while (!ended.stop_requested()) {
      wake.wait_for(lock, ended, pause_between_looks, [] { return false; });
      if (ended.stop_requested()) return;
      // Again: the wish may have come just before the statement began, where there was nothing to stop.
      if (watch.cancel.requested()) connection.cancel();
      tell(connection, watch);
    }
  });
  QueryLimits watched = limits;
  watched.tells_progress = watch.progress && watch.units > 0;
  return connection.query(sql, watched);
}

}  // namespace vernier::engine
