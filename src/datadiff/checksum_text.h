// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datadiff/columns.h"
#include "engine/engine.h"

namespace vernier::datadiff {

// A column of each side, in its own database's words.
struct NativePair {
  model::Sides<engine::Dialect> dialects;
  model::Sides<engine::ColumnInfo> columns;
};

// SQL of each side that makes a text of the value, or NULL of NULL: where the two texts are equal, so are the
// values to whoever compares them in a meeting. Equal values may have unlike texts; that costs reading them.
// A value that would change the type of its column in a meeting has a text that no other side has. nullopt
// where nobody can promise that.
std::optional<model::Sides<std::string>> same_texts(const NativePair& pair);

// The same where equal values have equal texts too, so that a hash of the text is one of the value: of
// integers and of texts.
std::optional<model::Sides<std::string>> key_texts(const NativePair& pair);

// Whether the column holds integers that ranges can be made of.
bool is_integer(engine::Dialect dialect, const engine::ColumnInfo& column);

// What numbers are made of. MySQL has no md5 of its own any more from 9.6 on.
enum class Digest { md5, sha256 };

// SQL of the digest of a text, in hexadecimal digits.
std::string digest_text(engine::Dialect dialect, Digest digest, const std::string& text);

// SQL of a number of 60 bits out of the texts of a row's values, NULLs apart from all others.
std::string row_hash(engine::Dialect dialect, std::size_t side, const std::vector<std::string>& texts,
                     Digest digest);

}  // namespace vernier::datadiff
