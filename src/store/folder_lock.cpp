// SPDX-License-Identifier: Apache-2.0
#include "store/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vernier::store {

Result<FolderLock> FolderLock::take(const std::filesystem::path& file) {
  FolderLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.fd_ < 0) return unavailable(fmt::format("open {}: {}", file.string(), std::strerror(errno)));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK)
    return unavailable(fmt::format("lock {}: {}", file.string(), std::strerror(errno)));
  return conflict(fmt::format("another process serves the data folder {}: stop it or name another folder",
                              file.parent_path().string()));
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace vernier::store
