// SPDX-License-Identifier: Apache-2.0
#include "server/status.h"

namespace vernier::server {

int http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
      return 400;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::too_large:
      return 413;
    case ErrorKind::denied:
      return 403;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::unavailable:
    case ErrorKind::cancelled:  // only a stopping server cancels, so trying again is right
      return 503;
    case ErrorKind::timed_out:
      return 504;
    case ErrorKind::corrupt:
      return 500;
  }
  return 500;
}

Response error_response(int status, std::string_view detail) {
  Response response = json_response({{"detail", detail}});
  response.status = status;
  return response;
}

Response error_response(const Error& error) {
  return error_response(http_status(error.kind), error.message);
}

Response unprocessable(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems)
    list.push_back({{"loc", problem.loc}, {"msg", problem.msg}, {"type", problem.type}});
  Response response = json_response({{"detail", list}});
  response.status = 422;
  return response;
}

Response json_response(const Json& json) {
  return {200, "application/json", dump_json(json), {}};
}

}  // namespace vernier::server
