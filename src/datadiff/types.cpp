// SPDX-License-Identifier: Apache-2.0
#include "datadiff/types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "datadiff/own_types.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;

enum class Family {
  integer,
  decimal,
  floating,
  text,
  boolean,
  date,
  timestamp,
  timestamptz,
  time,
  timetz,
  interval,
  uuid,
  json,
  binary,
  nested,  // lists, structs, maps
  other
};

// The words of the client's API for them.
constexpr std::array<std::pair<Family, std::string_view>, 15> api_types = {
    {{Family::boolean, "boolean"},
     {Family::integer, "integer"},
     {Family::floating, "float"},
     {Family::decimal, "decimal"},
     {Family::text, "string"},
     {Family::binary, "binary"},
     {Family::binary, "varbinary"},
     {Family::date, "date"},
     {Family::time, "time"},
     {Family::timetz, "time"},
     {Family::interval, "time_interval"},
     {Family::timestamp, "timestamp"},
     {Family::timestamptz, "timestamp"},
     {Family::uuid, "uuid"},
     {Family::json, "json"}}};

struct Type {
  Family family = Family::other;
  int digits = 0;  // of integers and decimals, those before the point; 0: unlimited
  int scale = 0;
};

struct Known {
  Family family;
  int digits = 0;
};

const std::map<std::string, Known, std::less<>>& known_types() {
  using enum Family;
  static const std::map<std::string, Known, std::less<>> types = {
      {"tinyint", {integer, 3}},
      {"smallint", {integer, 5}},
      {"integer", {integer, 10}},
      {"bigint", {integer, 19}},
      {"hugeint", {integer, 39}},
      {"utinyint", {integer, 3}},
      {"usmallint", {integer, 5}},
      {"uinteger", {integer, 10}},
      {"ubigint", {integer, 20}},
      {"uhugeint", {integer, 39}},
      {"bignum", {integer, 0}},
      {"numeric", {decimal}},
      {"decimal", {decimal}},
      {"real", {floating}},
      {"float", {floating}},
      {"double", {floating}},
      {"double precision", {floating}},
      {"text", {text}},
      {"varchar", {text}},
      {"character varying", {text}},
      {"character", {text}},
      {"name", {text}},
      {"citext", {text}},
      {"boolean", {boolean}},
      {"date", {date}},
      {"timestamp", {timestamp}},
      {"timestamp_s", {timestamp}},
      {"timestamp_ms", {timestamp}},
      {"timestamp without time zone", {timestamp}},
      {"timestamp with time zone", {timestamptz}},
      {"time", {time}},
      {"time without time zone", {time}},
      {"time with time zone", {timetz}},
      {engine::number_text, {decimal}},
      {"interval", {interval}},
      {"uuid", {uuid}},
      {"json", {json}},
      {"jsonb", {json}},
      {"blob", {binary}},
      {"bytea", {binary}},
  };
  return types;
}

// "numeric(18,4)" gives {18, 4}, "time(3) without time zone" {3}.
std::vector<int> numbers_in(std::string_view parentheses) {
  std::vector<int> numbers;
  for (const std::string& part : split(parentheses, ',')) {
    int number = 0;
    const std::string_view digits = trim(part);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{} && end == digits.data() + digits.size()) numbers.push_back(number);
  }
  return numbers;
}

Type parse_type(std::string_view spelled) {
  const std::string lower = to_lower(spelled);
  for (const std::string_view prefix : {"struct(", "map(", "union("})
    if (lower.starts_with(prefix)) return {Family::nested};
  if (lower.ends_with("]")) return {Family::nested};
  std::string name = lower;
  std::vector<int> numbers;
  const std::size_t open = lower.find('(');
  const std::size_t close = lower.find(')', open == std::string::npos ? 0 : open);
  if (open != std::string::npos && close != std::string::npos) {
    name = lower.substr(0, open) + lower.substr(close + 1);
    numbers = numbers_in(std::string_view(lower).substr(open + 1, close - open - 1));
  }
  if (name.starts_with("interval")) return {Family::interval};  // "interval day to second"
  const auto found = known_types().find(name);
  if (found == known_types().end()) return {};
  Type type{found->second.family, found->second.digits};
  if (type.family == Family::decimal && !numbers.empty()) {
    type.scale = numbers.size() > 1 ? numbers[1] : 0;
    type.digits = std::max(numbers[0] - type.scale, 1);
  }
  return type;
}

Wrap cast_to(const std::string& type) {
  return {"cast(", " as " + type + ")"};
}

Conversion both(const std::string& type) {
  return {.wraps = {cast_to(type), cast_to(type)}, .type = type};
}

// JSON is compared by what it says, not how it is written. PostgreSQL has a type for that. DuckDB has
// not (its VARIANT rounds long numbers): there a document is the sorted list of its paths and leaves.
Conversion json_conversion(Dialect dialect) {
  if (dialect == Dialect::postgresql) return both("jsonb");
  const Wrap leaves{"(select list([fullkey, type, atom::varchar] order by fullkey)::varchar from json_tree(",
                    "))"};
  return {.wraps = {leaves, leaves}, .type = "varchar", .nested = false};
}

