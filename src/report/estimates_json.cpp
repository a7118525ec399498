// SPDX-License-Identifier: Apache-2.0
#include "report/estimates_json.h"

#include <cmath>

#include "report/read_json.h"

namespace vernier::report {
namespace {

using model::Cell;
using model::ColumnProfile;
using model::Interval;
using model::Sampling;

constexpr double percent_of_all = 100.0;

Json interval_json(const Interval& interval) {
  return Json::array({interval.low, interval.high});
}

Json intervals_json(const model::Sides<Interval>& sides) {
  return Json::array({interval_json(sides[0]), interval_json(sides[1])});
}

Json cell_json(const Cell& cell) {
  return cell ? Json(*cell) : Json();
}

Json cells_json(const model::Sides<Cell>& cells) {
  return Json::array({cell_json(cells[0]), cell_json(cells[1])});
}

Result<Interval> read_interval(const Json& json) {
  const auto bounds = TRY(entries(json, whole_number));
  if (bounds.size() != 2) return invalid_input("an interval must have two bounds");
  return Interval{bounds[0], bounds[1]};
}

// A type of its own: a cell is optional, and the readers of lists look through what is optional.
struct Text {
  Cell cell;
};
Result<Text> read_text(const Json& json) {
  if (json.is_null()) return Text{};
  if (!json.is_string()) return invalid_input("a value must be a string or null");
  return Text{json.get<std::string>()};
}

Result<model::Sides<Cell>> read_cells(const Json& json, std::string_view key) {
  auto texts = TRY(pair(json, key, read_text));
  return model::Sides<Cell>{std::move(texts[0].cell), std::move(texts[1].cell)};
}

Result<ColumnProfile::Bucket> read_bucket(const Json& json) {
  ColumnProfile::Bucket bucket;
  bucket.low = TRY(nested(json, "low", read_text)).cell;
  bucket.high = TRY(nested(json, "high", read_text)).cell;
  bucket.rows = TRY(pair(json, "rows", whole_number));
  return bucket;
}

Result<ColumnProfile::TopValue> read_top_value(const Json& json) {
  ColumnProfile::TopValue top;
  top.value = TRY(nested(json, "value", read_text)).cell;
  top.rows = TRY(pair(json, "rows", whole_number));
  return top;
}

Result<ColumnProfile> read_profile(const Json& json) {
  ColumnProfile profile;
  profile.column_name = TRY(require_string(json, "column_name"));
  profile.rows = TRY(pair(json, "rows", whole_number));
  profile.nulls = TRY(pair(json, "nulls", whole_number));
  profile.distincts = TRY(pair(json, "distincts", whole_number));
  profile.min = TRY(read_cells(json, "min"));
  profile.max = TRY(read_cells(json, "max"));
  profile.mean = TRY(read_cells(json, "mean"));
  profile.histogram = TRY(list(json, "histogram", read_bucket));
  profile.top_values = TRY(list(json, "top_values", read_top_value));
  return profile;
}

Json profile_json(const ColumnProfile& profile) {
  Json histogram = Json::array();
  for (const ColumnProfile::Bucket& bucket : profile.histogram)
    histogram.push_back(
        {{"low", cell_json(bucket.low)}, {"high", cell_json(bucket.high)}, {"rows", bucket.rows}});
  Json top_values = Json::array();
  for (const ColumnProfile::TopValue& top : profile.top_values)
    top_values.push_back({{"value", cell_json(top.value)}, {"rows", top.rows}});
  return {{"column_name", profile.column_name},
          {"rows", profile.rows},
          {"nulls", profile.nulls},
          {"distincts", profile.distincts},
          {"min", cells_json(profile.min)},
          {"max", cells_json(profile.max)},
          {"mean", cells_json(profile.mean)},
          {"histogram", std::move(histogram)},
          {"top_values", std::move(top_values)}};
}

Result<model::Timeline::Bucket> read_time_bucket(const Json& json) {
  model::Timeline::Bucket bucket;
  bucket.start = TRY(optional_string(json, "start"));
  bucket.rows = TRY(pair(json, "rows", whole_number));
  bucket.removed = TRY(require_integer(json, "removed"));
  bucket.added = TRY(require_integer(json, "added"));
  bucket.changed = TRY(require_integer(json, "changed"));
  return bucket;
}

}  // namespace

Json sampling_json(const Sampling& sampling) {
  Json columns = Json::array();
  for (const Interval& interval : sampling.values_different)
    columns.push_back(interval_json(interval));
  return {{"ratio", sampling.ratio},
          {"confidence", percent_of_all * sampling.confidence},
          {"rows", sampling.rows},
          {"dupes", intervals_json(sampling.dupes)},
          {"exclusives", intervals_json(sampling.exclusives)},
          {"distincts", intervals_json(sampling.distincts)},
          {"matched_rows", interval_json(sampling.matched_rows)},
          {"rows_with_differences", interval_json(sampling.rows_with_differences)},
          {"values_with_differences", interval_json(sampling.values_with_differences)},
          {"values_different", std::move(columns)}};
}

Result<Sampling> read_sampling(const Json& json) {
  Sampling sampling;
  sampling.ratio = TRY(real(json, "ratio"));
  sampling.confidence = TRY(real(json, "confidence")) / percent_of_all;
  sampling.rows = TRY(pair(json, "rows", whole_number));
  sampling.dupes = TRY(pair(json, "dupes", read_interval));
  sampling.exclusives = TRY(pair(json, "exclusives", read_interval));
  sampling.distincts = TRY(pair(json, "distincts", read_interval));
  sampling.matched_rows = TRY(nested(json, "matched_rows", read_interval));
  sampling.rows_with_differences = TRY(nested(json, "rows_with_differences", read_interval));
  sampling.values_with_differences = TRY(nested(json, "values_with_differences", read_interval));
  sampling.values_different = TRY(list(json, "values_different", read_interval));
  return sampling;
}

Json profiles_json(const std::vector<ColumnProfile>& profiles) {
  Json list = Json::array();
  for (const ColumnProfile& profile : profiles)
    list.push_back(profile_json(profile));
  return list;
}

Result<std::vector<ColumnProfile>> read_profiles(const Json& json) {
  return entries(json, read_profile);
}

Json timeline_json(const model::Timeline& timeline) {
  Json buckets = Json::array();
  for (const model::Timeline::Bucket& bucket : timeline.buckets)
    buckets.push_back({{"start", cell_json(bucket.start)},
                       {"rows", bucket.rows},
                       {"removed", bucket.removed},
                       {"added", bucket.added},
                       {"changed", bucket.changed}});
  return {{"time_column", timeline.column_name},
          {"time_aggregate", timeline.unit},
          {"buckets", std::move(buckets)}};
}

Result<model::Timeline> read_timeline(const Json& json) {
  model::Timeline timeline;
  timeline.column_name = TRY(require_string(json, "time_column"));
  timeline.unit = TRY(require_string(json, "time_aggregate"));
  timeline.buckets = TRY(list(json, "buckets", read_time_bucket));
  return timeline;
}

}  // namespace vernier::report
