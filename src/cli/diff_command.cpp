// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/diff_options.h"
#include "cli/interruption.h"
#include "cli/progress_line.h"
#include "datadiff/datadiff.h"
#include "report/report.h"

namespace vernier::cli {

namespace {

constexpr int exit_identical = 0;
constexpr int exit_different = 1;
constexpr int exit_not_compared = 2;

constexpr const char* footer =
    R"(Exit code: 0 identical, 1 different, 2 could not compare. Of a sample: 0 no difference in it, 1 a difference;
what is said beside tells how many rows may differ still.

Examples:
  vernier diff tables duckdb://dev.duckdb main.orders duckdb://dev.duckdb pr_7.orders -k id
  vernier diff tables postgresql://me:secret@db:5432/shop prod.orders postgresql://me:secret@db:5432/shop pr.orders \
      -k region -k order_no -c amount -w "order_date >= '2026-01-01'" --sample 5 --output json
  vernier diff tables postgresql://me:secret@db:5432/shop prod.orders parquet://export/orders-*.parquet - -k id
  vernier diff tables duckdb://dev.duckdb main.orders duckdb://dev.duckdb pr_7.orders -k id \
      --tolerance 0.01 --column-tolerance share=1% --time-tolerance 1 --ignore '_loaded_*'
  vernier diff tables duckdb://dev.duckdb main.orders duckdb://dev.duckdb pr_7.orders -k id \
      --sampling-rows 100000 --profile
  vernier diff tables duckdb://dev.duckdb main.orders duckdb://dev.duckdb pr_7.orders -k id \
      --time-column created_at --since 2026-01-01 --until 2026-02-01 --time-aggregate day --skip-duplicates
  vernier diff tables duckdb://dev.duckdb main.orders duckdb://dev.duckdb pr_7.orders -k id \
      --sort-arrays --equal-if "status={a} = 'legacy' and {b} is null"
  vernier diff tables mysql://me:secret@old:3306/shop orders postgresql://me:secret@db:5432/shop public.orders -k id
Table names have up to three parts; parts that hold dots go into "double quotes".)";

struct DiffArguments {
  model::Sides<std::string> urls;
  model::Sides<std::string> tables;
  std::vector<std::string> keys;
  std::vector<std::string> columns;
  std::vector<std::string> mapped;  // "a=b"
  std::string where;
  DiffOptions options;
  std::size_t samples_max = 0;
  std::size_t memory_mebibytes = 1024;
  std::int64_t timeout_seconds = 0;
  std::string algorithm = "auto";
  std::string output = "text";
};

int not_compared(const std::string& message) {
  fmt::print(stderr, "vernier: {}\n", message);
  return exit_not_compared;
}

Json result_json(const model::TableDiff& diff) {
  Json findings = Json::array();
  for (const Finding& finding : diff.findings)
    findings.push_back({{"code", finding.code}, {"message", finding.message}});
  return {{"result", model::to_string(diff.result)},
          {"why", diff.why},
          {"summary", report::summary_json(diff)},
          {"samples", report::samples_json(diff)},
          {"findings", std::move(findings)},
          {"algorithm", diff.algorithm},
          {"seconds", diff.seconds}};
}

bool same_database(const model::DataSource& first, const model::DataSource& second) {
  if (first.type != second.type) return false;
  if (first.type != "duckdb" && first.type != "sqlite") return first.options == second.options;
  std::error_code error;
  const auto path = [](const model::DataSource& source) {
    return source.options.value("path", std::string());
  };
  return path(first) == path(second) || std::filesystem::equivalent(path(first), path(second), error);
}

// "a=b"; names that hold "=" cannot be given.
Result<model::Sides<std::string>> parse_mapped(const std::string& text) {
  const std::vector<std::string> names = split(text, '=');
  if (names.size() != 2 || names[0].empty() || names[1].empty())
    return invalid_input(fmt::format("--map: \"{}\" is not COLUMN1=COLUMN2", text));
  return model::Sides<std::string>{names[0], names[1]};
}

datadiff::Algorithm algorithm_of(const std::string& name) {
  if (name == "stream") return datadiff::Algorithm::stream;
  return name == "checksum" ? datadiff::Algorithm::checksum : datadiff::Algorithm::automatic;
}

Result<model::TableDiff> compare(const DiffArguments& arguments, Progress& progress, Cancel& cancel) {
  const model::DataSource first = TRY_DURING("URL1", engine::parse_url(arguments.urls[0]));
  const model::DataSource second = TRY_DURING("URL2", engine::parse_url(arguments.urls[1]));
  datadiff::DiffRequest request;
  for (std::size_t side = 0; side < 2; ++side) {
    request.tables[side] =
        TRY_DURING(fmt::format("TABLE{}", side + 1), engine::parse_table_path(arguments.tables[side]));
    request.filters[side] = arguments.where;
  }
  request.pk_columns = arguments.keys;
  request.include_columns = arguments.columns;
  for (const std::string& mapped : arguments.mapped)
    request.column_map.push_back(TRY(parse_mapped(mapped)));
  request.must_map = true;
  request.samples_max = arguments.samples_max;
  request.progress = &progress;
  request.query_timeout = {};  // who waits can stop it
  request = TRY(with_options(std::move(request), arguments.options));
  if (arguments.algorithm == "checksum" && (request.sampling || request.profiles || request.wants_timeline()))
    return invalid_input(
        "--algorithm checksum reads too few rows for a sample, profiles or a timeline; leave it out");
  const engine::MeetingLimits limits{.memory_bytes = arguments.memory_mebibytes * 1024 * 1024};
  request.algorithm = algorithm_of(arguments.algorithm);
  const bool within = same_database(first, second) && !engine::is_of_files(first);
  if (arguments.algorithm == "join" && !within)
    return invalid_input("--algorithm join is for two tables of one database");
  if (!within || request.algorithm != datadiff::Algorithm::automatic)
    return datadiff::diff_across({first, second}, request, limits, cancel);
  const auto database = TRY(engine::open(first, limits.memory_bytes));
  const auto connection = TRY(database->connect());
  return datadiff::diff_tables(*connection, request, cancel, limits);
}

Result<model::TableDiff> compare_watched(const DiffArguments& arguments) {
  Cancel cancel;
  const Interruption interruption(cancel, std::chrono::seconds(arguments.timeout_seconds));
  Progress progress;
  const ProgressLine line(progress);
  const auto compared = compare(arguments, progress, cancel);
  const bool succeeded = compared && compared->has_figures();
  if (interruption.out_of_time() && !succeeded)
    return timed_out(fmt::format("it took longer than --timeout allows, {} s", arguments.timeout_seconds));
  if (cancel.requested() && !succeeded) return cancelled("cancelled");
  return compared;
}

int diff_tables(const DiffArguments& arguments) {
  const Result<model::TableDiff> compared = compare_watched(arguments);
  if (!compared) return not_compared(compared.error().message);
  const model::TableDiff& diff = *compared;
  if (arguments.output == "json")
    std::cout << dump_json(result_json(diff), 2) << '\n';
  else if (diff.has_figures())
    std::cout << report::to_terminal(diff, {.colour = wants_colour(), .columns = terminal_columns()});
  if (!diff.has_figures()) return not_compared(diff.why);
  return datadiff::has_differences(diff) ? exit_different : exit_identical;
}

}  // namespace

