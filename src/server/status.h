// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "server/http.h"

namespace vernier::server {

// The HTTP status of a failed operation.
int http_status(ErrorKind kind);

// {"detail": "sentence"}.
Response error_response(int status, std::string_view detail);
Response error_response(const Error& error);

// One thing wrong with a request's fields, in the form the client's API documents.
struct Problem {
  Json loc;  // ["body", "pr_sha"]
  std::string msg;
  std::string type;  // "missing", "type_error" or "value_error"
};

// 422 {"detail": [{loc, msg, type}]}.
Response unprocessable(const std::vector<Problem>& problems);

Response json_response(const Json& json);

}  // namespace vernier::server
