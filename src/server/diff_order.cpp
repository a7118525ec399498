// SPDX-License-Identifier: Apache-2.0
#include "server/diff_order.h"

#include <fmt/format.h>

namespace vernier::server {
namespace {

// What may be left out; the answer names it.
constexpr std::string_view without_effect[] = {"tags", "algorithm", "bisection_factor", "bisection_threshold",
                                               "download_limit"};

constexpr std::string_view no_time_travel =
    "no database that Vernier compares in can show a table as it was; keep a copy, or a view of that time";
constexpr std::string_view read_only =
    "sessions are read-only, so nothing is written to a database; the rows that differ are kept as samples";

struct Refused {
  std::string_view field;
  std::string_view why;
};
constexpr Refused refused[] = {
    {"time_travel_point1", no_time_travel},      {"time_travel_point2", no_time_travel},
    {"materialize_dataset1", read_only},         {"materialize_dataset2", read_only},
    {"materialize_without_sampling", read_only}, {"materialization_destination_id", read_only}};

std::vector<model::Sides<std::string>> column_map(Fields& fields) {
  std::vector<model::Sides<std::string>> map;
  const Json pairs = fields.member("column_mapping");
  for (const Json& pair : pairs)
    if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string())
      map.push_back({pair[0].get<std::string>(), pair[1].get<std::string>()});
  if (map.size() != pairs.size() || pairs.is_object())
    fields.add_problem("column_mapping", "must be a list of pairs of names, production's first");
  return map;
}

std::string of_side(std::string_view field, std::size_t side) {
  return fmt::format("{}{}", field, side + 1);
}

// Missing where there is no query or file in its place.
std::vector<std::string> table(Fields& fields, std::size_t side) {
  const bool replaced =
      !fields.member(of_side("query", side)).is_null() || !fields.member(of_side("file", side)).is_null();
  const std::string key = of_side("table", side);
  return replaced ? fields.optional_list(key) : fields.required_list(key);
}

// With `file1_options`, of which only the type of the files may be given.
ci::OrderedFile file(Fields& fields, std::size_t side) {
  const std::string key = of_side("file", side);
  const std::string options_key = key + "_options";
  ci::OrderedFile file{.path = fields.optional_string(key), .type = {}};
  constexpr std::string_view scheme = "file://";
  if (file.path.starts_with(scheme)) file.path.erase(0, scheme.size());
  if (file.path.find("://") != std::string::npos)
    fields.add_problem(key, fmt::format("`{}` must be a file of the data source, not a URL", key));
  const Json options = fields.member(options_key);
  if (!options.is_null() && !options.is_object()) fields.add_problem(options_key, "must be an object");
  for (const auto& [option, value] : options.items()) {
    if (value.is_null() || !options.is_object()) continue;
    if (option == "file_type" && (value == Json("csv") || value == Json("parquet")))
      file.type = value.get<std::string>();
    else
      fields.add_problem(options_key,
                         fmt::format("`{}` may only say that `file_type` is csv or parquet; how a "
                                     "CSV file is written is found out by reading it",
                                     options_key));
  }
  return file;
}

// The API has two fields for them.
std::vector<std::string> included_columns(Fields& fields) {
  std::vector<std::string> columns = fields.optional_list("include_columns");
  std::vector<std::string> others = fields.optional_list("columns_to_compare");
  if (!columns.empty() && !others.empty())
    fields.add_problem("columns_to_compare", "give either this or `include_columns`");
  return columns.empty() ? others : columns;
}

// What `parse` makes of the members, all of which it reads; the first is named where it fails.
template <typename Parse>
auto parsed(Fields& fields, const Json& body, std::initializer_list<std::string_view> members, Parse parse) {
  for (const std::string_view member : members)
    (void)fields.member(member);
  auto result = body.is_object() ? parse(body) : parse(Json::object());
  if (!result.ok()) fields.add_problem(*members.begin(), result.error().message);
  return result.ok() ? std::move(result).value() : std::decay_t<decltype(*result)>();
}

engine::SessionParameters session_parameters(Fields& fields, const Json& body, std::size_t side) {
  const std::string key = of_side("data_source", side) + "_session_parameters";
  return parsed(fields, body, {key},
                [&](const Json& object) { return ci::parse_session_parameters(object, key); });
}

}  // namespace

ReadOrder read_order(Fields& fields, const Json& body) {
  ReadOrder read;
  datadiff::DiffRequest& wanted = read.order.request;
  read.order.data_source1_id = fields.integer("data_source1_id");
  read.order.data_source2_id = fields.integer("data_source2_id");
  for (std::size_t side = 0; side < 2; ++side) {
    wanted.tables[side] = table(fields, side);
    wanted.queries[side] = fields.optional_string(of_side("query", side));
    wanted.filters[side] = fields.optional_string(of_side("filter", side));
    read.order.files[side] = file(fields, side);
    read.order.session_parameters[side] = session_parameters(fields, body, side);
  }
  wanted.pk_columns = fields.optional_list("pk_columns");
  wanted.include_columns = included_columns(fields);
  wanted.exclude_columns = fields.optional_list("exclude_columns");
  wanted.column_map = column_map(fields);
  wanted.tolerances = parsed(
      fields, body, {"diff_tolerance", "tolerance_mode", "diff_tolerances_per_column", "datetime_tolerance"},
      ci::parse_tolerances);
  wanted.texts = parsed(fields, body, {"table_modifiers"}, ci::parse_text_rules);
  wanted.rules = parsed(fields, body, {"column_rules"}, ci::parse_rules);
  wanted.sort_arrays = fields.optional_bool("sort_array_columns", false);
  wanted.skip_duplicates = !fields.optional_bool("compare_duplicates", true);
  wanted.time =
      parsed(fields, body, {"time_column", "time_aggregate", "time_interval_start", "time_interval_end"},
             ci::parse_time);
  wanted.sampling = parsed(fields, body,
                           {"sampling_ratio", "sampling_max_rows", "sampling_tolerance",
                            "sampling_confidence", "sampling_threshold"},
                           ci::parse_sampling);
  wanted.samples_per_column = parsed(fields, body, {"per_column_diff_limit"}, ci::parse_samples_per_column);
  wanted.profiles = fields.optional_bool("run_profiles", false);
  read.order.infer_pk = fields.optional_bool("infer_pk", false);
  for (const std::string_view key : without_effect)
    if (!fields.member(key).is_null()) read.without_effect.push_back(key);
  for (const Refused& field : refused)
    fields.refuse(field.field, field.why);
  // What the client's API has and Vernier does not do is refused, never silently left out.
  fields.refuse_others();
  return read;
}

}  // namespace vernier::server
