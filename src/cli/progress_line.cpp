// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <string_view>

#include "base/text.h"

namespace vernier::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds silence = 1s;
constexpr std::chrono::milliseconds pause_between_looks = 200ms;
constexpr int bar_cells = 20;
constexpr std::string_view clear_line = "\r\x1b[K";

std::string bar(double part) {
  const auto full = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * bar_cells);
  return "[" + std::string(full, '#') + std::string(bar_cells - full, '.') + "]";
}

std::string span_text(std::chrono::milliseconds span) {
  const auto seconds = (span.count() + 999) / 1000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", (seconds + 59) / 60);
  return fmt::format("{} h", (seconds + 3599) / 3600);
}

// "1,200,000 of about 2,000,000 rows"
std::string done_text(const Progress::View& view) {
  constexpr std::string_view about = " (about)";
  const bool estimated = view.unit.ends_with(about);
  const std::string unit = estimated ? view.unit.substr(0, view.unit.size() - about.size()) : view.unit;
  if (!view.total) return fmt::format("{} {}", with_thousands(view.done), unit);
  return fmt::format("{} of {}{} {}", with_thousands(view.done), estimated ? "about " : "",
                     with_thousands(std::max(*view.total, view.done)), unit);
}

int error_columns() {
  winsize size{};
  constexpr int usual = 80;
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

void write_error(std::string_view text) {
  // A terminal that does not take it is no reason to stop.
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

void draw(const Progress& progress, const std::stop_token& ended) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const auto ends_within = [&](std::chrono::milliseconds pause) {
    wake.wait_for(lock, ended, pause, [] { return false; });
    return ended.stop_requested();
  };
  if (ends_within(silence)) return;
  for (unsigned step = 0; !ended.stop_requested(); ++step) {
    const Progress::View view = progress.view();
    if (!view.phase.empty())
      write_error(std::string(clear_line) + progress_text(view, error_columns() - 1, step));
    (void)ends_within(pause_between_looks);
  }
  write_error(clear_line);
}

}  // namespace

std::string progress_text(const Progress::View& view, int columns, unsigned step) {
  constexpr std::array<char, 4> spinner = {'|', '/', '-', '\\'};
  std::string text = view.phase + "  ";
  if (view.total && *view.total > 0)
    text += bar(static_cast<double>(view.done) / static_cast<double>(*view.total));
  else
    text += spinner[step % spinner.size()];
  if (view.done > 0) {
    text +=
        fmt::format("  {}  {}/s", done_text(view), with_thousands(static_cast<std::int64_t>(view.rate())));
    if (const auto left = view.time_left()) text += fmt::format("  {} left", span_text(*left));
  } else {
    text += "  " + span_text(view.elapsed);
  }
  if (columns > 0 && text.size() > static_cast<std::size_t>(columns))
    text.resize(static_cast<std::size_t>(columns));
  return text;
}

ProgressLine::ProgressLine(const Progress& progress) {
  if (::isatty(STDERR_FILENO) == 1)
    thread_ = std::jthread([&progress](const std::stop_token& ended) { draw(progress, ended); });
}

}  // namespace vernier::cli
