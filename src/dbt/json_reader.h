// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::dbt {

namespace od = simdjson::ondemand;

// Where in the document the reader is, for messages: nodes['model.p.m'].fqn.
struct Place {
  std::string section;
  std::string_view entry;
  std::string_view field;
};

// Reads values of one document and remembers the first thing that was wrong with it, as a stream does:
// after a failure every read gives an empty value, so callers look at failed() once per entry only.
//
// Scalars are read from their token instead of through simdjson's own conversions, because Python's JSON
// knows more of them: lone surrogates, NaN, integers of any size.
class JsonReader {
 public:
  explicit JsonReader(int depth_max) : depth_max_(depth_max) {}

  Place place;

  void fail(std::string_view what);
  bool failed() const { return failed_; }
  Error error() const { return invalid_input(message_); }
  int depth_max() const { return depth_max_; }

  // The token of a scalar, or everything up to the first member of an object or array; never empty.
  static std::string_view token(od::value& value);
  static bool is_null(od::value& value) { return token(value) == "null"; }

  // The text of a string, of a key; valid until the next text is read.
  std::string_view text(od::value& value);
  std::string_view text(od::raw_json_string key);
  // The same without its escapes resolved, valid as long as the document; resolve with unescape().
  std::string_view raw_text(od::value& value);
  std::string_view unescape(std::string_view raw);

  // The text of a string; empty for null.
  std::string_view optional_text(od::value& value) {
    return is_null(value) ? std::string_view() : text(value);
  }
  // The JSON text of any value, which is read thereby.
  std::string_view raw_json(od::value& value);
  // The JSON text of a value that has just been read to its end.
  std::string_view read_json(od::value& value);

  // Calls visit(key, value) for the members of an object; null counts as an empty one.
  template <typename Visit>
  void members(od::value& value, Visit visit) {
    if (is_null(value)) return;
    od::object object;
    if (value.get_object().get(object)) return expected("an object", value);
    for (auto member : object) {
      od::field field;
      if (std::move(member).get(field)) return fail("malformed JSON");
      const std::string_view key = text(field.key());
      if (failed_) return;
      visit(key, field.value());
      if (failed_) return;
    }
  }

  // Calls visit(value) for the elements of a list; null counts as an empty one.
  template <typename Visit>
  void elements(od::value& value, Visit visit) {
    if (is_null(value)) return;
    od::array array;
    if (value.get_array().get(array)) return expected("a list", value);
    for (auto element : array) {
      od::value item;
      if (std::move(element).get(item)) return fail("malformed JSON");
      visit(item);
      if (failed_) return;
    }
  }

 private:
  void expected(std::string_view what, od::value& value);
  // Writes the character of the escape after the backslash; nullptr where there is no such escape.
  static const char* resolve(const char* at, const char* end, char*& out);

  int depth_max_;
  bool failed_ = false;
  std::string message_;
  std::unique_ptr<char[]> scratch_;
  std::size_t scratch_size_ = 0;
};

}  // namespace vernier::dbt
