// SPDX-License-Identifier: Apache-2.0
#include "server/form.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTMLForm.h>

namespace vernier::server {
namespace {

constexpr int fields_max = 100;
constexpr int value_bytes_max = 256 * 1024;

}  // namespace

Result<Form> parse_form(std::string_view text) {
  try {
    Poco::Net::HTMLForm fields;
    fields.setFieldLimit(fields_max);
    fields.setValueLengthLimit(value_bytes_max);
    fields.read(std::string(text));
    Form form;
    for (const auto& [name, value] : fields)
      form.emplace(name, value);
    return form;
  } catch (const Poco::Exception& error) {
    return invalid_input("malformed form or query: " + error.displayText());
  }
}

std::string field_or_empty(const Form& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string() : found->second;
}

}  // namespace vernier::server
