// SPDX-License-Identifier: Apache-2.0
#include "base/subprocess.h"

#include <Poco/Exception.h>
#include <Poco/Pipe.h>
#include <Poco/PipeStream.h>
#include <Poco/Process.h>
#include <fmt/format.h>

#include <future>
#include <iterator>

#include "base/text.h"

namespace vernier {
namespace {

constexpr int cannot_execute = 72;  // what Poco's child ends with where exec fails

std::string read_to_end(const Poco::Pipe& pipe) {
  Poco::PipeInputStream in(pipe);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Result<std::string> run_program(const std::vector<std::string>& arguments,
                                const std::filesystem::path& directory) {
  CHECK(!arguments.empty());
  try {
    Poco::Pipe output;
    Poco::Pipe errors;
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    const Poco::ProcessHandle child =
        Poco::Process::launch(arguments.front(), rest, directory.string(), nullptr, &output, &errors);
    // Both pipes are emptied at once: a child that fills one of them would wait for ever.
    auto said = std::async(std::launch::async, [&errors] { return read_to_end(errors); });
    std::string result = read_to_end(output);
    const std::string error_text = said.get();
    const int status = child.wait();
    if (status == 0) return result;
    if (status == cannot_execute) return not_found(fmt::format("`{}` is not installed", arguments.front()));
    return invalid_input(fmt::format("`{}` ended with status {}: {}", join(arguments, " "), status,
                                     trim(split(error_text, '\n').front())));
  } catch (const Poco::Exception& error) {
    return unavailable(fmt::format("run `{}`: {}", arguments.front(), error.displayText()));
  }
}

}  // namespace vernier
