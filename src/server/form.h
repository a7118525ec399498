// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::server {

// The decoded fields of a query or of a form-urlencoded body; of a repeated name, the first.
using Form = std::map<std::string, std::string>;

// Fails with invalid_input on malformed escapes and on more than a hundred fields.
Result<Form> parse_form(std::string_view text);

// The value of a field; empty where it is absent.
std::string field_or_empty(const Form& form, const std::string& name);

}  // namespace vernier::server
