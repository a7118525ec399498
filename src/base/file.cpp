// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace vernier {
namespace fs = std::filesystem;
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error system_error(std::string_view activity, const fs::path& path) {
  const int code = errno;
  const ErrorKind kind = code == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable;
  return {kind, fmt::format("{} {}: {}", activity, path.string(), std::strerror(code))};
}

Status write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_error("write", path);
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path, std::uint64_t bytes_max) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return system_error("open", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error("stat", path);
  if (S_ISDIR(info.st_mode)) return invalid_input(fmt::format("{} is a folder", path.string()));
  if (static_cast<std::uint64_t>(info.st_size) > bytes_max)
    return too_large(
        fmt::format("{} has {} bytes, more than the {} allowed", path.string(), info.st_size, bytes_max));
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(fd.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

Status sync_path(const fs::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return system_error("open", path);
  if (::fsync(fd.get()) != 0) return system_error("fsync", path);
  return {};
}

Status write_file_whole(const fs::path& path, std::string_view content, bool secret) {
  std::string aside = path.string() + ".XXXXXX";
  const Fd fd(::mkostemp(aside.data(), O_CLOEXEC));
  if (!fd.valid()) return system_error("create", aside);
  auto finish = [&]() -> Status {
    TRY(write_all(fd.get(), content, aside));
    if (::fchmod(fd.get(), secret ? 0600 : 0644) != 0) return system_error("chmod", aside);
    if (::fsync(fd.get()) != 0) return system_error("fsync", aside);
    if (::rename(aside.c_str(), path.c_str()) != 0) return system_error("rename", aside);
    return {};
  };
  if (auto done = finish(); !done.ok()) {
    ::unlink(aside.c_str());
    return done.error();
  }
  return sync_path(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

Result<TempDir> TempDir::create(const fs::path& parent) {
  std::error_code code;
  fs::create_directories(parent, code);
  if (code) return unavailable(fmt::format("create {}: {}", parent.string(), code.message()));
  std::string name = (parent / "tmp.XXXXXX").string();
  if (!::mkdtemp(name.data())) return system_error("create", name);
  return TempDir(name);
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDir::~TempDir() {
  std::error_code ignored;  // A leftover in the temporary folder is swept at the next start.
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace vernier
