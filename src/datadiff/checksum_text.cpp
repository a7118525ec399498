// SPDX-License-Identifier: Apache-2.0
#include "datadiff/checksum_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>

#include "base/text.h"

namespace vernier::datadiff {

namespace {

using engine::Dialect;

enum class Kind {
  integer,
  boolean,
  decimal,
  floating,
  text,
  date,
  timestamp,
  timestamptz,
  uuid,
  bytes,
  json
};

struct Type {
  Kind kind = Kind::text;
  int scale = -1;  // of decimals; -1: whatever each number has
};

constexpr int decimal_digits_max = 38;  // of those that a meeting keeps as such

const std::map<std::string, Kind, std::less<>>& postgresql_types() {
  using enum Kind;
  static const std::map<std::string, Kind, std::less<>> types = {
      {"smallint", integer}, {"integer", integer},
      {"bigint", integer},   {"boolean", boolean},
      {"numeric", decimal},  {"double precision", floating},
      {"real", floating},    {"text", text},
      {"character", text},   {"character varying", text},
      {"date", date},        {"timestamp without time zone", timestamp},
      {"uuid", uuid},        {"timestamp with time zone", timestamptz},
      {"bytea", bytes},      {"json", json},
      {"jsonb", json}};
  return types;
}

const std::map<std::string, Kind, std::less<>>& mysql_types() {
  using enum Kind;
  static const std::map<std::string, Kind, std::less<>> types = {
      {"tinyint", integer}, {"smallint", integer}, {"mediumint", integer}, {"int", integer},
      {"bigint", integer},  {"decimal", decimal},  {"char", text},         {"varchar", text},
      {"tinytext", text},   {"text", text},        {"mediumtext", text},   {"longtext", text},
      {"enum", text},       {"set", text},         {"date", date},         {"datetime", timestamp},
      {"uuid", uuid},       {"binary", bytes},     {"varbinary", bytes},   {"tinyblob", bytes},
      {"blob", bytes},      {"mediumblob", bytes}, {"longblob", bytes},    {"timestamp", timestamptz}};
  return types;
}

// The scale of "decimal(18,4)", where a meeting has such a type; else -1.
int scale_of(std::string_view type) {
  const std::size_t open = type.find('(');
  if (open == std::string_view::npos) return -1;
  int digits = 0;
  int scale = 0;
  const char* end = type.data() + type.size();
  const auto parsed = std::from_chars(type.data() + open + 1, end, digits);
  if (parsed.ptr != end && *parsed.ptr == ',') std::from_chars(parsed.ptr + 1, end, scale);
  return digits <= decimal_digits_max && scale >= 0 && scale <= digits ? scale : -1;
}

std::optional<Type> type_of(Dialect dialect, const engine::ColumnInfo& column) {
  if (dialect != Dialect::postgresql && dialect != Dialect::mysql) return std::nullopt;
  const std::string spelled = to_lower(column.type);
  if (dialect == Dialect::mysql && spelled.starts_with("tinyint(1)")) return Type{Kind::boolean};
  const std::size_t open = spelled.find('(');
  const std::size_t close = spelled.find(')', open == std::string::npos ? 0 : open);
  std::string name = spelled.substr(0, open);
  // "timestamp(3) without time zone"; of MySQL only "unsigned" may follow.
  if (dialect == Dialect::postgresql && close != std::string::npos) name += spelled.substr(close + 1);
  if (dialect == Dialect::mysql) name = name.substr(0, name.find(' '));
  const auto& types = dialect == Dialect::mysql ? mysql_types() : postgresql_types();
  const auto found = types.find(name);
  if (found == types.end()) return std::nullopt;
  return Type{found->second, found->second == Kind::decimal ? scale_of(spelled) : -1};
}

// What no other side's value has as its text.
std::string odd_text(std::size_t side) {
  return fmt::format("'!{}'", side);
}

// What the two texts have to look alike in.
struct Form {
  bool trimmed = false;   // numbers without zeros at the end
  bool measured = false;  // with the length before it, so that nothing in it looks like another value's start
  bool own = false;       // both sides are PostgreSQL, whose own text tells all values apart
};

std::string postgresql_text(const std::string& column, const Type& type, const Form& form,
                            const std::string& odd) {
  std::string plain = column + "::text";
  switch (type.kind) {
    case Kind::boolean:
      return fmt::format("case when {0} then '1' when not {0} then '0' end", column);
    case Kind::decimal: {
      const std::string number = form.trimmed ? "pg_catalog.trim_scale(" + column + ")::text" : plain;
      return type.scale < 0 ? number
                            : fmt::format("case when {} = 'NaN' then {} else {} end", column, odd, number);
    }
    case Kind::timestamp:
    case Kind::timestamptz: {
      const std::string text =
          form.own ? plain : fmt::format("pg_catalog.to_char({}, 'YYYY-MM-DD HH24:MI:SS.US')", column);
      return fmt::format(
          "case when {0} is null then null when {0} >= '0001-01-01' and {0} < '9999-12-31' then {1} else {2} "
          "end",
          column, text, odd);
    }
    case Kind::bytes:
      return "pg_catalog.upper(pg_catalog.encode(" + column + ", 'hex'))";
    default:
      return plain;
  }
}

std::string mysql_text(const std::string& column, const Type& type, const Form& form,
                       const std::string& odd) {
  const auto where = [&](const std::string& condition, const std::string& text) {
    return fmt::format("case when {} is null then null when {} then {} else {} end", column, condition, text,
                       odd);
  };
  const std::string plain = "cast(" + column + " as char)";
  const std::string is_date =
      fmt::format("year({0}) > 0 and dayofmonth({0}) between 1 and dayofmonth(last_day({0}))", column);
  switch (type.kind) {
    case Kind::boolean:
      return where(column + " in (0, 1)", plain);
    case Kind::decimal:
      return form.trimmed && type.scale != 0
                 ? fmt::format(
                       "case when locate('.', {0}) > 0 then trim(trailing '.' from trim(trailing '0' from "
                       "{0})) else {0} end",
                       plain)
                 : plain;
    case Kind::date:
      return where(is_date, plain);
    case Kind::timestamp:
    case Kind::timestamptz:
      return where(is_date, fmt::format("date_format({}, '%Y-%m-%d %H:%i:%s.%f')", column));
    case Kind::bytes:
      return "hex(" + column + ")";
    default:
      return "convert(" + column + " using utf8mb4)";
  }
}

std::string text_of(Dialect dialect, const std::string& column, const Type& type, const Form& form,
                    std::size_t side) {
  const bool is_mysql = dialect == Dialect::mysql;
  std::string text = is_mysql ? mysql_text(column, type, form, odd_text(side))
                              : postgresql_text(column, type, form, odd_text(side));
  if (!form.measured) return text;
  return is_mysql ? fmt::format("concat(length({0}), ':', {0})", text)
                  : fmt::format("(pg_catalog.octet_length({0})::text || ':' || {0})", text);
}

// nullopt where equal texts of the two would not have to be equal values.
std::optional<Form> form_of(const model::Sides<Dialect>& dialects, const model::Sides<Type>& types) {
  const auto both_among = [&](Kind a, Kind b) {
    return (types[0].kind == a || types[0].kind == b) && (types[1].kind == a || types[1].kind == b);
  };
  const bool own = dialects[0] == Dialect::postgresql && dialects[1] == Dialect::postgresql;
  if (both_among(Kind::integer, Kind::boolean) || both_among(Kind::date, Kind::date)) return Form{};
  if (both_among(Kind::integer, Kind::decimal) || both_among(Kind::decimal, Kind::decimal))
    return Form{.trimmed = types[0].scale != types[1].scale || types[0].scale < 0};
  if (both_among(Kind::timestamp, Kind::timestamptz))
    return Form{.own = own && types[0].kind == types[1].kind};
  if (both_among(Kind::text, Kind::uuid)) return Form{.measured = true};
  if (both_among(Kind::bytes, Kind::bytes)) return Form{};
  if (both_among(Kind::json, Kind::json) && own) return Form{.measured = true, .own = true};
  if (both_among(Kind::floating, Kind::floating) && own) return Form{.own = true};
  return std::nullopt;
}

}  // namespace

std::optional<model::Sides<std::string>> same_texts(const NativePair& pair) {
  model::Sides<Type> types;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto type = type_of(pair.dialects[side], pair.columns[side]);
    if (!type) return std::nullopt;
    types[side] = *type;
  }
  // The two kinds of floating numbers have unlike texts of one number.
  if (types[0].kind == Kind::floating && pair.columns[0].type != pair.columns[1].type) return std::nullopt;
  const auto form = form_of(pair.dialects, types);
  if (!form) return std::nullopt;
  model::Sides<std::string> texts;
  for (std::size_t side = 0; side < 2; ++side) {
    const Dialect dialect = pair.dialects[side];
    const std::string column = "src." + engine::quote_identifier(dialect, pair.columns[side].name);
    texts[side] = text_of(dialect, column, types[side], *form, side);
  }
  return texts;
}