std::string text_type(Dialect dialect) {
  return dialect == Dialect::postgresql ? "text" : "varchar";
}

// By its bytes, whatever collation the columns have.
Conversion as_text(Dialect dialect, bool collated) {
  const std::string type = text_type(dialect);
  if (!collated) return both(type);
  const std::string collation = dialect == Dialect::postgresql ? "\"C\"" : "c";
  const Wrap wrap{"(cast(", " as " + type + ") collate " + collation + ")"};
  return {.wraps = {wrap, wrap}, .type = type};
}

// A column of text in DuckDB may follow a collation that the catalog does not tell.
bool may_be_collated(Dialect dialect, const engine::ColumnInfo& a, const engine::ColumnInfo& b) {
  return dialect == Dialect::duckdb || !a.collation.empty() || !b.collation.empty();
}

// Whether the database's own equality of two columns of this one type is what a person means by equal.
bool compares_natively(Dialect dialect, Family family, std::string_view spelled) {
  if (dialect == Dialect::duckdb) return true;
  if (family == Family::nested) {
    const Type element = parse_type(spelled.substr(0, spelled.rfind('[')));
    return element.family != Family::other && element.family != Family::json;
  }
  return family != Family::other;  // points, boxes, XML: no equality, or one that is not of all they hold
}

Conversion conversion_within(Dialect dialect, const engine::ColumnInfo& a, const engine::ColumnInfo& b) {
  const Type type = parse_type(a.type);
  const Family family = type.family;
  if (a.type == engine::number_text)
    return {.wraps = {}, .type = "varchar", .distinct = engine::number_texts_differ};
  if (family == Family::json) return json_conversion(dialect);
  if (family == Family::text && (may_be_collated(dialect, a, b) || to_lower(a.type) == "citext"))
    return as_text(dialect, may_be_collated(dialect, a, b));
  if (!compares_natively(dialect, family, a.type)) return as_text(dialect, false);
  // A number of any size comes to DuckDB as text that is the same for equal numbers.
  if (dialect == Dialect::duckdb && family == Family::decimal && type.digits == 0)
    return {.wraps = {}, .type = "varchar"};
  return {.wraps = {},
          .type = a.type,
          .floating = family == Family::floating,
          .nested = family == Family::nested};
}

// Exact: the type that holds every value of both, or the values' own text without the zeros at its end.
std::optional<Conversion> exact_numbers(Dialect dialect, const Type& a, const Type& b) {
  if (dialect == Dialect::postgresql)
    return both(a.family == Family::integer && b.family == Family::integer ? "bigint" : "numeric");
  const int scale = std::max(a.scale, b.scale);
  const int digits = std::max(a.digits, b.digits);
  const bool unlimited = a.digits == 0 || b.digits == 0;
  if (scale == 0 && a.family == Family::integer && b.family == Family::integer && digits <= 19)
    return both("bigint");
  if (!unlimited && digits + scale <= 38)
    return both("decimal(" + std::to_string(digits + scale) + "," + std::to_string(scale) + ")");
  Conversion text = both("varchar");
  const std::array<int, 2> scales = {a.scale, b.scale};
  for (std::size_t side = 0; side < 2; ++side)
    if (scales[side] > 0) text.wraps[side] = {"rtrim(rtrim(cast(", " as varchar), '0'), '.')"};
  return text;
}

std::optional<Conversion> numbers(Dialect dialect, const Type& a, const Type& b) {
  const bool floating = a.family == Family::floating || b.family == Family::floating;
  if (!floating) return exact_numbers(dialect, a, b);
  Conversion conversion = both(dialect == Dialect::postgresql ? "double precision" : "double");
  conversion.floating = true;
  if (a.family != b.family) conversion.caveat = "compared as double precision, which has 15 digits";
  return conversion;
}

bool is_one_of(Family family, std::initializer_list<Family> families) {
  return std::find(families.begin(), families.end(), family) != families.end();
}

}  // namespace

std::optional<Conversion> conversion(Dialect dialect, const engine::ColumnInfo& a,
                                     const engine::ColumnInfo& b) {
  using enum Family;
  if (dialect == Dialect::mysql) return mysql_conversion(a, b);
  if (dialect == Dialect::sqlite) return sqlite_conversion(a, b);
  if (a.type == b.type) {
    Conversion same = conversion_within(dialect, a, b);
    same.same_type = true;
    same.text = parse_type(a.type).family == text;
    return same;
  }
  if (a.type == engine::number_text || b.type == engine::number_text)
    return Conversion{.wraps = {}, .type = {}, .must_meet = true};
  const Type first = parse_type(a.type);
  const Type second = parse_type(b.type);
  const auto both_among = [&](std::initializer_list<Family> families) {
    return is_one_of(first.family, families) && is_one_of(second.family, families);
  };
  if (both_among({integer, decimal, floating})) return numbers(dialect, first, second);
  if (both_among({integer, boolean})) return both(dialect == Dialect::postgresql ? "integer" : "hugeint");
  if (both_among({date, timestamp, timestamptz})) return both("timestamp");
  if (both_among({json})) return json_conversion(dialect);
  if (both_among({interval})) return both("interval");
  if (both_among({time})) return both("time");
  if (both_among({timetz})) return both("time with time zone");
  if (both_among({binary})) return both(a.type);
  // Everything but bytes has a text of its own; two unlike structs or enumerations have only that.
  const bool text_wanted = first.family == text || second.family == text;
  if ((text_wanted && !both_among({text, binary})) || both_among({text}) || both_among({nested, other})) {
    Conversion conversion = as_text(dialect, may_be_collated(dialect, a, b));
    conversion.text = both_among({text});
    if (!conversion.text) conversion.caveat = "compared as text";
    return conversion;
  }
  return std::nullopt;
}

