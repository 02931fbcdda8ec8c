#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "engine/storage/disk.h"
#include "engine/storage/system_failure.h"

namespace laterbase {
namespace {

class RealFile : public File {
 public:
  RealFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  RealFile(const RealFile&) = delete;
  RealFile& operator=(const RealFile&) = delete;
  ~RealFile() override { ::close(descriptor_); }

  std::uint64_t size() override {
    struct stat about {};
    if (::fstat(descriptor_, &about) != 0) fail("could not be looked at");
    return static_cast<std::uint64_t>(about.st_size);
  }

  void write_at(std::uint64_t offset, BytesView bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("could not be written");
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
  }

  std::size_t read_at(std::uint64_t offset, char* to, std::size_t wanted) override {
    std::size_t read = 0;
    while (read < wanted) {
      const ssize_t got = ::pread(descriptor_, to + read, wanted - read, static_cast<off_t>(offset + read));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("could not be read");
      if (got == 0) break;
      read += static_cast<std::size_t>(got);
    }
    return read;
  }

  void sync() override {
    if (::fdatasync(descriptor_) != 0) fail("could not be made durable");
  }

  void truncate(std::uint64_t size) override {
    while (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
      if (errno != EINTR) fail("could not be cut");
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    // EBADF and EINVAL: it was opened for reading, because its file system takes no writes.
    const bool unwritable =
        (errno == EBADF || errno == EINVAL) && (::fcntl(descriptor_, F_GETFL) & O_ACCMODE) == O_RDONLY;
    throw_system_failure(unwritable ? EROFS : errno, path_, what);
  }

  std::string path_;
  int descriptor_;
};

class RealDisk : public Disk {
 public:
  std::unique_ptr<File> open(const std::string& path, bool create) override {
    int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0640);
    // A file system that takes no writes: writing to the file says so then.
    if (descriptor < 0 && errno == EROFS && !create) descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw_system_failure(errno, path, "could not be opened");
    return std::make_unique<RealFile>(path, descriptor);
  }

  bool exists(const std::string& path) override {
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    throw_system_failure(errno, path, "could not be looked for");
  }

  void rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) throw_system_failure(errno, from, "could not be renamed to " + to);
  }

  void remove(const std::string& path) override {
    if (std::remove(path.c_str()) != 0 && errno != ENOENT) throw_system_failure(errno, path, "could not be removed");
  }

  void make_directories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) throw_system_failure(error.value(), path, "could not be made");
  }

  void sync_directory(const std::string& path) override {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw_system_failure(errno, path, "could not be opened");
    const int error = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (error != 0) throw_system_failure(error, path, "could not be made durable");
  }

  std::vector<std::string> list(const std::string& directory) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
      names.push_back(entry->path().filename().string());
    if (error) throw_system_failure(error.value(), directory, "could not be listed");
    std::sort(names.begin(), names.end());
    return names;
  }

  std::uint64_t free_bytes(const std::string& path) override {
    struct statvfs about {};
    if (::statvfs(path.c_str(), &about) != 0) throw_system_failure(errno, path, "could not be asked for its room");
    return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
  }
};

}  // namespace

Disk& real_disk() noexcept {
  static RealDisk disk;
  return disk;
}

}  // namespace laterbase
