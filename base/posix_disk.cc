#include "base/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace skerry {
namespace {

Status Failure(const std::string& path, const char* operation, int error) {
  std::string message = path + ": " + operation + ": " + std::generic_category().message(error);
  switch (error) {
    case ENOENT:
      return NotFound(std::move(message));
    case EEXIST:
      return AlreadyExists(std::move(message));
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ResourceExhausted(std::move(message));
    default:
      return IoError(std::move(message));
  }
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { close(fd_); }

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) const override {
    size_t done = 0;
    while (done < size) {
      const ssize_t n = pread(fd_, buffer + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Failure(path_, "read", errno);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }

  Status WriteAt(uint64_t offset, std::string_view data) override {
    while (!data.empty()) {
      const ssize_t n = pwrite(fd_, data.data(), data.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Failure(path_, "write", errno);
      data.remove_prefix(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return OkStatus();
  }

  Status Allocate(uint64_t size) override {
    while (fallocate(fd_, 0, 0, static_cast<off_t>(size)) != 0) {
      if (errno == EINTR) continue;
      if (errno != EOPNOTSUPP) return Failure(path_, "allocate", errno);
      // A file system without fallocate: the length at least is set, so that fdatasync need not
      // write it each time. Running out of space then shows at a write.
      SKERRY_ASSIGN_OR_RETURN(const uint64_t now, Size());
      return now >= size ? OkStatus() : Truncate(size);
    }
    return OkStatus();
  }

  Status Truncate(uint64_t size) override {
    while (ftruncate(fd_, static_cast<off_t>(size)) != 0) {
      if (errno != EINTR) return Failure(path_, "truncate", errno);
    }
    return OkStatus();
  }

  Result<uint64_t> Size() const override {
    struct stat info;
    if (fstat(fd_, &info) != 0) return Failure(path_, "stat", errno);
    return static_cast<uint64_t>(info.st_size);
  }

  Status Sync() override {
    if (fdatasync(fd_) != 0) return Failure(path_, "fdatasync", errno);
    return OkStatus();
  }

  void DropCache() override { posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED); }

  const std::string& path() const override { return path_; }

 private:
  const int fd_;
  const std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) {}
  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;
  ~PosixLock() override { close(fd_); }

 private:
  const int fd_;
};

}  // namespace

Result<std::unique_ptr<File>> PosixDisk::Open(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC;
  switch (mode) {
    case OpenMode::kRead:
      flags |= O_RDONLY;
      break;
    case OpenMode::kReadWrite:
      flags |= O_RDWR;
      break;
    case OpenMode::kCreate:
      flags |= O_RDWR | O_CREAT | O_EXCL;
      break;
  }
  const int fd = open(path.c_str(), flags, 0640);
  if (fd < 0) return Failure(path, "open", errno);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(fd, path));
}

Result<bool> PosixDisk::Exists(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return true;
  if (errno == ENOENT) return false;
  return Failure(path, "access", errno);
}

Result<std::vector<std::string>> PosixDisk::List(const std::string& directory) {
  DIR* handle = opendir(directory.c_str());
  if (handle == nullptr) return Failure(directory, "list", errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(handle)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int error = errno;
  closedir(handle);
  if (error != 0) return Failure(directory, "list", error);
  std::sort(names.begin(), names.end());
  return names;
}

Status PosixDisk::CreateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0750) == 0) return OkStatus();
  const int error = errno;
  struct stat info;
  if (error == EEXIST && stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return OkStatus();
  }
  return Failure(path, "create directory", error);
}

Status PosixDisk::SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failure(path, "open directory", errno);
  const int error = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  if (error != 0) return Failure(path, "fsync", error);
  return OkStatus();
}

Status PosixDisk::Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return OkStatus();
  return Failure(from, "rename", errno);
}

Status PosixDisk::Remove(const std::string& path) {
  if (unlink(path.c_str()) == 0) return OkStatus();
  return Failure(path, "remove", errno);
}

Result<std::unique_ptr<FileLock>> PosixDisk::Lock(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return Failure(path, "open", errno);
  auto lock = std::make_unique<PosixLock>(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<FileLock>(std::move(lock));
  if (errno == EWOULDBLOCK) return FailedPrecondition(path + ": in use by another process");
  return Failure(path, "lock", errno);
}

}  // namespace skerry
