// SPDX-License-Identifier: Apache-2.0
#include "ci/commands.h"

#include <fmt/format.h>

#include <sstream>

#include "base/text.h"

namespace vernier::ci {
namespace {

constexpr std::size_t comment_bytes_max = 100'000;
constexpr std::size_t models_max = 100;

std::optional<Command> command_in(std::string_view line) {
  std::istringstream stream{std::string(line.substr(0, 10'000))};
  std::string word;
  stream >> word;
  word = to_lower(word);
  if (word != "/vernier" && word != "/datafold" && word != "/datadiff") return std::nullopt;
  Command command;
  command.text = std::string(line.substr(0, 200));
  stream >> word;
  word = stream ? to_lower(word) : "";
  if (word == "rerun") command.kind = CommandKind::rerun;
  if (word == "confirm") command.kind = CommandKind::confirm;
  if (word == "cancel") command.kind = CommandKind::cancel;
  if (word == "diff") {
    for (std::string model; command.models.size() < models_max && stream >> model;) {
      while (model.ends_with(','))
        model.pop_back();
      if (!model.empty()) command.models.push_back(model);
    }
    if (!command.models.empty()) command.kind = CommandKind::diff;
  }
  return command;
}

// The command as a code span can hold it.
std::string shown(const Command& command) {
  std::string text = command.text;
  for (char& c : text)
    if (c == '`' || c == '\n' || c == '\r') c = ' ';
  return std::string(trim(text));
}

}  // namespace

std::optional<Command> parse_command(std::string_view comment) {
  bool in_code = false;
  for (const std::string& line : split(comment.substr(0, comment_bytes_max), '\n')) {
    const std::string_view text = trim(line);
    if (text.starts_with("```")) in_code = !in_code;
    // Four blanks make a code block in markdown.
    if (in_code || line.starts_with("    ") || line.starts_with('\t')) continue;
    if (auto command = command_in(text)) return command;
  }
  return std::nullopt;
}

std::string refusal_of(const Command& command, forge::WriteAccess access) {
  std::string answer = fmt::format(
      "`{}` was not done: commands are taken from people who may write to this repository", shown(command));
  if (access == forge::WriteAccess::untold)
    answer +=
        ", and the forge does not tell Vernier's account whether you may. An administrator of the repository "
        "can mend that by making the account one, too";
  return answer + ".";
}

std::string command_help(const Command& command) {
  return fmt::format(
      "`{}` is not a command. There are:\n\n"
      "- `/vernier rerun` compares again\n"
      "- `/vernier diff MODEL...` also diffs these models\n"
      "- `/vernier confirm` starts a run that waits for confirmation\n"
      "- `/vernier cancel` ends the run\n",
      shown(command));
}

}  // namespace vernier::ci