std::optional<Conversion> numbers_as_doubles(Dialect dialect, const engine::ColumnInfo& a,
                                             const engine::ColumnInfo& b) {
  using enum Family;
  for (const engine::ColumnInfo* column : {&a, &b})
    if (!is_one_of(parse_type(column->type).family, {integer, decimal, floating})) return std::nullopt;
  if (dialect != Dialect::duckdb && dialect != Dialect::postgresql) return std::nullopt;
  return both("double precision");
}

std::optional<Conversion> times_as_doubles(Dialect dialect, const engine::ColumnInfo& a,
                                           const engine::ColumnInfo& b) {
  using enum Family;
  for (const engine::ColumnInfo* column : {&a, &b})
    if (!is_one_of(parse_type(column->type).family, {date, timestamp, timestamptz})) return std::nullopt;
  if (dialect != Dialect::duckdb && dialect != Dialect::postgresql) return std::nullopt;
  const Wrap seconds{"cast(extract(epoch from cast(", " as timestamp)) as double precision)"};
  return Conversion{.wraps = {seconds, seconds}, .type = "double precision"};
}

std::optional<ProfiledType> profiled_type(Dialect dialect, const engine::ColumnInfo& a,
                                          const engine::ColumnInfo& b) {
  using enum Family;
  auto converted = conversion(dialect, a, b);
  const model::Sides<Family> families = {parse_type(a.type).family, parse_type(b.type).family};
  const auto any_among = [&](std::initializer_list<Family> wanted) {
    return is_one_of(families[0], wanted) || is_one_of(families[1], wanted);
  };
  const auto both_among = [&](std::initializer_list<Family> wanted) {
    return is_one_of(families[0], wanted) && is_one_of(families[1], wanted);
  };
  if (!converted || any_among({nested, json, binary, interval, timetz})) return std::nullopt;
  ProfiledType profiled{std::move(*converted), Shape::text};
  if (both_among({integer, boolean}) && any_among({integer}))
    profiled.shape = Shape::whole_number;
  else if (both_among({integer, decimal, floating}))
    profiled.shape = Shape::number;
  else if (both_among({date}))
    profiled.shape = Shape::date;
  else if (both_among({date, timestamp, timestamptz}))
    profiled.shape = Shape::moment;
  else if (both_among({time}))
    profiled.shape = Shape::time_of_day;
  return profiled;
}

bool holds_times(Dialect dialect, const engine::ColumnInfo& column) {
  using enum Family;
  if (dialect == Dialect::sqlite) return true;
  const std::string type = to_lower(column.type);
  if (dialect == Dialect::mysql)
    return type == "date" || type.starts_with("datetime") || type.starts_with("timestamp");
  return is_one_of(parse_type(type).family, {date, timestamp, timestamptz});
}

bool is_list(Dialect dialect, const engine::ColumnInfo& column) {
  return (dialect == Dialect::duckdb || dialect == Dialect::postgresql) && column.type.ends_with(']');
}

bool elements_have_order(const engine::ColumnInfo& column) {
  return compares_natively(Dialect::postgresql, Family::nested, column.type);
}

bool is_of_type(const engine::ColumnInfo& column, std::string_view name) {
  const std::string lower = to_lower(column.type);
  if (lower.ends_with(']')) return name == "array";
  if (lower.starts_with("struct(") || lower.starts_with("map(")) return lower.starts_with(name);
  if (lower.starts_with("character(")) return name == "fixed_length_string" || name == "string";
  const Type type = parse_type(lower);
  const bool unbounded = type.family == Family::decimal && type.digits == 0;
  for (const auto& [family, word] : api_types)
    if (type.family == family && word == name) return name != "decimal" || !unbounded;
  return unbounded && name == "unbounded_decimal";
}

Status check_type_name(std::string_view name) {
  constexpr std::string_view others[] = {"array", "struct", "map", "unbounded_decimal",
                                         "fixed_length_string"};
  const bool known =
      std::find(std::begin(others), std::end(others), name) != std::end(others) ||
      std::any_of(api_types.begin(), api_types.end(), [&](const auto& type) { return type.second == name; });
  if (known) return {};
  return invalid_input("\"" + std::string(name) +
                       "\" is no type that a rule can be for; there are boolean, integer, float, decimal, "
                       "unbounded_decimal, string, fixed_length_string, binary, varbinary, date, time, "
                       "time_interval, timestamp, uuid, json, array, struct and map");
}

}  // namespace vernier::datadiff
