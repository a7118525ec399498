// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forge/forge.h"

namespace vernier::ci {

enum class CommandKind { rerun, diff, confirm, cancel, unknown };

// What somebody asks for in a comment on a pull request.
struct Command {
  CommandKind kind = CommandKind::unknown;
  std::vector<std::string> models;  // of `diff`
  std::string text;                 // the command as written, for an answer
};

// The first line that starts with "/vernier" (or "/datafold", "/datadiff"), white space before it aside;
// nullopt where there is none. Quoted lines and code blocks of a comment are no commands.
std::optional<Command> parse_command(std::string_view comment);

// Why a command is not obeyed, as the answer to it. `access` is not granted.
std::string refusal_of(const Command& command, forge::WriteAccess access);

// What can be asked, as the answer to an unknown command.
std::string command_help(const Command& command);

}  // namespace vernier::ci
