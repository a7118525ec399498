// SPDX-License-Identifier: Apache-2.0
#include "forge/text_limits.h"

#include <algorithm>

namespace vernier::forge {
namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

}  // namespace

std::string cut_bytes(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  std::size_t end = bytes_max;
  while (end > 0 && !starts_character(text[end]))
    --end;
  return std::string(text.substr(0, end));
}

std::string cut_characters(std::string_view text, std::size_t characters_max) {
  const auto count = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
  if (count <= characters_max || characters_max == 0) return std::string(text);
  std::size_t end = 0;
  std::size_t kept = 0;
  for (; end < text.size(); ++end)
    if (starts_character(text[end]) && ++kept == characters_max) break;
  return std::string(text.substr(0, end)) + "…";
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

std::string branch_of(std::string_view ref) {
  constexpr std::string_view heads = "refs/heads/";
  return ref.starts_with(heads) ? std::string(ref.substr(heads.size())) : std::string();
}

}  // namespace vernier::forge
