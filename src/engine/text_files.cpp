// SPDX-License-Identifier: Apache-2.0
#include "engine/text_files.h"

#include <filesystem>

#include "base/text.h"
#include "engine/files.h"
#include "engine/stream.h"

namespace vernier::engine {

namespace {

constexpr int double_digits = 15;  // numbers of so many digits are different doubles
constexpr std::int64_t row_bytes_min = 2;
// The one form of numbers that their exact values are told of, but for zeros at the end.
constexpr std::string_view plain_number = "'-?(0|[1-9][0-9]*)([.][0-9]+)?'";

std::string quote(std::string_view name) {
  return quote_identifier(Dialect::duckdb, name);
}

std::string literal(std::string_view text) {
  return quote_literal(Dialect::duckdb, text);
}

// Not of compressed text, whose size tells nothing of its rows.
bool has_plain_name(const std::string& path) {
  return !path.ends_with(".gz") && !path.ends_with(".zst");
}

// Whether doubles would confuse some of the texts, and all are numbers in that one form.
Result<bool> must_stay_exact(const Ask& ask, const std::string& table, const std::string& column) {
  const Rows longest = TRY(ask("select coalesce(max(length(" + column + ")), 0) > " +
                               std::to_string(double_digits) + " from " + table));
  if (longest.rows.at(0).at(0) != "true") return false;
  const Rows plain = TRY(ask("select bool_and(regexp_full_match(" + column + ", " +
                             std::string(plain_number) + ") and not (starts_with(" + column +
                             ", '-0') and regexp_full_match(" + column + ", '-0([.]0*)?'))) from " + table));
  return plain.rows.at(0).at(0) == "true";
}

}  // namespace

std::int64_t TextFiles::rows_max() const {
  return static_cast<std::int64_t>(bytes) / row_bytes_min + 1;
}

// Numbers with a point are doubles to DuckDB's reader, which rounds those of many digits.
Result<TextFiles> look_at_text(const Ask& ask, const std::vector<std::string>& files) {
  TextFiles text;
  text.reading = "read_csv(" + file_list(files) + ")";
  const Rows guesses =
      TRY(ask("select column_name, column_type from (describe select * from " + text.reading + ")"));
  std::string types;
  for (const auto& row : guesses.rows) {
    const std::string name = literal(row[0].value_or(""));
    const bool guessed = row[1] == "DOUBLE";
    text.columns +=
        (text.columns.empty() ? "" : ", ") + name + ": " + literal(guessed ? "VARCHAR" : row[1].value_or(""));
    if (!guessed) continue;
    text.guessed.push_back(row[0].value_or(""));
    types += (types.empty() ? "" : ", ") + name + ": 'VARCHAR'";
  }
  if (!types.empty()) text.reading = "read_csv(" + file_list(files) + ", types = {" + types + "})";
  if (files.size() == 1 && has_plain_name(files.front())) text.single = files.front();
  return text;
}

// DuckDB gives the call that its guesses come to; the side's columns take the place of those in it.
Status find_text_dialect(const Ask& ask, TextFiles& text) {
  constexpr std::string_view lead = "FROM read_csv(";
  std::error_code error;
  const auto bytes = std::filesystem::file_size(text.single, error);
  if (error) return {};
  const std::string file = literal(text.single);
  const Rows call = TRY(ask("select Prompt, DateFormat, TimestampFormat from sniff_csv(" + file + ")"));
  const std::string prompt = call.rows.at(0).at(0).value_or("");
  const std::size_t found = prompt.find(", columns={", lead.size() + file.size());
  if (!prompt.starts_with(std::string(lead) + file) || found == std::string::npos) return {};
  text.in_place = prompt.substr(std::string_view("FROM ").size(), found - std::string_view("FROM ").size()) +
                  ", columns={" + text.columns + "}";
  if (call.rows[0][1]) text.in_place += ", dateformat=" + literal(*call.rows[0][1]);
  if (call.rows[0][2]) text.in_place += ", timestampformat=" + literal(*call.rows[0][2]);
  text.in_place += ")";
  text.bytes = bytes;
  return {};
}

Status create_number_comparison(const Ask& ask) {
  TRY(
      ask("create macro vernier_shortest(t) as case when not contains(t, '.') then t else "
          "rtrim(rtrim(t, '0'), '.') end"));
  TRY(ask("create macro vernier_exact(t) as case when regexp_full_match(t, " + std::string(plain_number) +
          ") then case when vernier_shortest(t) = '-0' then '0' else vernier_shortest(t) end end"));
  TRY(ask("create macro " + std::string(number_texts_differ) +
          "(a, b) as case when a is not distinct from b then false when vernier_exact(a) is not null and "
          "vernier_exact(b) is not null then vernier_exact(a) <> vernier_exact(b) when try_cast(a as double) "
          "is not null and try_cast(b as double) is not null then try_cast(a as double) <> try_cast(b as "
          "double) else true end"));
  return {};
}

// The file is parsed once and its guessed columns kept as texts, which a view makes numbers of. A filter sees
// doubles.
Status present_text(const Ask& ask, const TextFiles& text, const std::string& filter, const std::string& name,
                    std::map<std::string, std::string>& meanings) {
  if (text.guessed.empty()) {
    std::string sql = "create table " + name + " as select * from " + text.reading;
    // On lines of its own lest a comment in it swallow what follows.
    if (!filter.empty()) sql += " src where (\n" + filter + "\n)";
    TRY(ask(sql));
    return {};
  }
  const std::string table = "parsed_" + name;
  TRY(ask("create table " + table + " as from " + text.reading));
  std::string doubles;
  std::string texts;
  std::string exact;
  std::string left_out;
  for (const std::string& guessed : text.guessed) {
    const std::string column = quote(guessed);
    const bool stays_exact = TRY(must_stay_exact(ask, table, column));
    if (!stays_exact || !filter.empty())
      doubles += (doubles.empty() ? "" : ", ") + ("cast(" + column) + " as double) as " + column;
    if (!stays_exact) continue;
    meanings[guessed] = exact_number;
    const std::string kept = filter.empty() ? column : quote("text of " + guessed);
    texts += ", " + column + " as " + kept;
    left_out += (left_out.empty() ? "" : ", ") + kept;
    // Few texts end in a zero, and only those are worked on.
    exact += (exact.empty() ? "" : ", ") + ("case when ends_with(" + kept) + ", '0') and contains(" + kept +
             ", '.') then rtrim(rtrim(" + kept + ", '0'), '.') else " + kept + " end as " + column;
  }
  std::string sql = "create " + std::string(filter.empty() ? "view " : "table ") + name + " as select ";
  if (filter.empty()) {
    const std::string numbers = doubles + (doubles.empty() || exact.empty() ? "" : ", ") + exact;
    TRY(ask(sql + "* replace (" + numbers + ") from " + table));
    return {};
  }
  sql += exact.empty() ? "*" : "* exclude (" + left_out + ") replace (" + exact + ")";
  sql += " from (select * replace (" + doubles + ")" + texts + " from " + table + ") src where (\n" + filter +
         "\n)";
  TRY(ask(sql));
  TRY(ask("drop table " + table));
  return {};
}

}  // namespace vernier::engine
