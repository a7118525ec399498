// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "base/text.h"
#include "engine/adapters.h"
#include "engine/files.h"

namespace vernier::engine {

namespace {

// Schemes of servers, and the types of data source that they make.
constexpr std::pair<std::string_view, const char*> server_schemes[] = {
    {"postgresql://", "pg"}, {"postgres://", "pg"}, {"mysql://", "mysql"}, {"mariadb://", "mysql"}};

std::string quoted_by(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

std::span<const unsigned char> as_bytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// Where the quoted part that opens at `open` ends; doubled quotes belong to it. npos where it does not.
std::size_t closing_quote(std::string_view text, std::size_t open) {
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    if (i + 1 >= text.size() || text[i + 1] != '"') return i;
    ++i;
  }
  return std::string_view::npos;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2)
      return invalid_input("the URL has a % that two hexadecimal digits do not follow; write % as %25");
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

// Cuts `text` at the last (or first) `separator`; the part behind it is taken off and returned.
std::string_view cut_behind(std::string_view& text, std::size_t position) {
  if (position == std::string_view::npos) return {};
  const std::string_view behind = text.substr(position + 1);
  text = text.substr(0, position);
  return behind;
}

Result<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return invalid_input("the URL's port is not a number from 1 to 65535");
  return port;
}

// USER:PW@HOST:PORT/DB?sslmode=..., without the scheme. No message repeats the text: it may hold a password.
Result<model::DataSource> parse_server_url(std::string_view text, const std::string& type) {
  const std::string_view query = cut_behind(text, text.find('?'));
  const std::string_view database = cut_behind(text, text.find('/'));
  if (database.empty())
    return invalid_input("the URL names no database: write SCHEME://USER:PASSWORD@HOST:PORT/DATABASE");
  const std::size_t at = text.rfind('@');
  std::string_view user = at == std::string_view::npos ? std::string_view{} : text.substr(0, at);
  std::string_view host = at == std::string_view::npos ? text : text.substr(at + 1);
  const std::string_view password = cut_behind(user, user.find(':'));
  // An IPv6 address stands in brackets and has colons of its own.
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  std::string_view port;
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket))
    port = cut_behind(host, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);

  model::DataSource source{.name = type, .type = type, .temp_schema = {}};
  source.options["dbname"] = TRY(percent_decoded(database));
  if (!host.empty()) source.options["host"] = TRY(percent_decoded(host));
  if (!port.empty()) source.options["port"] = TRY(parse_port(port));
  if (!user.empty()) source.options["user"] = TRY(percent_decoded(user));
  if (!password.empty()) source.options["password"] = TRY(percent_decoded(password));
  if (query.empty()) return source;
  for (const std::string& pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    if (equals == std::string::npos || (name != "sslmode" && name != "sslrootcert"))
      return invalid_input("the URL has an unknown parameter; sslmode and sslrootcert are known");
    source.options[name] = TRY(percent_decoded(std::string_view(pair).substr(equals + 1)));
  }
  return source;
}

}  // namespace

bool is_of_files(const model::DataSource& source) {
  return source.type == "parquet" || source.type == "csv";
}

Result<std::unique_ptr<Database>> open(const model::DataSource& source,
                                       std::optional<std::size_t> memory_bytes) {
  if (source.type == "duckdb") return open_duckdb(source, memory_bytes);
  if (source.type == "pg") return open_postgresql(source);
  if (source.type == "mysql") return open_mysql(source);
  if (source.type == "sqlite") return open_sqlite(source);
  if (is_of_files(source)) return open_files(source, memory_bytes.value_or(half_of_machine()));
  return invalid_input("data sources of type \"" + source.type +
                       "\" are not supported; duckdb, pg, mysql, sqlite, parquet and csv are");
}

Status check_source(const model::DataSource& source) {
  constexpr std::string_view of_paths[] = {"duckdb", "sqlite", "parquet", "csv"};
  if (std::find(std::begin(of_paths), std::end(of_paths), source.type) != std::end(of_paths)) {
    TRY(file_path(source));
    return {};
  }
  // A server is reached for by connect() only.
  TRY(open(source));
  return {};
}

Result<model::DataSource> parse_url(std::string_view url) {
  for (const std::string type : {"duckdb", "sqlite", "parquet", "csv"}) {
    const std::string scheme = type + "://";
    if (!url.starts_with(scheme)) continue;
    const std::string_view path = url.substr(scheme.size());
    if (path.empty()) return invalid_input("the URL names no file: write " + scheme + "PATH");
    model::DataSource source{.name = type, .type = type, .temp_schema = {}};
    source.options["path"] = path;
    return source;
  }
  for (const auto& [scheme, type] : server_schemes)
    if (url.starts_with(scheme)) return parse_server_url(url.substr(scheme.size()), type);
  return invalid_input(
      "the URL does not begin with a scheme that is supported; duckdb://, sqlite://, postgresql://, "
      "mysql://, "
      "parquet:// and csv:// are");
}

