// SPDX-License-Identifier: Apache-2.0
#include "dbt/compiled_code.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vernier::dbt {
namespace {

// No database knows a longer identifier; it bounds how far a quote is looked for.
constexpr std::size_t identifier_max = 300;
constexpr std::size_t parts_max = 3;

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || byte == '_' || byte == '$' || byte >= 0x80;
}

bool is_quote(char c) {
  return c == '"' || c == '`';
}

// Where the identifier that ends before `end` begins, not before `begin`; `end` if there is none.
std::size_t identifier_before(std::string_view code, std::size_t begin, std::size_t end) {
  const std::size_t lowest = std::max(begin, end > identifier_max ? end - identifier_max : 0);
  if (end == lowest) return end;
  std::size_t at = end - 1;
  if (is_quote(code[at])) {
    const char quote = code[at];
    while (at > lowest)
      if (code[--at] == quote) return at;
    return end;
  }
  at = end;
  while (at > lowest && is_word(code[at - 1]))
    --at;
  return at;
}

// Where the identifier that begins at `begin` ends; `begin` if there is none.
std::size_t identifier_after(std::string_view code, std::size_t begin) {
  if (begin == code.size()) return begin;
  const std::size_t highest = std::min(code.size(), begin + identifier_max);
  std::size_t at = begin;
  if (is_quote(code[at])) {
    while (++at < highest)
      if (code[at] == code[begin]) return at + 1;
    return begin;
  }
  while (at < highest && is_word(code[at]))
    ++at;
  return at;
}

std::string_view without_quotes(std::string_view identifier) {
  return is_quote(identifier.front()) ? identifier.substr(1, identifier.size() - 2) : identifier;
}

// A dotted name: up to three identifiers, and where each of them ends.
struct DottedName {
  std::array<std::string_view, parts_max> parts;
  std::array<std::size_t, parts_max> ends{};
  std::size_t count = 0;
};

DottedName dotted_name(std::string_view code, std::size_t begin) {
  DottedName name;
  std::size_t at = begin;
  while (name.count < parts_max) {
    const std::size_t end = identifier_after(code, at);
    if (end == at) break;
    name.parts[name.count] = without_quotes(code.substr(at, end - at));
    name.ends[name.count++] = end;
    if (end == code.size() || code[end] != '.') break;
    at = end + 1;
  }
  return name;
}

std::string joined(const DottedName& name, std::size_t from, std::size_t count) {
  std::string key;
  for (std::size_t i = from; i < from + count; ++i) {
    if (i > from) key += '\0';
    key += name.parts[i];
  }
  return key;
}

}  // namespace

void CompiledCode::add_relation(std::string_view raw_relation_name, std::string_view unique_id) {
  relations_.push_back({raw_relation_name, unique_id});
}

void CompiledCode::add_code(std::string_view raw_code, std::string_view unique_id, Hash128& hash) {
  codes_.push_back({raw_code, unique_id, &hash});
}

void CompiledCode::hash_all(JsonReader& json) {
  if (codes_.empty()) return;
  index(json);
  std::string normal;
  for (const Code& code : codes_) {
    json.place = {"nodes", code.unique_id, "compiled_code"};
    normalise(json.unescape(code.raw), normal);
    *code.hash = hash128(normal);
  }
}

void CompiledCode::index(JsonReader& json) {
  by_name_.reserve(2 * relations_.size());
  for (const Relation& relation : relations_) {
    json.place = {"nodes", relation.unique_id, "relation_name"};
    const DottedName name = dotted_name(json.unescape(relation.raw_name), 0);
    // Of two nodes in one place the first by id stands for it, in whichever order they were written.
    const auto add = [&](std::string key) {
      const auto [entry, fresh] = by_name_.try_emplace(std::move(key), relation.unique_id);
      if (!fresh) entry->second = std::min(entry->second, relation.unique_id);
    };
    if (name.count >= 2) add(joined(name, name.count - 2, 2));
    if (name.count == 3) add(joined(name, 0, 3));
  }
}

std::string_view CompiledCode::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::string_view() : found->second;
}

// Every relation name holds a dot, and dots are rare: from each one the name around it is looked at.
void CompiledCode::normalise(std::string_view code, std::string& out) const {
  out.clear();
  std::size_t copied = 0;
  std::size_t dot = code.find('.');
  while (dot != std::string_view::npos) {
    std::size_t next = dot + 1;
    const std::size_t begin = identifier_before(code, copied, dot);
    if (begin < dot) {
      const DottedName name = dotted_name(code, begin);
      for (std::size_t count = name.count; count >= 2; --count) {
        const std::string_view unique_id = find(joined(name, 0, count));
        if (unique_id.empty()) continue;
        out.append(code, copied, begin - copied).append(1, '\0').append(unique_id).append(1, '\0');
        copied = name.ends[count - 1];
        next = copied;
        break;
      }
    }
    dot = code.find('.', next);
  }
  out.append(code, copied);
}

}  // namespace vernier::dbt
