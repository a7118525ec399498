// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/finding_json.h"
#include "report/estimates_json.h"
#include "report/report.h"

namespace vernier::report {
namespace {

using model::Cell;
using model::TableDiff;

Json figures(const model::Sides<std::int64_t>& sides) {
  return Json::array({sides[0], sides[1]});
}

Json pks_json(const model::KeyStats& pks) {
  Json json = {{"total_rows", figures(pks.total_rows)},
               {"nulls", figures(pks.nulls)},
               {"dupes", figures(pks.dupes)},
               {"exclusives", figures(pks.exclusives)},
               {"distincts", figures(pks.distincts)}};
  if (pks.left_out[0] > 0 || pks.left_out[1] > 0) json["left_out"] = figures(pks.left_out);
  return json;
}

// An estimate stands in both fields: the client wants an integer in the first.
Json values_json(const model::ValueStats& values, bool estimated) {
  Json columns = Json::array();
  for (const model::ColumnDiff& column : values.columns_diff_stats)
    columns.push_back({{"column_name", column.column_name},
                       // JSON knows no NaN, and the client insists on a number.
                       {"match", std::isfinite(column.match) ? column.match : 0.0},
                       {"values_different", column.values_different},
                       {"values_different_estimate", estimated ? Json(column.values_different) : Json()}});
  return {{"total_rows", values.total_rows},
          {"rows_with_differences", values.rows_with_differences},
          {"total_values", values.total_values},
          {"values_with_differences", values.values_with_differences},
          {"compared_columns", values.compared_columns},
          {"columns_with_differences", values.columns_with_differences},
          {"columns_diff_stats", std::move(columns)}};
}

// The client takes `column_type_differs` as plain names; the two types stand in `column_types` beside it.
Json schema_json(const model::SchemaStats& schema) {
  Json names = Json::array();
  Json types = Json::array();
  for (const model::TypeDiff& differ : schema.type_differs) {
    names.push_back(differ.column_name);
    types.push_back({{"column_name", differ.column_name}, {"types", differ.types}});
  }
  return {{"columns_mismatched", figures(schema.columns_mismatched)},
          {"column_type_mismatches", schema.column_type_mismatches},
          {"column_reorders", schema.column_reorders},
          {"column_counts", figures(schema.column_counts)},
          {"column_type_differs", std::move(names)},
          {"exclusive_columns", schema.exclusive_columns},
          {"column_types", std::move(types)}};
}

Json cells_json(const std::vector<Cell>& cells) {
  Json list = Json::array();
  for (const Cell& cell : cells)
    list.push_back(cell ? Json(*cell) : Json());
  return list;
}

Json exclusives_json(const std::vector<model::RowSamples::Exclusive>& rows) {
  Json list = Json::array();
  for (const auto& row : rows)
    list.push_back({{"key", cells_json(row.key)}, {"values", cells_json(row.values)}});
  return list;
}

Json resolution_json(const model::Resolution& resolution) {
  return {{"wanted", resolution.wanted.text()},
          {"used", resolution.used.text()},
          {"step", model::to_string(resolution.step)},
          {"behind", resolution.behind ? Json(*resolution.behind) : Json()},
          {"kind", resolution.kind ? Json(model::to_string(*resolution.kind)) : Json()},
          {"upload_id", resolution.upload_id},
          {"nodes_between", resolution.nodes_between ? Json(*resolution.nodes_between) : Json()}};
}

Json last_build_json(const model::ReportedNode& node) {
  if (!node.last_build) return Json();
  const model::LastBuild& build = *node.last_build;
  return {{"commit_sha", build.commit_sha.text()},
          {"built_at", build.built_at},
          {"behind", build.behind ? Json(*build.behind) : Json()}};
}

Json node_json(const model::ReportedNode& node) {
  Json diff = Json::object();
  diff["id"] = node.diff_id ? Json(node.diff_id) : Json();
  diff.update(diff_to_json(node.diff));
  return {{"unique_id", node.change.unique_id},
          {"name", node.change.name},
          {"resource_type", node.change.resource_type},
          {"change", model::to_string(node.change.kind)},
          {"reasons", node.change.reasons},
          {"distance", node.change.distance},
          {"same_compiled", node.change.same_compiled},
          {"prod", node.prod},
          {"pr", node.pr},
          {"last_build", last_build_json(node)},
          {"others", node.others},
          {"diff", std::move(diff)}};
}

}  // namespace

Json summary_json(const TableDiff& diff) {
  if (!diff.has_figures()) return Json::object();
  Json summary = {{"pks", pks_json(diff.pks)},
                  {"values", values_json(diff.values, diff.sampling.has_value())},
                  {"schema", schema_json(diff.schema)},
                  {"dependencies", Json::array()}};
  if (diff.sampling) summary["sampling"] = sampling_json(*diff.sampling);
  if (!diff.profiles.empty()) summary["profiles"] = profiles_json(diff.profiles);
  if (diff.timeline) summary["timeline"] = timeline_json(*diff.timeline);
  return summary;
}

Json samples_json(const TableDiff& diff) {
  const model::RowSamples& samples = diff.samples;
  Json changed = Json::array();
  for (const auto& row : samples.changed)
    changed.push_back({{"key", cells_json(row.key)},
                       {"prod", cells_json(row.values[0])},
                       {"pr", cells_json(row.values[1])}});
  return {{"key_columns", samples.key_columns},
          {"value_columns", samples.value_columns},
          {"changed", std::move(changed)},
          {"removed", exclusives_json(samples.exclusives[0])},
          {"added", exclusives_json(samples.exclusives[1])}};
}

Json diff_to_json(const TableDiff& diff) {
  return {{"result", model::to_string(diff.result)},
          {"why", diff.why},
          {"pk_columns", diff.pk_columns},
          {"summary", summary_json(diff)},
          {"findings", findings_to_json(diff.findings)},
          {"algorithm", diff.algorithm},
          {"seconds", std::isfinite(diff.seconds) ? diff.seconds : 0.0}};
}

Json to_json(const model::CiRun& run) {
  Json models = Json::array();
  for (const model::ReportedNode& node : run.models)
    models.push_back(node_json(node));
  return {{"id", run.id},
          {"status", model::to_string(run.status)},
          {"failure", run.failure},
          {"ci_config_id", run.ci_config_id},
          {"ci_config_name", run.ci_config_name},
          {"pr_num", run.pr_num},
          {"pr_branch", run.pr_branch},
          {"pr_sha", run.pr_sha.text()},
          {"base_branch", run.base_branch},
          {"base_sha", run.base_sha.text()},
          {"source", run.source},
          {"created_at", run.created_at},
          {"finished_at", run.finished_at},
          {"url", run.url},
          {"artifacts", {{"pr", resolution_json(run.pr)}, {"base", resolution_json(run.base)}}},
          {"warnings", findings_to_json(run.warnings)},
          {"models", std::move(models)},
          {"nodes_unchanged", run.nodes_unchanged},
          {"diffs_planned", run.diffs_planned}};
}

}  // namespace vernier::report
