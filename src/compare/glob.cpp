// SPDX-License-Identifier: Apache-2.0
#include "compare/glob.h"

#include <cstdint>
#include <optional>

#include "base/text.h"

namespace vernier::compare {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
};

// The character at `at`; a byte that begins none stands for itself.
Character character_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (bytes == 1 || at + bytes > text.size()) return {lead, 1};
  std::uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0u) != 0x80u) return {lead, 1};
    code = code << 6 | (next & 0x3Fu);
  }
  return {code, bytes};
}

// Where the set that opens at `open` closes; nullopt where the bracket is an ordinary character.
std::optional<std::size_t> end_of_set(std::string_view pattern, std::size_t open) {
  std::size_t from = open + 1;
  if (from < pattern.size() && pattern[from] == '!') ++from;
  if (from < pattern.size() && pattern[from] == ']') ++from;
  const std::size_t close = pattern.find(']', from);
  return close == std::string_view::npos ? std::nullopt : std::optional(close);
}

bool set_contains(std::string_view set, std::uint32_t code) {
  const bool negated = set.starts_with('!');
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size() && !found;) {
    const Character first = character_at(set, i);
    i += first.bytes;
    Character last = first;
    if (i + 1 < set.size() && set[i] == '-') {
      last = character_at(set, i + 1);
      i += 1 + last.bytes;
    }
    found = first.code <= code && code <= last.code;
  }
  return found != negated;
}

// How many bytes of the pattern and of the text one step takes; nullopt where they do not agree.
struct Step {
  std::size_t pattern_bytes;
  std::size_t text_bytes;
};
std::optional<Step> match_one(std::string_view pattern, std::size_t p, std::string_view text, std::size_t t) {
  const Character here = character_at(text, t);
  if (pattern[p] == '?') return Step{1, here.bytes};
  if (pattern[p] == '[') {
    if (const auto close = end_of_set(pattern, p)) {
      if (!set_contains(pattern.substr(p + 1, *close - p - 1), here.code)) return std::nullopt;
      return Step{*close - p + 1, here.bytes};
    }
  }
  if (pattern[p] != text[t]) return std::nullopt;
  return Step{1, 1};
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  // Behind the last star, and what the star has swallowed so far.
  std::optional<std::size_t> star;
  std::size_t swallowed = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      swallowed = t;
      continue;
    }
    const auto step = p < pattern.size() ? match_one(pattern, p, text, t) : std::nullopt;
    if (step) {
      p += step->pattern_bytes;
      t += step->text_bytes;
    } else if (star) {
      swallowed += character_at(text, swallowed).bytes;
      p = *star;
      t = swallowed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

PathPattern::PathPattern(std::string_view pattern) : folders_only_(pattern.ends_with('/')) {
  for (std::string& part : split(pattern, '/'))
    if (!part.empty() && part != ".") parts_.push_back(std::move(part));
}

std::vector<std::string_view> PathPattern::matched_prefixes(std::string_view path) const {
  std::vector<std::string_view> segments;
  std::vector<std::string_view> prefixes = {"."};
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    segments.push_back(path.substr(begin, end - begin));
    prefixes.push_back(path.substr(0, end));
    begin = end + 1;
  }
  std::vector<std::string_view> matched;
  for (std::size_t count = 0; count <= segments.size(); ++count)
    if (matches(segments, count, count < segments.size())) matched.push_back(prefixes[count]);
  return matched;
}

bool PathPattern::matches(const std::vector<std::string_view>& segments, std::size_t count,
                          bool is_folder) const {
  if (!is_folder && (folders_only_ || (!parts_.empty() && parts_.back() == "**"))) return false;
  // The same search as above, over segments, where only ** may stand for several.
  std::size_t p = 0;
  std::size_t s = 0;
  std::optional<std::size_t> star;
  std::size_t swallowed = 0;
  while (s < count) {
    if (p < parts_.size() && parts_[p] == "**") {
      star = ++p;
      swallowed = s;
    } else if (p < parts_.size() && matches_glob(parts_[p], segments[s])) {
      ++p;
      ++s;
    } else if (star) {
      p = *star;
      s = ++swallowed;
    } else {
      return false;
    }
  }
  while (p < parts_.size() && parts_[p] == "**")
    ++p;
  return p == parts_.size();
}

}  // namespace vernier::compare
