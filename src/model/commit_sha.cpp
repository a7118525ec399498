// SPDX-License-Identifier: Apache-2.0
#include "model/commit_sha.h"

#include <fmt/format.h>

#include "base/text.h"

namespace vernier::model {

Result<CommitSha> CommitSha::parse(std::string_view text) {
  const std::string sha = to_lower(trim(text));
  const bool hex = sha.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (sha.empty()) return invalid_input("the commit SHA is missing");
  if (!hex || (sha.size() != 40 && sha.size() != 64))
    return invalid_input(
        fmt::format("`{}` is not a commit SHA: give the whole id of 40 hexadecimal digits, as `git rev-parse "
                    "HEAD` prints it",
                    sha.substr(0, 80)));
  if (sha.find_first_not_of('0') == std::string::npos)
    return invalid_input("the commit SHA is all zeros, which git uses for \"no commit\"");
  return CommitSha(sha);
}

}  // namespace vernier::model