void add_diff_tables(CLI::App& parent, Action& action) {
  const auto arguments = std::make_shared<DiffArguments>();  // shared with the callbacks that CLI11 keeps
  CLI::App* command = parent.add_subcommand("tables", "Compare two tables row by row");
  command
      ->add_option("url1", arguments->urls[0],
                   "Where table 1 is: duckdb://PATH, sqlite://PATH, postgresql://USER:PW@HOST/DB, "
                   "mysql://USER:PW@HOST/DB, "
                   "parquet://PATTERN or csv://PATTERN")
      ->required();
  command
      ->add_option("table1", arguments->tables[0],
                   "Table 1, production: [[database.]schema.]table; - for files")
      ->required();
  command->add_option("url2", arguments->urls[1], "Where table 2 is, of the same kind or another")
      ->required();
  command->add_option("table2", arguments->tables[1], "Table 2, the pull request")->required();
  command->add_option("-k,--key", arguments->keys, "Key column; several -k make a composite key")
      ->allow_extra_args(false);
  command->add_option("-c,--column", arguments->columns, "Compare the values of this column only; repeatable")
      ->allow_extra_args(false);
  command
      ->add_option("--map", arguments->mapped,
                   "COLUMN1=COLUMN2: column 1 of table 1 has that other name in table 2; repeatable")
      ->allow_extra_args(false);
  add_diff_options(*command, arguments->options);
  command->add_option("-w,--where", arguments->where, "SQL condition on the rows of both tables");
  command->add_option("--sample", arguments->samples_max, "Show up to N rows of each kind")
      ->check(CLI::Range(0, 10'000));
  command
      ->add_option("--memory", arguments->memory_mebibytes,
                   "MiB of memory that the diff may use; what does not fit spills to temporary files")
      ->check(CLI::Range(128, 1'000'000))
      ->capture_default_str();
  command
      ->add_option("--timeout", arguments->timeout_seconds,
                   "Give up after so many seconds, the databases' statements too; 0 never")
      ->check(CLI::Range(0, 1'000'000));
  command
      ->add_option(
          "--algorithm", arguments->algorithm,
          "join: in the one database; stream: read all rows; checksum: read those of key ranges whose "
          "checksums differ; auto: what is quickest")
      ->check(CLI::IsMember({"auto", "join", "stream", "checksum"}))
      ->capture_default_str();
  command->add_option("--output", arguments->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->footer(footer);
  command->callback([arguments, &action] { action = [arguments] { return diff_tables(*arguments); }; });
}

}  // namespace vernier::cli
