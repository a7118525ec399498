// SPDX-License-Identifier: Apache-2.0
#include "base/subprocess.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/process.hpp>
#include <future>

#include "base/text.h"

namespace vernier {

Result<std::string> run_program(const std::vector<std::string>& arguments,
                                const std::filesystem::path& directory) {
  namespace bp = boost::process;
  CHECK(!arguments.empty());
  const auto program = bp::search_path(arguments.front());
  if (program.empty()) return not_found(fmt::format("`{}` is not installed", arguments.front()));
  try {
    boost::asio::io_context io;
    std::future<std::string> output;
    std::future<std::string> errors;
    bp::child child(program, bp::args(std::vector<std::string>(arguments.begin() + 1, arguments.end())),
                    bp::start_dir(directory.string()), bp::std_in<bp::null, bp::std_out> output,
                    bp::std_err > errors, io);
    io.run();
    child.wait();
    if (child.exit_code() == 0) return output.get();
    const std::string said = errors.get();
    return invalid_input(fmt::format("`{}` ended with status {}: {}", join(arguments, " "), child.exit_code(),
                                     trim(split(said, '\n').front())));
  } catch (const std::exception& error) {
    return unavailable(fmt::format("run `{}`: {}", arguments.front(), error.what()));
  }
}

}  // namespace vernier
