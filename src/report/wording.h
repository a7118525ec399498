// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ci_run.h"

// The words and figures that the renderers for people share. All text is plain and may hold names of the
// project; each renderer escapes it.
namespace vernier::report {

using model::CiRun;
using model::ReportedNode;
using model::TableDiff;

// "3.4 %", but never "0 %" of something nor "100 %" of less than all: "<0.1 %", ">99.9 %". "–" of nothing.
std::string percent(std::int64_t part, std::int64_t whole);
// "1 model", "3 models".
std::string counted(std::int64_t count, std::string_view noun);

// Whether rows were matched by key, so that "changed" means something.
bool matched_by_key(const TableDiff& diff);
std::string rows_text(const TableDiff& diff);     // "10,000 → 10,012"
std::string changed_text(const TableDiff& diff);  // "340 (3.4 %)"; "–" where rows were not matched
std::string key_text(const TableDiff& diff);      // "in head 3 rows with a duplicate key"; empty if none

// Where a figure of a sampled diff lies; none where all rows were looked at.
using Range = std::optional<model::Interval>;
Range removed_range(const TableDiff& diff);
Range added_range(const TableDiff& diff);
Range changed_range(const TableDiff& diff);
Range range_of(const TableDiff& diff, const model::ColumnDiff& column);  // one of the diff's own
// "1,200"; with a range "≈ 1,200", and with_range() "≈ 1,200 (1,100 to 1,300)".
std::string figure_text(std::int64_t figure, const Range& range);
std::string with_range(const std::string& figure, const Range& range);

// The compared columns with differences, worst first.
std::vector<const model::ColumnDiff*> columns_that_differ(const TableDiff& diff);

// A difference of the two schemas.
struct SchemaChange {
  char sign;  // '+' only in head, '-' only in base, '~' another type
  std::string column;
  std::string types;  // "INTEGER → DOUBLE" where the type differs
};
std::vector<SchemaChange> schema_changes(const TableDiff& diff);

// Why a node changed: words of ours, and a name of the project where one belongs to it.
struct Reason {
  std::string words;  // "macro", "downstream of", "SQL"
  std::string name;   // "cents_to_dollars"
};
std::vector<Reason> reasons(const ReportedNode& node);
// Words to follow the reasons of a node that most likely changed in name only; empty for all others.
std::string_view false_alarm_note(const ReportedNode& node);

// What there is to remark of production's table, a sentence each: what it was last built from, and what
// others changed in it; and that behind what the diff itself has to remark (columns left out, tolerances in
// force).
std::vector<std::string> production_remarks(const ReportedNode& node);
std::vector<std::string> remarks(const ReportedNode& node);

// One side's artifacts: what was wanted, what was taken and how far it is away.
struct SideText {
  std::string side;          // "Head", "Base"
  std::string wanted, used;  // abbreviated commits, "–" where there is none
  std::string how;           // "exact", "2 commits behind", "newest production upload", "none"
  std::string kind;          // "built", "declared only", "–"
};
std::vector<SideText> sides(const CiRun& run);

std::string relation_text(const std::vector<std::string>& parts);  // "db.schema.orders"

// Of a timeline: how many rows of a bucket differ, and when it began; only the date for units of a day and
// more.
std::int64_t differing_rows(const model::Timeline::Bucket& bucket);
std::string start_of(const model::Timeline::Bucket& bucket, const std::string& unit);

// What a page calls one node's section: the target of links.
std::string anchor(const ReportedNode& node);

}  // namespace vernier::report
