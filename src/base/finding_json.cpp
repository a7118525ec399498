// SPDX-License-Identifier: Apache-2.0
#include "base/finding_json.h"

namespace vernier {

Json findings_to_json(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings)
    list.push_back({{"code", finding.code},
                    {"run_type", finding.run_type},
                    {"commit_sha", finding.commit_sha},
                    {"message", finding.message},
                    {"command", finding.command}});
  return list;
}

Result<Finding> finding_from_json(const Json& json) {
  Finding finding;
  finding.code = TRY(require_string(json, "code"));
  finding.message = TRY(require_string(json, "message"));
  finding.command = TRY(require_string(json, "command"));
  finding.run_type = TRY(require_string(json, "run_type"));
  finding.commit_sha = TRY(require_string(json, "commit_sha"));
  return finding;
}

}  // namespace vernier
