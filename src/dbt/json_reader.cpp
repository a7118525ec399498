// SPDX-License-Identifier: Apache-2.0
#include "dbt/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace vernier::dbt {
namespace {

std::string_view without_space(std::string_view token) {
  while (!token.empty() && std::strchr(" \t\n\r", token.back()) != nullptr)
    token.remove_suffix(1);
  return token;
}

std::string_view kind_of(std::string_view token) {
  switch (token.empty() ? '\0' : token.front()) {
    case '{':
      return "an object";
    case '[':
      return "a list";
    case '"':
      return "text";
    default:
      return token.size() > 20 ? "something else" : token;
  }
}

// The four digits after "\u", or -1.
int code_unit(const char* at, const char* end) {
  int unit = -1;
  if (end - at < 4) return -1;
  const auto [stopped, error] = std::from_chars(at, at + 4, unit, 16);
  return error == std::errc() && stopped == at + 4 && *at != '-' ? unit : -1;
}

// A lone surrogate becomes the three bytes that UTF-8 would give it: they occur in no valid text, so it
// equals itself alone.
char* write_utf8(int code, char* out) {
  const auto put = [&](int byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

}  // namespace

void JsonReader::fail(std::string_view what) {
  if (failed_) return;
  failed_ = true;
  std::string where = place.section;
  if (!place.entry.empty()) where += fmt::format("['{}']", place.entry.substr(0, 200));
  if (!place.field.empty())
    where += fmt::format("{}{}", where.empty() ? "" : ".", place.field.substr(0, 200));
  message_ = where.empty() ? std::string(what) : fmt::format("{}: {}", where, what);
  // A key may hold anything; the message is one line.
  std::replace_if(
      message_.begin(), message_.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void JsonReader::expected(std::string_view what, od::value& value) {
  fail(fmt::format("expected {}, found {}", what, kind_of(token(value))));
}

std::string_view JsonReader::token(od::value& value) {
  return without_space(value.raw_json_token());
}

std::string_view JsonReader::raw_text(od::value& value) {
  const std::string_view quoted = token(value);
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') {
    expected("text", value);
    return {};
  }
  return quoted.substr(1, quoted.size() - 2);
}

std::string_view JsonReader::text(od::value& value) {
  return unescape(raw_text(value));
}

std::string_view JsonReader::text(od::raw_json_string key) {
  // simdjson has made sure that every string of the document is closed.
  const char* end = key.raw();
  bool escapes = false;
  for (; *end != '"'; ++end) {
    if (*end != '\\') continue;
    escapes = true;
    ++end;
  }
  const std::string_view raw(key.raw(), static_cast<std::size_t>(end - key.raw()));
  return escapes ? unescape(raw) : raw;
}

std::string_view JsonReader::unescape(std::string_view raw) {
  const auto next_escape = [](const char* from, const char* to) {
    return static_cast<const char*>(std::memchr(from, '\\', static_cast<std::size_t>(to - from)));
  };
  if (raw.empty()) return raw;
  const char* at = raw.data();
  const char* const end = at + raw.size();
  const char* escape = next_escape(at, end);
  if (!escape) return raw;
  if (scratch_size_ < raw.size()) {
    scratch_size_ = std::max<std::size_t>(2 * raw.size(), 4096);
    scratch_ = std::make_unique_for_overwrite<char[]>(scratch_size_);
  }
  // An escape is never shorter than what it stands for, so `raw.size()` bytes are enough.
  char* out = scratch_.get();
  for (; escape; escape = next_escape(at, end)) {
    out = std::copy(at, escape, out);
    at = resolve(escape + 1, end, out);
    if (!at) {
      fail("text with an invalid escape");
      return {};
    }
    if (at == end) break;
  }
  out = std::copy(at, end, out);
  return {scratch_.get(), static_cast<std::size_t>(out - scratch_.get())};
}

const char* JsonReader::resolve(const char* at, const char* end, char*& out) {
  static constexpr std::string_view letters = "\"\\/bfnrt";
  static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (at == end) return nullptr;
  const char letter = *at++;
  if (letter != 'u') {
    const std::size_t found = letters.find(letter);
    if (found == std::string_view::npos) return nullptr;
    *out++ = meanings[found];
    return at;
  }
  int code = code_unit(at, end);
  if (code < 0) return nullptr;
  at += 4;
  if (code >= 0xD800 && code < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const int low = code_unit(at + 2, end);
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
    }
  }
  out = write_utf8(code, out);
  return at;
}

std::string_view JsonReader::raw_json(od::value& value) {
  const char first = token(value).front();
  if (first == '{')
    members(value, [](std::string_view, od::value&) {});
  else if (first == '[')
    elements(value, [](od::value&) {});
  return read_json(value);
}

std::string_view JsonReader::read_json(od::value& value) {
  const std::string_view start = token(value);
  if (failed_ || (start.front() != '{' && start.front() != '[')) return start;
  const char* end = nullptr;
  if (value.current_location().get(end) || end < start.data()) {
    fail("malformed JSON");
    return {};
  }
  // The reader stands at the token after the value.
  const std::string_view up_to_next(start.data(), static_cast<std::size_t>(end - start.data()));
  return up_to_next.substr(0, up_to_next.rfind(start.front() == '{' ? '}' : ']') + 1);
}

}  // namespace vernier::dbt
