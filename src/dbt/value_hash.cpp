// SPDX-License-Identifier: Apache-2.0
#include "dbt/value_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dbt/json_number.h"
#include "model/manifest.h"

namespace vernier::dbt {
namespace {

// Arbitrary constants, part of the stored format.
enum class Kind : std::uint64_t {
  number = 0x9E3779B97F4A7C15,
  list = 0xC2B2AE3D27D4EB4F,
  object = 0x165667B19E3779F9
};

Hash128 tagged(Hash128 hash, Kind kind) {
  const auto tag = static_cast<std::uint64_t>(kind);
  return {hash.low ^ tag, hash.high + tag};
}

Hash128 hash_of_number(std::string_view canonical) {
  return tagged(hash128(canonical), Kind::number);
}

template <typename T>
std::string_view bytes_of(std::span<const T> items) {
  return {reinterpret_cast<const char*>(items.data()), items.size_bytes()};
}

}  // namespace

Hash128 hash_of_text(std::string_view text) {
  return hash128(text);
}

Hash128 hash_of_list(std::span<const Hash128> elements) {
  return tagged(hash128(bytes_of(elements)), Kind::list);
}

Hash128 hash_of_object(std::span<HashedMember> members) {
  std::stable_sort(members.begin(), members.end(),
                   [](const HashedMember& a, const HashedMember& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i].first == members[i + 1].first) continue;
    members[kept++] = members[i];
  }
  static_assert(sizeof(HashedMember) == 2 * sizeof(Hash128));
  return tagged(hash128(bytes_of<HashedMember>(members.first(kept))), Kind::object);
}

Hash128 hash_of(Default value, const Shape* shape) {
  switch (value) {
    case Default::null:
      return model::null_hash;
    case Default::no:
      return hash_of_number("0");
    case Default::yes:
      return hash_of_number("1");
    case Default::empty_text:
      return hash_of_text("");
    case Default::empty_list:
      return hash_of_list({});
    case Default::empty_object:
      return hash_of_object({});
    case Default::shaped_object:
      break;
  }
  std::vector<HashedMember> members;
  for (const Shape::Member& member : shape->members)
    members.emplace_back(hash_of_text(member.name), hash_of(member.absent, member.shape));
  return hash_of_object(members);
}

bool is_empty(Hash128 hash) {
  static const std::array<Hash128, 4> empty = {hash_of(Default::null), hash_of(Default::empty_text),
                                               hash_of(Default::empty_list), hash_of(Default::empty_object)};
  return std::find(empty.begin(), empty.end(), hash) != empty.end();
}

bool is_true(Hash128 hash) {
  return !is_empty(hash) && hash != hash_of(Default::no);
}

const Shape* shape_of(const Shape* shape, std::string_view member) {
  if (!shape) return nullptr;
  const auto found = std::find_if(shape->members.begin(), shape->members.end(),
                                  [&](const Shape::Member& known) { return known.name == member; });
  return found == shape->members.end() ? nullptr : found->shape;
}

void add_absent(std::vector<HashedMember>& members, std::size_t begin, const Shape& shape) {
  const std::size_t end = members.size();
  for (const Shape::Member& member : shape.members) {
    const Hash128 name = hash_of_text(member.name);
    const auto given = std::span(members).subspan(begin, end - begin);
    if (std::none_of(given.begin(), given.end(),
                     [&](const HashedMember& other) { return other.first == name; }))
      members.emplace_back(name, hash_of(member.absent, member.shape));
  }
}

Hash128 ValueHasher::hash(od::value& value, const Shape* shape, int depth) {
  if (depth > json_.depth_max()) {
    json_.fail(fmt::format("nested deeper than {} levels", json_.depth_max()));
    return {};
  }
  const std::string_view token = JsonReader::token(value);
  switch (token.front()) {
    case '{':
      return hash_object(value, shape, depth);
    case '[':
      return hash_list(value, shape, depth);
    case '"':
      return hash_of_text(json_.text(value));
    default:
      break;
  }
  if (token == "null") return hash_of(Default::null);
  if (token == "true") return hash_of(Default::yes);
  if (token == "false") return hash_of(Default::no);
  const auto number = canonical_number(token);
  if (!number) json_.fail("malformed JSON");
  return number ? hash_of_number(*number) : Hash128{};
}

Hash128 ValueHasher::hash_object(od::value& value, const Shape* shape, int depth) {
  const std::size_t begin = members_.size();
  json_.members(value, [&](std::string_view key, od::value& item) {
    const Hash128 name = hash_of_text(key);
    const Shape* const item_shape = shape_of(shape, key);
    members_.emplace_back(name, hash(item, item_shape, depth + 1));
  });
  if (shape) add_absent(members_, begin, *shape);
  const Hash128 result = hash_of_object(std::span(members_).subspan(begin));
  members_.resize(begin);
  return result;
}

Hash128 ValueHasher::hash_list(od::value& value, const Shape* shape, int depth) {
  const std::size_t begin = elements_.size();
  json_.elements(value, [&](od::value& item) { elements_.push_back(hash(item, shape, depth + 1)); });
  const Hash128 result = hash_of_list(std::span(elements_).subspan(begin));
  elements_.resize(begin);
  return result;
}

}  // namespace vernier::dbt
