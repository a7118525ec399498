// SPDX-License-Identifier: Apache-2.0
// Which rows are compared and kept, and how they are spread over time, where somebody wishes for anything but
// all of them.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "datadiff/comparison.h"
#include "datadiff/sql_parts.h"
#include "datadiff/time_filter.h"
#include "datadiff/timeline.h"

namespace vernier::datadiff {

Status Comparison::choose_by_time() {
  // Where tables meet, their rows came through the interval, and only a timeline needs the column.
  if (!request_.time ||
      (!request_.time->unit && request_.time->since.empty() && request_.time->until.empty()))
    return {};
  const model::Sides<std::string> names = time_columns(request_);
  for (std::size_t side = 0; side < 2; ++side) {
    auto column = time_column_of(plan_.dialect, infos_[side], side, names[side]);
    if (!column && !request_.time->must) {
      say_no_timeline(column.error().message);
      time_columns_ = {};
      return {};
    }
    time_columns_[side] = TRY(std::move(column));
    plan_.filters[side] = TRY(filter_in_time(plan_.dialect, plan_.tables[side], time_columns_[side], request_,
                                             side, [this](const std::string& sql) { return ask(sql); }));
  }
  return {};
}

// From here on the plan knows of rows with a key of their own alone.
Status Comparison::leave_out_duplicates() {
  if (!problems_.duplicates || !request_.skip_duplicates) return {};
  plan_.kept = {has_own_key(plan_, 0), has_own_key(plan_, 1)};
  for (std::size_t side = 0; side < 2; ++side) {
    const engine::Rows kept = TRY(ask(count_sql(plan_, side)));
    diff_.pks.left_out[side] = diff_.pks.total_rows[side] - integer(kept.rows.at(0).at(0));
  }
  problems_.duplicates = false;
  diff_.findings.push_back(
      {.code = "duplicates_left_out",
       .message =
           fmt::format("{} rows of production and {} of the pull request were left out of the comparison: "
                       "their key stands in several rows of a side.",
                       with_thousands(diff_.pks.left_out[0]), with_thousands(diff_.pks.left_out[1])),
       .command = {}});
  return {};
}

void Comparison::say_no_timeline(const std::string& why) {
  diff_.findings.push_back(
      {.code = "timeline_not_made", .message = "There is no timeline: " + why + ".", .command = {}});
}

Status Comparison::tell_timeline() {
  if (!request_.wants_timeline() || time_columns_[0].empty()) return {};
  if (plan_.keys.empty() || problems_.nulls || problems_.duplicates) {
    say_no_timeline("it takes a key without NULLs, of which no two rows that are compared have the same");
    return {};
  }
  const auto asked = [this](const std::string& sql, std::size_t rows_max) { return ask_for(sql, rows_max); };
  auto timeline = make_timeline(plan_, time_columns_, *request_.time->unit, asked);
  if (!timeline && !request_.time->must && timeline.error().kind == ErrorKind::too_large) {
    say_no_timeline(timeline.error().message);
    return {};
  }
  diff_.timeline = TRY(std::move(timeline));
  return {};
}

// A row stays where it is among the first of any column that differs in it.
void Comparison::thin_samples() {
  const std::size_t most = request_.samples_per_column;
  if (most == 0) return;
  std::vector<std::size_t> shown(plan_.values.size(), 0);
  std::erase_if(diff_.samples.changed, [&](const model::RowSamples::Changed& row) {
    bool stays = false;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (total_.differences[i] == 0 || row.values[0].at(i) == row.values[1].at(i)) continue;
      stays = stays || shown[i] < most;
      ++shown[i];
    }
    return !stays;
  });
  for (auto& rows : diff_.samples.exclusives)
    if (rows.size() > most) rows.resize(most);
}

}  // namespace vernier::datadiff
