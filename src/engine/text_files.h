// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace vernier::engine {

// Runs a statement in the DuckDB where tables meet.
using Ask = std::function<Result<Rows>(const std::string& sql)>;

// The text files of one side of a meeting.
struct TextFiles {
  std::string reading;  // SQL that names their rows
  std::vector<std::string>
      guessed;               // columns whose numbers DuckDB would read as doubles; they are texts there
  std::string columns;       // all of them with their types, as read_csv() takes them
  std::string single;        // the file, where there is but one and it is not compressed
  std::string in_place;      // SQL that reads it without guessing at it again; empty: nobody looked
  std::uintmax_t bytes = 0;  // of it, where somebody did

  std::int64_t rows_max() const;
};

Result<TextFiles> look_at_text(const Ask& ask, const std::vector<std::string>& files);

// Finds in_place and bytes. Leaves them where DuckDB's guesses cannot be told in full.
Status find_text_dialect(const Ask& ask, TextFiles& text);

// Creates the function by which numbers of files that were left in place are compared (number_texts_differ).
Status create_number_comparison(const Ask& ask);

// Presents the rows that meet `filter`, parsed once, under `name`. Their guessed columns become doubles, or
// exact numbers where doubles would confuse some of them: `meanings` is told of those.
Status present_text(const Ask& ask, const TextFiles& text, const std::string& filter, const std::string& name,
                    std::map<std::string, std::string>& meanings);

}  // namespace vernier::engine
