// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/finding_json.h"
#include "report/estimates_json.h"
#include "report/read_json.h"
#include "report/report.h"

namespace vernier::report {
namespace {

using model::CommitSha;

// The readers fail with invalid_input; the two public functions turn that into corrupt, because what they
// read was written by this program.
template <typename T>
Result<T> as_corrupt(Result<T> result) {
  if (result.ok()) return result;
  return corrupt(fmt::format("not a stored report: {}", result.error().message));
}

// The name under `key`, read by one of model's parse functions.
template <typename Parse>
auto word(const Json& object, std::string_view key, Parse parse) -> decltype(parse(std::string_view())) {
  const std::string text = TRY(require_string(object, key));
  return parse(text);
}

// One of `values`, by the name that model's to_string() gives it.
template <typename Enum>
Result<Enum> one_of(const Json& object, std::string_view key, std::initializer_list<Enum> values) {
  const std::string text = TRY(require_string(object, key));
  for (const Enum value : values)
    if (model::to_string(value) == text) return value;
  return invalid_input(fmt::format("`{}` is `{}`, which is not known", key, text.substr(0, 80)));
}

Result<std::string> plain_text(const Json& item) {
  if (!item.is_string()) return invalid_input("an entry must be a string");
  return item.get<std::string>();
}

Result<std::vector<std::string>> plain_texts(const Json& item) {
  return entries(item, plain_text);
}

Result<CommitSha> sha(const Json& object, std::string_view key) {
  const std::string text = TRY(require_string(object, key));
  if (text.empty()) return CommitSha();
  return CommitSha::parse(text);
}

Result<model::KeyStats> read_pks(const Json& json) {
  model::KeyStats pks;
  pks.total_rows = TRY(pair(json, "total_rows", whole_number));
  pks.nulls = TRY(pair(json, "nulls", whole_number));
  pks.dupes = TRY(pair(json, "dupes", whole_number));
  pks.exclusives = TRY(pair(json, "exclusives", whole_number));
  pks.distincts = TRY(pair(json, "distincts", whole_number));
  if (json.contains("left_out")) pks.left_out = TRY(pair(json, "left_out", whole_number));
  return pks;
}

Result<model::ColumnDiff> read_column(const Json& json) {
  model::ColumnDiff column;
  column.column_name = TRY(require_string(json, "column_name"));
  column.match = TRY(real(json, "match"));
  column.values_different = TRY(require_integer(json, "values_different"));
  return column;
}

Result<model::ValueStats> read_values(const Json& json) {
  model::ValueStats values;
  values.total_rows = TRY(require_integer(json, "total_rows"));
  values.rows_with_differences = TRY(require_integer(json, "rows_with_differences"));
  values.total_values = TRY(require_integer(json, "total_values"));
  values.values_with_differences = TRY(require_integer(json, "values_with_differences"));
  values.compared_columns = TRY(require_integer(json, "compared_columns"));
  values.columns_with_differences = TRY(require_integer(json, "columns_with_differences"));
  values.columns_diff_stats = TRY(list(json, "columns_diff_stats", read_column));
  return values;
}

Result<model::TypeDiff> read_type_diff(const Json& json) {
  model::TypeDiff differs;
  differs.column_name = TRY(require_string(json, "column_name"));
  differs.types = TRY(pair(json, "types", plain_text));
  return differs;
}

Result<model::SchemaStats> read_schema(const Json& json) {
  model::SchemaStats schema;
  schema.columns_mismatched = TRY(pair(json, "columns_mismatched", whole_number));
  schema.column_type_mismatches = TRY(require_integer(json, "column_type_mismatches"));
  schema.column_reorders = TRY(require_integer(json, "column_reorders"));
  schema.column_counts = TRY(pair(json, "column_counts", whole_number));
  schema.type_differs = TRY(list(json, "column_types", read_type_diff));
  schema.exclusive_columns = TRY(pair(json, "exclusive_columns", plain_texts));
  return schema;
}

Result<model::TableDiff> read_diff(const Json& json) {
  model::TableDiff diff;
  using enum model::DiffResult;
  diff.result =
      TRY(one_of(json, "result", {different, identical, missing_pks, bad_pks, error, empty, not_diffed}));
  diff.why = TRY(require_string(json, "why"));
  diff.pk_columns = TRY(string_list(json, "pk_columns"));
  diff.findings = TRY(list(json, "findings", finding_from_json));
  diff.algorithm = TRY(require_string(json, "algorithm"));
  diff.seconds = TRY(real(json, "seconds"));
  if (!diff.has_figures()) return diff;
  const Json summary = TRY(member(json, "summary"));
  diff.pks = TRY(nested(summary, "pks", read_pks));
  diff.values = TRY(nested(summary, "values", read_values));
  diff.schema = TRY(nested(summary, "schema", read_schema));
  if (summary.contains("sampling")) diff.sampling = TRY(nested(summary, "sampling", read_sampling));
  if (summary.contains("profiles")) diff.profiles = TRY(nested(summary, "profiles", read_profiles));
  if (summary.contains("timeline")) diff.timeline = TRY(nested(summary, "timeline", read_timeline));
  return diff;
}

Result<model::Resolution> read_resolution(const Json& json) {
  model::Resolution resolution;
  resolution.wanted = TRY(sha(json, "wanted"));
  resolution.used = TRY(sha(json, "used"));
  resolution.step = TRY(word(json, "step", model::parse_resolution_step));
  resolution.behind = TRY(optional_integer(json, "behind"));
  if (const auto kind = TRY(optional_string(json, "kind")))
    resolution.kind = TRY(model::parse_artifact_kind(*kind));
  resolution.upload_id = TRY(require_integer(json, "upload_id"));
  if (const auto nodes = json.find("nodes_between"); nodes != json.end() && nodes->is_array())
    resolution.nodes_between = TRY(string_list(json, "nodes_between"));
  return resolution;
}

Result<model::LastBuild> read_last_build(const Json& json) {
  model::LastBuild build;
  build.commit_sha = TRY(sha(json, "commit_sha"));
  build.built_at = TRY(require_string(json, "built_at"));
  build.behind = TRY(optional_integer(json, "behind"));
  return build;
}

Result<model::ReportedNode> read_node(const Json& json) {
  model::ReportedNode node;
  node.change.unique_id = TRY(require_string(json, "unique_id"));
  node.change.name = TRY(require_string(json, "name"));
  node.change.resource_type = TRY(require_string(json, "resource_type"));
  using enum model::ChangeKind;
  node.change.kind = TRY(one_of(json, "change", {modified, added, removed, downstream}));
  node.change.reasons = TRY(string_list(json, "reasons"));
  node.change.distance = static_cast<int>(TRY(require_integer(json, "distance")));
  node.change.same_compiled = TRY(optional_bool(json, "same_compiled")).value_or(false);
  node.prod = TRY(string_list(json, "prod"));
  node.pr = TRY(string_list(json, "pr"));
  // Reports that older versions stored lack these.
  if (const auto build = json.find("last_build"); build != json.end() && build->is_object())
    node.last_build = TRY(read_last_build(*build));
  node.others = TRY(string_list(json, "others"));
  const Json diff = TRY(member(json, "diff"));
  node.diff_id = TRY(optional_integer(diff, "id")).value_or(0);
  node.diff = TRY(read_diff(diff));
  return node;
}

Result<model::CiRun> read_run(const Json& json) {
  model::CiRun run;
  run.id = TRY(require_integer(json, "id"));
  run.status = TRY(word(json, "status", model::parse_run_status));
  run.failure = TRY(require_string(json, "failure"));
  run.ci_config_id = TRY(require_integer(json, "ci_config_id"));
  run.ci_config_name = TRY(require_string(json, "ci_config_name"));
  run.pr_num = TRY(require_string(json, "pr_num"));
  run.pr_branch = TRY(require_string(json, "pr_branch"));
  run.pr_sha = TRY(sha(json, "pr_sha"));
  run.base_branch = TRY(require_string(json, "base_branch"));
  run.base_sha = TRY(sha(json, "base_sha"));
  run.source = TRY(require_string(json, "source"));
  run.created_at = TRY(require_string(json, "created_at"));
  run.finished_at = TRY(require_string(json, "finished_at"));
  run.url = TRY(require_string(json, "url"));
  const Json artifacts = TRY(member(json, "artifacts"));
  run.pr = TRY(nested(artifacts, "pr", read_resolution));
  run.base = TRY(nested(artifacts, "base", read_resolution));
  run.warnings = TRY(list(json, "warnings", finding_from_json));
  run.models = TRY(list(json, "models", read_node));
  run.nodes_unchanged = TRY(require_integer(json, "nodes_unchanged"));
  run.diffs_planned = TRY(optional_integer(json, "diffs_planned")).value_or(0);
  return run;
}

}  // namespace

Result<model::TableDiff> diff_from_json(const Json& json) {
  return as_corrupt(read_diff(json));
}

Result<model::CiRun> from_json(const Json& json) {
  return as_corrupt(read_run(json));
}

}  // namespace vernier::report
