// SPDX-License-Identifier: Apache-2.0
#include "ci/order_sources.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <filesystem>
#include <system_error>

namespace vernier::ci {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view pattern_characters = "*?[]{}";

// A pattern's folder: what stands before the first part that has more than one meaning.
fs::path folder_of(const fs::path& pattern) {
  fs::path folder;
  for (const fs::path& part : pattern.parent_path()) {
    if (part.string().find_first_of(pattern_characters) != std::string::npos) break;
    folder /= part;
  }
  return folder.empty() ? fs::path(".") : folder;
}

// Links are followed before anything is said about where a file lies.
Result<fs::path> allowed_file(const fs::path& pattern, const std::string& wanted) {
  std::error_code error;
  const fs::path folder = fs::canonical(folder_of(pattern), error);
  if (error) return not_found("the data source's folder is not there");
  const fs::path file = fs::canonical(folder / wanted, error);
  if (error || !fs::is_regular_file(file, error)) return not_found("there is no such file");
  if (file.string().find_first_of(pattern_characters) != std::string::npos)
    return invalid_input("files whose path has one of " + std::string(pattern_characters) +
                         " in it cannot be named");
  const fs::path rest = pattern.lexically_relative(folder_of(pattern));
  const bool matches = ::fnmatch((folder / rest).c_str(), file.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
  if (file.parent_path() != folder && !matches) return not_found("there is no such file");
  return file;
}

Result<model::DataSource> narrowed(model::DataSource source, const OrderedFile& file) {
  if (file.path.empty()) return source;
  if (!engine::is_of_files(source))
    return invalid_input("only data sources of type parquet and csv have files; this one is of type " +
                         source.type);
  if (!file.type.empty() && file.type != source.type)
    return invalid_input("the data source's files are of type " + source.type + ", not " + file.type);
  const std::string pattern = TRY(require_string(source.options, "path"));
  const auto found = allowed_file(pattern, file.path);
  if (!found)
    return Error{found.error().kind, fmt::format("{}: a file must lie in the folder of the data source {} or "
                                                 "match its pattern",
                                                 found.error().message, source.name)};
  source.options["path"] = found->string();
  return source;
}

Result<model::DataSource> with_session(model::DataSource source,
                                       const engine::SessionParameters& parameters) {
  if (parameters.empty()) return source;
  if (source.type != "pg")
    return invalid_input(
        "only sessions of PostgreSQL have parameters that can be set; this data source is of "
        "type " +
        source.type);
  for (const auto& [name, value] : parameters)
    source.options["session_parameters"][name] = value;
  return source;
}

}  // namespace

Result<model::Sides<model::DataSource>> sources_of(const DiffOrder& order, store::Store& store) {
  const model::Sides<std::int64_t> ids = {order.data_source1_id, order.data_source2_id};
  model::Sides<engine::SessionParameters> parameters = order.session_parameters;
  model::Sides<model::DataSource> sources;
  if (ids[0] == ids[1]) {
    if (!parameters[0].empty() && !parameters[1].empty() && parameters[0] != parameters[1])
      return invalid_input(
          "one session compares tables of one data source: give both sides the same "
          "session parameters, or one side alone");
    for (const auto& [name, value] : order.session_parameters[1])
      parameters[0][name] = value;
    parameters[1] = parameters[0];
  }
  for (std::size_t side = 0; side < 2; ++side) {
    model::DataSource source = TRY(store.data_source(ids[side]));
    source = TRY_DURING(fmt::format("`file{}`", side + 1), narrowed(std::move(source), order.files[side]));
    sources[side] = TRY_DURING(fmt::format("`data_source{}_session_parameters`", side + 1),
                               with_session(std::move(source), parameters[side]));
  }
  return sources;
}

bool is_within_database(const DiffOrder& order, const model::Sides<model::DataSource>& sources) {
  return order.data_source1_id == order.data_source2_id && !engine::is_of_files(sources[0]);
}

}  // namespace vernier::ci
