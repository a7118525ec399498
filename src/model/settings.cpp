// SPDX-License-Identifier: Apache-2.0
#include "model/settings.h"

#include "base/text.h"

namespace vernier::model {

Json public_options(const DataSource& source) {
  Json shown = Json::object();
  for (const auto& [key, value] : source.options.items()) {
    const std::string name = to_lower(key);
    bool secret = false;
    for (const char* word : {"pass", "secret", "token", "key", "credential"})
      secret = secret || name.find(word) != std::string::npos;
    if (!secret) shown[key] = value;
  }
  return shown;
}

}  // namespace vernier::model
