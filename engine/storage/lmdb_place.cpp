#include "engine/storage/lmdb_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "engine/base/error.h"
#include "engine/storage/disk.h"
#include "engine/storage/system_failure.h"

namespace laterbase {
namespace {

// Of the lock file, one line of fixed length, so that writing it again needs no room on the disk.
constexpr std::size_t mark_bytes = 32;
constexpr std::string_view clean_mark = "clean";
constexpr std::string_view held_mark = "held by process";

// As many readers at once as fit in this, at 64 bytes each.
constexpr std::uint64_t reader_table_bytes = 16 << 10;

struct Registry {
  std::mutex mutex;
  std::set<std::pair<unsigned long long, unsigned long long>> open;  // device, inode
};

// Of the process, as what it guards against is: two environments on one file in one process.
Registry& registry() {
  static Registry the_registry;
  return the_registry;
}

std::string padded(std::string_view mark) {
  std::string line = fmt::format("{} {}", mark, ::getpid());
  line.resize(mark_bytes - 1, ' ');
  return line + '\n';
}

}  // namespace

const char* untrusted_file_system(long type) noexcept {
  switch (static_cast<unsigned long>(type) & 0xffffffff) {
    case 0x6969:
      return "NFS";
    case 0x517b:
    case 0xff534d42:
    case 0xfe534d42:
      return "SMB";
    case 0x01021997:
      return "9P";
    case 0x786f4256:
      return "a VirtualBox shared folder";
    case 0x5346414f:
      return "AFS";
    case 0x73757245:
      return "Coda";
    case 0x00c36400:
      return "CephFS";
    case 0x0bd00bd0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x01161970:
      return "GFS2";
    default:
      return nullptr;
  }
}

LmdbPlace::LmdbPlace(const std::string& directory, bool must_exist)
    : directory_(directory), lock_path_(directory + "/owner.lock") {
  try {
    create_directory(must_exist);
    refuse_file_system();
    claim_data_file(must_exist);
    lock();
    preallocate_reader_table();
    mark_in_use();
  } catch (...) {
    release();
    throw;
  }
}

LmdbPlace::~LmdbPlace() { release(); }

void LmdbPlace::create_directory(bool must_exist) {
  if (real_disk().exists(directory_)) return;
  if (must_exist) throw Failure(FailureCode::damaged, fmt::format("{} is missing, and it held a database", directory_));
  real_disk().make_directories(directory_);
  const auto slash = directory_.find_last_of('/', directory_.find_last_not_of('/'));
  real_disk().sync_directory(slash == std::string::npos ? "." : slash == 0 ? "/" : directory_.substr(0, slash));
}

void LmdbPlace::refuse_file_system() const {
  struct statfs about {};
  if (::statfs(directory_.c_str(), &about) != 0)
    throw_system_failure(errno, directory_, "could not be asked for its file system");
  const char* name = untrusted_file_system(about.f_type);
  if (name == nullptr) return;
  throw Failure(FailureCode::io, fmt::format("{} is on {}: a database there can be corrupted by other machines and by "
                                             "late writes; put it on a local file system",
                                             directory_, name));
}

// Opening it for writing also has overlayfs copy a file of a lower layer up, before anything maps it.
void LmdbPlace::claim_data_file(bool must_exist) {
  const std::string path = data_path();
  const bool existed = real_disk().exists(path);
  if (!existed && must_exist)
    throw Failure(FailureCode::damaged, fmt::format("{} is missing, and it held a database", path));
  int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (must_exist ? 0 : O_CREAT), 0640);
  if (file < 0 && errno == EROFS) {
    read_only_ = true;
    file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) errno = EROFS;  // rather than that it is not there
  }
  if (file < 0) throw_system_failure(errno, path, "could not be opened");
  struct stat about {};
  const int error = ::fstat(file, &about) == 0 ? 0 : errno;
  ::close(file);
  if (error != 0) throw_system_failure(error, path, "could not be looked at");
  if (about.st_size == 0 && must_exist)
    throw Failure(FailureCode::damaged, fmt::format("{} is empty, and it held a database", path));
  fresh_ = about.st_size == 0;
  if (!existed) real_disk().sync_directory(directory_);
  const std::lock_guard guard(registry().mutex);
  registered_ = registry().open.emplace(about.st_dev, about.st_ino).second;
  if (!registered_) throw Failure(FailureCode::closed, fmt::format("{} is open in this process already", path));
  device_ = about.st_dev;
  inode_ = about.st_ino;
}

void LmdbPlace::lock() {
  lock_file_ = ::open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock_file_ < 0 && read_only_) return;  // nobody can write there
  if (lock_file_ < 0) throw_system_failure(errno, lock_path_, "could not be opened");
  const bool locked = ::flock(lock_file_, LOCK_EX | LOCK_NB) == 0;
  if (!locked && errno != EWOULDBLOCK) throw_system_failure(errno, lock_path_, "could not be locked");
  std::array<char, mark_bytes> line{};
  const ssize_t read = ::pread(lock_file_, line.data(), line.size(), 0);
  std::string_view mark(line.data(), read > 0 ? static_cast<std::size_t>(read) : 0);
  mark = mark.substr(0, mark.find_last_not_of(" \n") + 1);
  if (!locked) throw Failure(FailureCode::closed, fmt::format("{} is {}, another one", directory_, mark));
  unclean_ = !mark.starts_with(clean_mark) && !fresh_;
}

void LmdbPlace::mark_in_use() {
  if (lock_file_ < 0) return;
  const std::string mark = padded(held_mark);
  if (::pwrite(lock_file_, mark.data(), mark.size(), 0) != static_cast<ssize_t>(mark.size()))
    throw_system_failure(errno, lock_path_, "could not be written");
  if (::fdatasync(lock_file_) != 0) throw_system_failure(errno, lock_path_, "could not be made durable");
}

void LmdbPlace::mark_clean() noexcept {
  if (lock_file_ < 0) return;
  const std::string mark = padded(clean_mark);
  // Where this fails, the next opening checks more than it had to.
  [[maybe_unused]] const auto written = ::pwrite(lock_file_, mark.data(), mark.size(), 0);
}

// LMDB makes the file sparse and writes to it through a map: on a full disk that would be a SIGBUS. Nothing in this
// process has it open yet.
void LmdbPlace::preallocate_reader_table() const {
  if (read_only_) return;
  const std::string path = directory_ + "/lock.mdb";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) throw_system_failure(errno, path, "could not be opened");
  const int error = ::posix_fallocate(file, 0, reader_table_bytes);
  ::close(file);
  if (error != 0) throw_system_failure(error, path, "could not be given room");
}

void LmdbPlace::release() noexcept {
  if (lock_file_ >= 0) ::close(std::exchange(lock_file_, -1));
  if (!std::exchange(registered_, false)) return;
  const std::lock_guard guard(registry().mutex);
  registry().open.erase({device_, inode_});
}

}  // namespace laterbase
