// SPDX-License-Identifier: Apache-2.0
#include "engine/mysql_types.h"

#include <charconv>
#include <map>

#include "base/text.h"

namespace vernier::engine {

namespace {

struct Known {
  CellType type;
  CellType of_unsigned;
};

const std::map<std::string, Known, std::less<>>& known_types() {
  using enum CellType;
  static const std::map<std::string, Known, std::less<>> types = {
      {"tinyint", {tinyint, utinyint}},
      {"smallint", {smallint, usmallint}},
      {"mediumint", {integer, uinteger}},
      {"int", {integer, uinteger}},
      {"bigint", {bigint, ubigint}},
      {"year", {smallint, smallint}},
      {"bit", {ubigint, ubigint}},
      {"float", {real, real}},
      {"double", {double_precision, double_precision}},
      {"binary", {bytes, bytes}},
      {"varbinary", {bytes, bytes}},
      {"tinyblob", {bytes, bytes}},
      {"blob", {bytes, bytes}},
      {"mediumblob", {bytes, bytes}},
      {"longblob", {bytes, bytes}},
      {"date", {date, date}},
      {"datetime", {timestamp, timestamp}},
      {"timestamp", {timestamptz, timestamptz}},
      {"time", {time, time}},
      {"uuid", {uuid, uuid}},
      {"json", {json, json}},
  };
  return types;
}

// "decimal(18,4)" as a decimal where DuckDB has such a one.
CellKind decimal_kind(std::string_view type) {
  CellKind kind{CellType::decimal};
  const std::size_t open = type.find('(');
  if (open == std::string_view::npos) return {CellType::number};
  const char* end = type.data() + type.size();
  const auto width = std::from_chars(type.data() + open + 1, end, kind.width);
  if (width.ptr != end && *width.ptr == ',') std::from_chars(width.ptr + 1, end, kind.scale);
  return kind.width <= 38 ? kind : CellKind{CellType::number};
}

bool is_spatial(std::string_view name) {
  for (const std::string_view type : {"geometry", "point", "linestring", "polygon"})
    if (name.ends_with(type)) return true;
  return name == "geometrycollection" || name == "geomcollection";
}

}  // namespace

MysqlReader mysql_reader(const ColumnInfo& column) {
  const std::string expression = "src." + quote_identifier(Dialect::mysql, column.name);
  const std::string type = to_lower(column.type);
  const std::string name = type.substr(0, type.find_first_of("( "));
  if (name == "decimal") return {expression, decimal_kind(type)};
  if (type == "tinyint(1)" || type == "bit(1)")
    return {name == "bit" ? expression + " + 0" : expression, {CellType::boolean}};
  if (is_spatial(name) || name == "vector") return {"hex(" + expression + ")", {CellType::text}};
  const auto found = known_types().find(name);
  if (found == known_types().end()) return {expression, {CellType::text}};
  const bool is_unsigned = type.find("unsigned") != std::string::npos;
  const CellKind kind{is_unsigned ? found->second.of_unsigned : found->second.type};
  // A float's own text has 6 digits, which do not tell all of them apart; bits are bytes without "+ 0".
  if (name == "float") return {expression + " + 0e0", kind};
  if (name == "bit") return {expression + " + 0", kind};
  return {expression, kind};
}

}  // namespace vernier::engine
