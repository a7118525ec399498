// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace vernier::bench {

// Wall time of one call, in milliseconds.
template <typename Work>
double time_ms(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <typename Work>
double median_ms(int runs, const Work& work) {
  std::vector<double> times;
  for (int run = 0; run < runs; ++run)
    times.push_back(time_ms(work));
  return median(std::move(times));
}

// Takes turns, so that both meet the same machine.
template <typename One, typename Two>
std::pair<double, double> median_ms_of_both(int runs, const One& one, const Two& two) {
  std::vector<double> times_of_one, times_of_two;
  for (int run = 0; run < runs; ++run) {
    times_of_one.push_back(time_ms(one));
    times_of_two.push_back(time_ms(two));
  }
  return {median(std::move(times_of_one)), median(std::move(times_of_two))};
}

}  // namespace vernier::bench
