// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/http_client.h"
#include "base/json.h"
#include "base/text.h"
#include "forge/exchange.h"
#include "forge/forge.h"
#include "source_dir.h"

namespace vernier::forge {

using Environment = std::map<std::string, std::string>;

inline std::filesystem::path forges_folder() {
  return std::string(source_dir) + "/../shared/forges";
}
// Where the counterparts keep what they were built from, once somebody has started them there.
inline std::filesystem::path forge_home() {
  if (const char* const folder = std::getenv("FORGE_HOME")) return folder;
  const char* const home = std::getenv("HOME");
  return std::filesystem::path(home ? home : "/nonexistent") / ".cache/forge-tests";
}

// Runs a shell command, which the test's own text is, and gives its output's KEY=VALUE lines.
inline Environment run_for_environment(const std::string& command, const std::filesystem::path& output) {
  const int status = std::system(
      fmt::format("{{ {}; }} > '{}' 2>'{}.log'", command, output.string(), output.string()).c_str());
  const auto text = read_file(output, 1'000'000);
  Environment environment;
  if (status != 0 || !text.ok()) return environment;
  for (const std::string& line : split(*text, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return environment;
}

// Held while a counterpart is used: ctest runs each test in a process of its own, several at once, and there
// is one port for each kind.
class PortLock {
 public:
  explicit PortLock(int port) {
    const auto path =
        std::filesystem::temp_directory_path() / fmt::format("vernier-forge-test-{}.lock", port);
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file_ >= 0 && ::flock(file_, LOCK_EX) == 0);
  }
  ~PortLock() { ::close(file_); }
  PortLock(const PortLock&) = delete;
  PortLock& operator=(const PortLock&) = delete;

 private:
  int file_ = -1;
};

// One call as somebody else than the code under test: sets the scene, or looks at what came of it.
inline Json call(const std::string& method, const std::string& url, const Header& authorization,
                 const Json& body = Json()) {
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.headers = {authorization, {"Content-Type", "application/json"}};
  if (!body.is_null()) request.body = dump_json(body);
  request.timeout = std::chrono::seconds(30);
  const auto answer = http_request(request);
  if (!answer.ok()) return Json();
  const auto json = parse_json(answer->body);
  return json.ok() ? *json : Json();
}

// Git in a folder; the first line of what it prints.
inline std::string git(const std::filesystem::path& folder, const std::string& arguments) {
  const std::filesystem::path output = folder.string() + ".output";
  const std::string command =
      fmt::format("git -C '{}' -c user.name=dev -c user.email=dev@forge.invalid {} > '{}' 2>/dev/null",
                  folder.string(), arguments, output.string());
  if (std::system(command.c_str()) != 0) return {};
  const auto text = read_file(output, 100'000);
  return text.ok() ? split(*text, '\n').front() : std::string();
}

// Commits a file that holds the message; the commit's id.
inline std::string write_commit(const std::filesystem::path& folder, const std::string& file,
                                const std::string& message) {
  std::filesystem::create_directories((folder / file).parent_path());
  CHECK(write_file_whole(folder / file, message).ok());
  git(folder, "add " + file);
  git(folder, "commit -q -m " + message);
  return git(folder, "rev-parse HEAD");
}

inline model::CommitSha commit(const std::string& text) {
  const auto sha = model::CommitSha::parse(text);
  return sha.ok() ? *sha : model::CommitSha();
}

const inline std::string test_marker = "<!-- vernier:report key=jaffle v=1 -->";

}  // namespace vernier::forge
