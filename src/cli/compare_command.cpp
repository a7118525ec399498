// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/comparison_text.h"
#include "cli/explain.h"
#include "compare/compare.h"
#include "dbt/dbt.h"

namespace vernier::cli {
namespace {

constexpr int exit_refused = 3;    // dbt itself would not go on
constexpr int exit_bad_input = 2;  // also where a manifest cannot be read

constexpr std::string_view examples = R"(Examples:
  vernier dbt compare --base prod/target --head target
      what changed between production's artifacts and these, and what depends on it
  vernier dbt compare --base prod --head . --select 'state:modified+' --output ids
      what `dbt ls --select state:modified+ --state prod` would list
  vernier dbt compare --base prod --head . --select 'state:modified.body,tag:daily state:new'
      models with changed text and that tag, and whatever is new
  vernier dbt compare --base prod --head . --explain orders
      the old and the new text and settings of one node, side by side

Exit codes: 0 also when nothing is selected, 2 for arguments and files that cannot be read,
3 where dbt itself would refuse, as for a breaking change of a versioned model's contract.)";

struct Arguments {
  std::string base;
  std::string head;
  std::string select;
  std::string output = "text";
  std::string more_unrendered = "false";
  std::string indirect = "eager";
  std::string rules;
  std::string explain;
};

Result<std::filesystem::path> find_manifest(const std::string& given) {
  const std::filesystem::path path(given);
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return path;
  for (const auto& candidate : {path / "manifest.json", path / "target" / "manifest.json"})
    if (std::filesystem::exists(candidate, ignored)) return candidate;
  return not_found(fmt::format("{}: neither manifest.json nor target/manifest.json is in there", given));
}

Json to_json(const model::Change& change) {
  return {{"unique_id", change.unique_id},
          {"name", change.name},
          {"resource_type", change.resource_type},
          {"change", model::to_string(change.kind)},
          {"reasons", change.reasons},
          {"distance", change.distance},
          {"same_compiled", change.same_compiled}};
}

Json to_json(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings)
    list.push_back({{"code", finding.code}, {"message", finding.message}});
  return list;
}

Json to_json(const std::vector<model::Change>& changes) {
  Json list = Json::array();
  for (const model::Change& change : changes)
    list.push_back(to_json(change));
  return list;
}

void print_selection(const compare::Selection& selection, const std::string& output) {
  if (output == "json") {
    const Json json = {{"unique_ids", selection.unique_ids}, {"findings", to_json(selection.warnings)}};
    fmt::print("{}\n", dump_json(json, 2));
    return;
  }
  for (const std::string& id : selection.unique_ids)
    fmt::print("{}\n", printable(id));
  for (const Finding& warning : selection.warnings)
    fmt::print(stderr, "vernier: warning: {}\n", printable(warning.message));
}

void print_comparison(const compare::Comparison& comparison, const std::string& output) {
  if (output == "ids") {
    for (const model::Change& change : comparison.changes)
      fmt::print("{}\n", printable(change.unique_id));
  } else if (output == "json") {
    const Json json = {{"changes", to_json(comparison.changes)},
                       {"unchanged", comparison.unchanged},
                       {"compiled_only", to_json(comparison.compiled_only)},
                       {"findings", to_json(comparison.findings)}};
    fmt::print("{}\n", dump_json(json, 2));
  } else {
    fmt::print("{}", comparison_text(comparison, {wants_colour(), terminal_columns()}));
  }
}

Result<int> compare_manifests(const Arguments& arguments) {
  const auto base_path = TRY_DURING("--base", find_manifest(arguments.base));
  const auto head_path = TRY_DURING("--head", find_manifest(arguments.head));
  const auto indirect = TRY(compare::parse_indirect_selection(arguments.indirect));
  compare::Options options;
  options.more_unrendered = arguments.more_unrendered == "true";
  if (!arguments.rules.empty())
    options.rules = arguments.rules == "dbt2" ? compare::Rules::dbt2 : compare::Rules::dbt1;

  const model::Manifest base = TRY_DURING("--base " + base_path.string(), dbt::read_manifest(base_path));
  const model::Manifest head = TRY_DURING("--head " + head_path.string(), dbt::read_manifest(head_path));
  if (!arguments.select.empty()) {
    print_selection(TRY(compare::select(base, head, arguments.select, options, indirect)), arguments.output);
    return 0;
  }
  const compare::Comparison comparison = compare::compare(base, head, options);
  if (arguments.explain.empty()) {
    print_comparison(comparison, arguments.output);
    return 0;
  }
  const ManifestPair pair{base, head, base_path, head_path};
  const TextStyle style{wants_colour(), terminal_columns()};
  fmt::print("{}", TRY(explain(pair, comparison, arguments.explain, style)));
  return 0;
}

int run_compare(const Arguments& arguments) {
  const Result<int> code = compare_manifests(arguments);
  if (code.ok()) return code.value();
  fail(code.error());
  return code.error().kind == ErrorKind::conflict ? exit_refused : exit_bad_input;
}

}  // namespace

void add_dbt_compare(CLI::App& parent, Action& action) {
  CLI::App* command =
      parent.add_subcommand("compare", "Compare two manifests as dbt's state comparison does, offline");
  const auto arguments = std::make_shared<Arguments>();  // shared by the parser and the action
  const std::string where = "manifest.json, or a folder that has it or target/manifest.json";
  command->add_option("--base", arguments->base, "Production: " + where)->required();
  command->add_option("--head", arguments->head, "The change: " + where)->required();
  CLI::Option* select = command->add_option("-s,--select", arguments->select,
                                            "List what a dbt selector selects, as `dbt ls` does");
  command->add_option("-o,--output", arguments->output, "How to print it")
      ->check(CLI::IsMember({"text", "json", "ids"}))
      ->capture_default_str();
  command
      ->add_option("--more-unrendered", arguments->more_unrendered,
                   "The project's flag state_modified_compare_more_unrendered_values")
      ->check(CLI::IsMember({"true", "false"}))
      ->capture_default_str();
  command
      ->add_option("--indirect-selection", arguments->indirect,
                   "Which tests join a selection over their parents")
      ->check(CLI::IsMember({"eager", "cautious", "buildable", "empty"}))
      ->capture_default_str();
  command->add_option("--rules", arguments->rules, "Whose rules decide; by default the head's dbt's")
      ->check(CLI::IsMember({"dbt1", "dbt2"}));
  command->add_option("--explain", arguments->explain, "Show what differs in one node, by name or unique_id")
      ->excludes(select);
  command->footer(std::string(examples));
  command->callback([&action, arguments] { action = [arguments] { return run_compare(*arguments); }; });
}

}  // namespace vernier::cli
