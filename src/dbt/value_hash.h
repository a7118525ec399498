// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "dbt/json_reader.h"

namespace vernier::dbt {

// What dbt's classes put where a key is absent.
enum class Default { null, no, yes, empty_text, empty_list, empty_object, shaped_object };

// The members that a class gives an object, so that an absent one and its default are the same value.
// `shape` is of the member's own value, or of each element where that is a list.
struct Shape {
  struct Member {
    std::string_view name;
    Default absent = Default::null;
    const Shape* shape = nullptr;
  };
  std::span<const Member> members;
};

// Hashes of JSON values under Python's equality (state-semantics section 3). A string's hash is that of its
// bytes; the other kinds are kept apart from it by a constant each.
Hash128 hash_of_text(std::string_view text);
Hash128 hash_of_list(std::span<const Hash128> elements);
// Of the keys' and values' hashes, in any order; the last of equal keys counts. Sorts in place.
using HashedMember = std::pair<Hash128, Hash128>;
Hash128 hash_of_object(std::span<HashedMember> members);
Hash128 hash_of(Default value, const Shape* shape = nullptr);
// What Python's bool() makes of the value with this hash, and whether it is null or has no elements.
bool is_true(Hash128 hash);
bool is_empty(Hash128 hash);
// The shape of a member's value; nullptr where it has none.
const Shape* shape_of(const Shape* shape, std::string_view member);
// Appends the shape's members that are not among those from `begin` on.
void add_absent(std::vector<HashedMember>& members, std::size_t begin, const Shape& shape);

class ValueHasher {
 public:
  explicit ValueHasher(JsonReader& json) : json_(json) {}

  Hash128 hash(od::value& value, const Shape* shape = nullptr) { return hash(value, shape, 0); }

 private:
  Hash128 hash(od::value& value, const Shape* shape, int depth);
  Hash128 hash_object(od::value& value, const Shape* shape, int depth);
  Hash128 hash_list(od::value& value, const Shape* shape, int depth);

  JsonReader& json_;
  // Stacks that nested values share, so that hashing allocates nothing in the long run.
  std::vector<HashedMember> members_;
  std::vector<Hash128> elements_;
};

}  // namespace vernier::dbt
