// SPDX-License-Identifier: Apache-2.0
#include "cli/interruption.h"

#include <signal.h>
#include <unistd.h>

namespace vernier::cli {

namespace {

sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Interruption::Interruption(Cancel& cancel, std::chrono::seconds time_limit) : cancel_(cancel) {
  const sigset_t signals = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::jthread([this, time_limit](const std::stop_token& ended) { wait(ended, time_limit); });
}

Interruption::~Interruption() {
  thread_.request_stop();
  ::pthread_kill(thread_.native_handle(), SIGTERM);  // wakes it
  thread_.join();
  const sigset_t signals = awaited_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Interruption::wait(const std::stop_token& ended, std::chrono::seconds time_limit) {
  constexpr int exit_killed = 130;  // as shells say of a program that Ctrl-C ended
  constexpr timespec look{.tv_sec = 0, .tv_nsec = 50'000'000};
  const sigset_t signals = awaited_signals();
  const auto deadline = std::chrono::steady_clock::now() + time_limit;
  bool asked = false;
  while (!ended.stop_requested()) {
    const bool signalled = ::sigtimedwait(&signals, nullptr, &look) > 0;
    if (ended.stop_requested()) return;
    if (signalled && asked) ::_exit(exit_killed);
    const bool late = !asked && time_limit.count() > 0 && std::chrono::steady_clock::now() >= deadline;
    if (!signalled && !late) continue;
    asked = true;
    out_of_time_ = late && !signalled;
    cancel_.request();
  }
}

}  // namespace vernier::cli
