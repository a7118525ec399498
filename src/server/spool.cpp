// SPDX-License-Identifier: Apache-2.0
#include "server/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/hash.h"

namespace vernier::server {

Result<SpooledFile> SpooledFile::create(const std::filesystem::path& folder) {
  std::filesystem::path path = folder / ("request-" + random_hex(16));
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return unavailable(fmt::format("keep the request's body: {}", std::strerror(errno)));
  return SpooledFile(std::move(path), fd);
}

SpooledFile::SpooledFile(SpooledFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), fd_(std::exchange(other.fd_, -1)) {}

SpooledFile& SpooledFile::operator=(SpooledFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

SpooledFile::~SpooledFile() {
  if (fd_ >= 0) ::close(fd_);
  std::error_code ignored;  // The file may have been consumed; a leftover is swept at the next start.
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

Status SpooledFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return unavailable(fmt::format("keep the request's body: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace vernier::server