Result<TablePath> parse_table_path(std::string_view text) {
  constexpr std::size_t parts_max = 3;
  TablePath path;
  std::string part;
  std::size_t i = 0;
  while (true) {
    if (i < text.size() && text[i] == '"') {
      const std::size_t end = closing_quote(text, i);
      if (end == std::string_view::npos)
        return invalid_input("the table name has a double quote that is not closed");
      for (std::size_t at = i + 1; at < end; ++at) {
        part += text[at];
        if (text[at] == '"') ++at;
      }
      i = end + 1;
    } else {
      for (; i < text.size() && text[i] != '.' && text[i] != '"'; ++i)
        part += text[i];
    }
    if (part.empty())
      return invalid_input("the table name has an empty part; write [[database.]schema.]table");
    path.push_back(std::exchange(part, {}));
    if (path.size() > parts_max)
      return invalid_input("the table name has more than three parts; quote parts that hold dots");
    if (i >= text.size()) return path;
    if (text[i] != '.') return invalid_input("the table name has a double quote in the middle of a part");
    ++i;
  }
}

std::string quote_identifier(Dialect dialect, std::string_view name) {
  return quoted_by(name, dialect == Dialect::mysql ? '`' : '"');
}

std::string quote_literal(Dialect dialect, std::string_view text) {
  // A backslash is an ordinary character to DuckDB, but not to a PostgreSQL session that was set up to
  // read it as an escape; the E form means the same under either setting.
  if (dialect == Dialect::postgresql && text.find('\\') != std::string_view::npos) {
    std::string doubled;
    for (const char c : text) {
      if (c == '\\') doubled += c;
      doubled += c;
    }
    return "E" + quoted_by(doubled, '\'');
  }
  // Its own escapes depend on the session; bytes do not.
  if (dialect == Dialect::mysql && text.find_first_of(std::string_view("\\\0", 2)) != std::string_view::npos)
    return fmt::format("convert(0x{:02x} using utf8mb4)", fmt::join(as_bytes(text), ""));
  // A statement ends at its first NUL byte, which texts may hold.
  const std::string character = dialect == Dialect::sqlite ? "char" : "chr";
  std::string out;
  for (const std::string& piece : split(text, '\0'))
    out += (out.empty() ? "" : std::string(" || ") + character + "(0) || ") + quoted_by(piece, '\'');
  return text.find('\0') == std::string_view::npos ? out : "(" + out + ")";
}

std::optional<std::int64_t> integer_in(const std::optional<std::string>& cell) {
  std::int64_t value = 0;
  if (!cell) return std::nullopt;
  const char* end = cell->data() + cell->size();
  const auto parsed = std::from_chars(cell->data(), end, value);
  return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

const char* begin_snapshot_sql(Dialect dialect) {
  switch (dialect) {
    case Dialect::postgresql:
      return "begin transaction isolation level repeatable read, read only";
    case Dialect::mysql:
      return "start transaction with consistent snapshot, read only";
    case Dialect::sqlite:
      return "begin";
    case Dialect::duckdb:
      break;
  }
  return nullptr;
}

Status check_options(const model::DataSource& source, const std::vector<std::string_view>& known) {
  if (!source.options.is_object()) return invalid_input("the data source's options are not an object");
  for (const auto& item : source.options.items())
    if (std::find(known.begin(), known.end(), item.key()) == known.end())
      return invalid_input("unknown option \"" + item.key() + "\" of a data source of type " + source.type);
  return {};
}

Result<std::string> file_path(const model::DataSource& source) {
  TRY(check_options(source, {"path"}));
  std::string path = TRY_DURING("options", require_string(source.options, "path"));
  if (path.empty()) return invalid_input("options: `path` is empty");
  return path;
}

Result<std::map<std::string, std::string>> server_options(const model::DataSource& source) {
  TRY(check_options(source, {"host", "port", "user", "password", "dbname", "sslmode", "sslrootcert"}));
  std::map<std::string, std::string> options;
  for (const auto& item : source.options.items()) {
    if (item.value().is_null()) continue;
    if (item.value().is_string())
      options[item.key()] = item.value().get<std::string>();
    else if (item.key() == "port" && item.value().is_number_integer())
      options[item.key()] = std::to_string(item.value().get<std::int64_t>());
    else
      return invalid_input("option \"" + item.key() + "\" of the data source has the wrong type");
  }
  if (const auto port = options.find("port"); port != options.end()) {
    const bool digits = port->second.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || port->second.empty() || port->second.size() > 5)
      return invalid_input("option \"port\" of the data source is not a number from 1 to 65535");
  }
  if (!options.contains("dbname")) return invalid_input("option \"dbname\" of the data source is missing");
  return options;
}

std::string one_line(std::string_view message) {
  message = message.substr(0, message.find("\n\nLINE "));
  std::string out;
  for (const char c : trim(message)) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!space)
      out += c;
    else if (!out.ends_with(' '))
      out += ' ';
  }
  constexpr std::size_t bytes_max = 1000;
  if (out.size() > bytes_max) out = out.substr(0, bytes_max) + "...";
  return out;
}

}  // namespace vernier::engine
