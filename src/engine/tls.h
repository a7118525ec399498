// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier::engine {

// What the options "sslmode" and "sslrootcert" of a server ask for. The modes are PostgreSQL's.
struct TlsWish {
  std::string mode = "prefer";
  std::string authority = {};  // path of the certificates that vouch for the server's; empty: nobody said

  bool wanted() const { return mode != "disable" && mode != "allow"; }
  bool demanded() const { return wanted() && mode != "prefer"; }
  bool verified() const { return mode.starts_with("verify"); }
};

// Fails with invalid_input where the mode is none of them.
Result<TlsWish> tls_wish(const std::map<std::string, std::string>& options);

// Fails with invalid_input where the file of the authority is needed and not there.
Status check_authority(const TlsWish& wish);

// What to do about a failure to connect that has to do with TLS, to be put behind the server's or the
// library's message: "; ...". Empty where it has not.
std::string tls_advice(const TlsWish& wish, std::string_view message);

}  // namespace vernier::engine