std::optional<model::Sides<std::string>> key_texts(const NativePair& pair) {
  model::Sides<std::optional<Kind>> kinds;
  for (std::size_t side = 0; side < 2; ++side)
    if (const auto type = type_of(pair.dialects[side], pair.columns[side])) kinds[side] = type->kind;
  if (kinds[0] != kinds[1] || (kinds[0] != Kind::integer && kinds[0] != Kind::text)) return std::nullopt;
  return same_texts(pair);
}

bool is_integer(Dialect dialect, const engine::ColumnInfo& column) {
  const auto type = type_of(dialect, column);
  return type && type->kind == Kind::integer;
}

std::string digest_text(Dialect dialect, Digest digest, const std::string& text) {
  if (dialect == Dialect::mysql)
    return digest == Digest::md5 ? "md5(" + text + ")" : "sha2(" + text + ", 256)";
  return digest == Digest::md5
             ? "pg_catalog.md5(" + text + ")"
             : "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(" + text + ", 'UTF8')), 'hex')";
}

std::string row_hash(Dialect dialect, std::size_t side, const std::vector<std::string>& texts,
                     Digest digest) {
  std::vector<std::string> cells;
  cells.reserve(texts.size());
  for (const std::string& text : texts)
    cells.push_back("coalesce(" + text + ", '~')");
  const auto of = [&](const std::string& text) { return digest_text(dialect, digest, text); };
  if (dialect == Dialect::postgresql)
    return "('x' || pg_catalog.substr(" + of(join(cells, " || '|' || ")) + ", 1, 15))::bit(60)::bigint";
  // A row longer than the server's packets has no text; it must not look like one of the other side.
  return fmt::format("cast(conv(substr(coalesce({}, {}), 1, 15), 16, 10) as signed)",
                     of("concat_ws('|', " + join(cells, ", ") + ")"), of(odd_text(side)));
}

}  // namespace vernier::datadiff
