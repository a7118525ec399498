// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vernier {

// The root of this checkout, an absolute path; defined in a file that the build writes.
extern const char* const source_dir;

}  // namespace vernier
