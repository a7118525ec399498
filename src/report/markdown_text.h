// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Foreign text inside GitHub-flavoured Markdown, as GitHub, GitLab and Gitea render it. What these return
// closes no code span, opens no HTML, breaks no table row and pings nobody.
namespace vernier::report {

// A name as a code span. In a table's cell even a span's `|` would end the cell, so there it is escaped.
std::string code_span(std::string_view name);
std::string code_cell(std::string_view name);

// A sentence: its own `code spans` stay, all other markup becomes plain text.
std::string prose(std::string_view sentence);

// A command as a fenced block; each line starts with `prefix` ("> " inside an alert).
std::string code_block(std::string_view command, std::string_view prefix);

// The URL where it can stand inside (...) of a link; empty where it is no plain http or https URL.
std::string link_target(std::string_view url);

// For use inside an HTML comment, as `key=...`.
std::string comment_key(std::string_view name);

// A label inside quotes of a Mermaid node.
std::string mermaid_label(std::string_view name);

}  // namespace vernier::report
