// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "report/sample_runs.h"

namespace vernier::report {
namespace {

using model::ColumnProfile;

ColumnProfile amounts() {
  ColumnProfile profile{.column_name = "amount",
                        .rows = {1'000'000, 1'010'000},
                        .nulls = {50'000, 101'000},
                        .distincts = {1200, 1180},
                        .min = {"0.10", "0.10"},
                        .max = {"99.90", "150.00"},
                        .mean = {"24.5", "31.25"},
                        .histogram = {},
                        .top_values = {{"1.20", {40'000, 38'000}}, {"4.80", {30'000, 52'500}}}};
  for (int i = 0; i < 10; ++i)
    profile.histogram.push_back({fmt::format("{}", 15 * i),
                                 fmt::format("{}", 15 * (i + 1)),
                                 {i < 7 ? 200'000 - 25'000 * i : 0, 150'000 - 12'000 * i}});
  return profile;
}

ColumnProfile statuses() {
  return {.column_name = "status",
          .rows = {1'000'000, 1'010'000},
          .nulls = {0, 0},
          .distincts = {3, 4},
          .min = {"open", ""},
          .max = {"void", "void"},
          .mean = {},
          .histogram = {},
          .top_values = {{"paid", {800'000, 750'000}},
                         {"open", {150'000, 200'000}},
                         {std::string(150, 'v') + " <b>", {50'000, 50'000}},
                         {"", {0, 10'000}}}};
}

}  // namespace

model::TableDiff sampled_diff() {
  model::TableDiff diff;
  diff.result = model::DiffResult::different;
  diff.pk_columns = {"id"};
  diff.pks = {{1'000'000, 1'010'000}, {}, {}, {0, 10'000}, {1'000'000, 1'010'000}};
  diff.values = {1'000'000, 34'000, 3'000'000, 34'200, 3, 2, {}};
  diff.values.columns_diff_stats = {{"name", 100, 0}, {"amount", 96.6, 34'000}, {"status", 99.98, 200}};
  diff.schema.column_counts = {4, 4};
  diff.findings = {{"sampled",
                    "A sample was compared, by a hash of the key: 10,034 of 1,000,000 rows of production and "
                    "10,120 of 1,010,000 rows of the pull request. Rows and NULLs in keys were counted; all "
                    "else is an estimate, whose interval holds with 99 % confidence.",
                    "", "", ""}};
  diff.sampling = model::Sampling{.ratio = 0.01,
                                  .confidence = 0.99,
                                  .rows = {10'034, 10'120},
                                  .dupes = {{{0, 529}, {0, 530}}},
                                  .exclusives = {{{0, 597}, {10'000, 10'597}}},
                                  .distincts = {{{999'471, 1'000'000}, {1'009'470, 1'010'000}}},
                                  .matched_rows = {999'403, 1'000'000},
                                  .rows_with_differences = {29'465, 38'996},
                                  .values_with_differences = {26'350, 43'400},
                                  .values_different = {{0, 529}, {29'465, 38'996}, {11, 925}}};
  diff.profiles = {amounts(), statuses()};
  diff.algorithm = "join";
  diff.seconds = 0.4;
  return diff;
}

model::TableDiff equal_in_sample() {
  model::TableDiff diff = sampled_diff();
  diff.result = model::DiffResult::identical;
  diff.why = "The sample shows no difference: with 99 % confidence, at most 597 rows differ.";
  diff.pks.total_rows[1] = diff.pks.total_rows[0];
  diff.pks.exclusives = {0, 0};
  diff.values = {1'000'000, 0, 3'000'000, 0, 3, 0, {{"name", 100, 0}}};
  diff.sampling->exclusives = {{{0, 597}, {0, 597}}};
  diff.sampling->rows_with_differences = {0, 529};
  diff.sampling->values_different = {{0, 529}};
  diff.profiles.clear();
  return diff;
}

}  // namespace vernier::report
