// SPDX-License-Identifier: Apache-2.0
#include "server/access.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPBasicCredentials.h>

#include "base/text.h"

namespace vernier::server {
namespace {

// What follows the scheme's name, which is compared without regard to case; empty for another scheme.
std::string_view after_scheme(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  if (to_lower(header.substr(0, scheme.size())) != scheme) return {};
  return trim(header.substr(scheme.size()));
}

std::string basic_password(std::string_view encoded) {
  try {
    return Poco::Net::HTTPBasicCredentials(std::string(encoded)).getPassword();
  } catch (const Poco::Exception&) {
    return {};
  }
}

}  // namespace

Access access_of(std::string_view path) {
  if (path == "/api" || path.starts_with("/api/")) return Access::key;
  if (path == "/ci" || path.starts_with("/ci/")) return Access::basic;
  return Access::open;
}

std::string presented_key(Access access, std::string_view authorization) {
  switch (access) {
    case Access::key:
      return std::string(after_scheme(authorization, "key"));
    case Access::basic: {
      const std::string_view encoded = after_scheme(authorization, "basic");
      return encoded.empty() ? std::string(after_scheme(authorization, "key")) : basic_password(encoded);
    }
    case Access::open:
      break;
  }
  return {};
}

}  // namespace vernier::server
