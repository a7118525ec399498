// SPDX-License-Identifier: Apache-2.0
#include "datadiff/own_types.h"

#include <map>

#include "base/text.h"

namespace vernier::datadiff {

namespace {

enum class Kind { number, floating, text, bytes, date, timestamp, time, uuid, other };

const std::map<std::string, Kind, std::less<>>& mysql_kinds() {
  using enum Kind;
  static const std::map<std::string, Kind, std::less<>> kinds = {
      {"tinyint", number}, {"smallint", number}, {"mediumint", number},   {"int", number},
      {"bigint", number},  {"decimal", number},  {"year", number},        {"bit", number},
      {"float", floating}, {"double", floating}, {"char", text},          {"varchar", text},
      {"tinytext", text},  {"text", text},       {"mediumtext", text},    {"longtext", text},
      {"enum", text},      {"set", text},        {"binary", bytes},       {"varbinary", bytes},
      {"tinyblob", bytes}, {"blob", bytes},      {"mediumblob", bytes},   {"longblob", bytes},
      {"date", date},      {"time", time},       {"datetime", timestamp}, {"timestamp", timestamp},
      {"uuid", uuid}};
  return kinds;
}

std::string type_name(const engine::ColumnInfo& column, std::string_view end) {
  const std::string lower = to_lower(column.type);
  return std::string(trim(std::string_view(lower).substr(0, lower.find_first_of(end))));
}

Kind mysql_kind(const engine::ColumnInfo& column) {
  const auto found = mysql_kinds().find(type_name(column, "( "));
  return found == mysql_kinds().end() ? Kind::other : found->second;
}

// Text by its bytes as UTF-8: every collation of MySQL, also the binary ones of text, thinks that 'a' = 'a '.
Wrap mysql_wrap(const engine::ColumnInfo& column, Kind kind) {
  switch (kind) {
    case Kind::text:
      if (column.collation.starts_with("utf8")) return {"cast(", " as binary)"};
      return {"cast(convert(", " using utf8mb4) as binary)"};
    case Kind::bytes:
      return {"hex(", ")"};
    case Kind::floating:
      return {"(", " + 0e0)"};  // a float's own text does not tell all floats apart
    case Kind::number:
      return type_name(column, "( ") == "bit" ? Wrap{"(", " + 0)"} : Wrap{};
    default:
      return {};
  }
}

// SQLite's rules for what a declared type means (its affinity), and the names that people give to times.
Kind sqlite_kind(const engine::ColumnInfo& column) {
  const std::string name = type_name(column, "(");
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (name == "date") return Kind::date;
  if (name == "time") return Kind::time;
  if (name == "timestamp" || name == "datetime") return Kind::timestamp;
  if (name == "uuid") return Kind::uuid;
  if (has("interval") || has("point")) return Kind::other;
  if (has("int") || has("bool") || name == "num" || name == "numeric" || name == "decimal")
    return Kind::number;
  if (has("char") || has("clob") || has("text")) return Kind::text;
  if (has("blob")) return Kind::bytes;
  if (has("real") || has("floa") || has("doub")) return Kind::floating;
  return Kind::other;
}

Conversion meeting() {
  return {.wraps = {}, .type = {}, .must_meet = true};
}

}  // namespace

Conversion mysql_conversion(const engine::ColumnInfo& a, const engine::ColumnInfo& b) {
  const Kind kind = mysql_kind(a);
  // Keys of unlike collations could not be looked up.
  if (kind == Kind::other || kind != mysql_kind(b) || a.collation != b.collation) return meeting();
  return {.wraps = {mysql_wrap(a, kind), mysql_wrap(b, kind)},
          .type = a.type,
          .same_type = a.type == b.type,
          .floating = kind == Kind::floating};
}

Conversion sqlite_conversion(const engine::ColumnInfo& a, const engine::ColumnInfo& b) {
  const Kind kind = sqlite_kind(a);
  const Kind other = sqlite_kind(b);
  const bool numbers =
      (kind == Kind::number || kind == Kind::floating) && (other == Kind::number || other == Kind::floating);
  const std::string name = to_lower(a.type);
  // The same moment may be written with several offsets, the same document in several ways.
  const bool written_freely =
      name.find("json") != std::string::npos || name == "timestamptz" || name == "timestamp with time zone";
  if (written_freely || (!numbers && kind != other)) return meeting();
  if (kind == Kind::other && name != to_lower(b.type)) return meeting();
  const Wrap by_bytes{"(", " collate binary)"};
  return {.wraps = numbers ? model::Sides<Wrap>{} : model::Sides<Wrap>{by_bytes, by_bytes},
          .type = a.type,
          .same_type = a.type == b.type,
          .floating = kind == Kind::floating || other == Kind::floating};
}

}  // namespace vernier::datadiff
