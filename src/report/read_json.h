// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/table_diff.h"

// How stored reports are read; all fail with invalid_input, as those of base do.
namespace vernier::report {

inline Result<Json> member(const Json& object, std::string_view key) {
  const auto found = object.is_object() ? object.find(std::string(key)) : object.end();
  if (found == object.end()) return invalid_input(fmt::format("`{}` is missing", key));
  return *found;
}

inline Result<double> real(const Json& object, std::string_view key) {
  const auto number = TRY(optional_number(object, key));
  if (!number) return invalid_input(fmt::format("`{}` is missing", key));
  return *number;
}

inline Result<std::int64_t> whole_number(const Json& item) {
  if (!item.is_number_integer()) return invalid_input("a figure must be an integer");
  return item.get<std::int64_t>();
}

template <typename Read>
using ReadBy = std::decay_t<decltype(*std::declval<Read>()(std::declval<const Json&>()))>;

template <typename Read>
Result<ReadBy<Read>> nested(const Json& object, std::string_view key, Read read) {
  const Json value = TRY(member(object, key));
  return read(value);
}

template <typename Read>
Result<std::vector<ReadBy<Read>>> entries(const Json& items, Read read) {
  if (!items.is_array()) return invalid_input("a list is missing");
  std::vector<ReadBy<Read>> values;
  values.reserve(items.size());
  for (const Json& item : items)
    values.push_back(TRY(read(item)));
  return values;
}

template <typename Read>
Result<std::vector<ReadBy<Read>>> list(const Json& object, std::string_view key, Read read) {
  const Json items = TRY(member(object, key));
  return entries(items, read);
}

template <typename Read>
Result<model::Sides<ReadBy<Read>>> pair(const Json& object, std::string_view key, Read read) {
  auto values = TRY(list(object, key, read));
  if (values.size() != 2) return invalid_input(fmt::format("`{}` must have two entries", key));
  return model::Sides<ReadBy<Read>>{std::move(values[0]), std::move(values[1])};
}

}  // namespace vernier::report
