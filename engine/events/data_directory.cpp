#include "engine/events/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/events/roots.h"
#include "engine/storage/disk.h"

namespace laterbase {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) {
  const int error = errno;
  const FailureCode code = error == ENOSPC || error == EDQUOT                    ? FailureCode::disk_full
                           : error == EROFS || error == EACCES || error == EPERM ? FailureCode::read_only
                                                                                 : FailureCode::io;
  throw Failure(code, fmt::format("{}: {}", what, std::strerror(error)));
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Whole or not at all: written beside, synced, renamed.
void write_file(const std::string& path, BytesView bytes) {
  Disk& disk = real_disk();
  const std::string beside = path + ".new";
  disk.remove(beside);
  const auto file = disk.open(beside, true);
  file->write_at(0, bytes);
  file->sync();
  disk.rename(beside, path);
  disk.sync_directory(fs::path(path).parent_path());
}

// The file's size and time of change, as one line.
std::string clean_line(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return fmt::format("{} {} {}.{:09}\n", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

void empty_directory(const std::string& path) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path, ignored)) fs::remove_all(entry.path(), ignored);
}

}  // namespace

DataDirectory::DataDirectory(std::string path, Clock& clock) : path_(std::move(path)) {
  Disk& disk = real_disk();
  for (const char* part : {"", "/db", "/dropped", "/new", "/trash"}) disk.make_directories(path_ + part);
  lock();
  read_or_make_node(clock);
  empty_directory(path_ + "/new");
  empty_directory(path_ + "/trash");
}

DataDirectory::~DataDirectory() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

void DataDirectory::lock() {
  const std::string path = path_ + "/lock";
  lock_fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_fd_ < 0) fail(path);
  if (::flock(lock_fd_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(lock_fd_);
  lock_fd_ = -1;
  throw Failure(
      FailureCode::io,
      fmt::format("{} is in use by another process; a data directory belongs to one daemon at a time", path_));
}

void DataDirectory::read_or_make_node(Clock& clock) {
  const std::string path = path_ + "/node";
  if (real_disk().exists(path)) {
    const std::string text = read_file(path);
    const auto found = Ulid::parse(std::string_view(text).substr(0, Ulid::kLetters));
    if (!found) throw Failure(FailureCode::damaged, fmt::format("{} does not hold a node id", path));
    node_ = *found;
    return;
  }
  node_ = UlidGenerator(random_seed()).fresh(std::clamp<std::int64_t>(clock.wall_ms(), 0, Ulid::kMaxTimeMs));
  write_file(path, node_.text() + "\n");
}

std::vector<std::string> DataDirectory::names() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(path_ + "/db"))
    if (entry.is_directory() && valid_root_name(entry.path().filename().string()))
      found.push_back(entry.path().filename().string());
  std::sort(found.begin(), found.end());
  return found;
}

bool DataDirectory::has(const std::string& name) const { return fs::is_directory(root_path(name)); }

std::string DataDirectory::make_new(const std::string& name) {
  const std::string path = path_ + "/new/" + name;
  std::error_code ignored;
  fs::remove_all(path, ignored);
  real_disk().make_directories(path);
  return path;
}

void DataDirectory::adopt(const std::string& name) {
  Disk& disk = real_disk();
  disk.sync_directory(path_ + "/new/" + name);
  disk.rename(path_ + "/new/" + name, root_path(name));
  disk.sync_directory(path_ + "/db");
  disk.remove(dropped_path(name));
}

// A disk that is full is no reason to keep what somebody wants to get rid of.
void DataDirectory::note_drop(const std::string& name) const {
  try {
    real_disk().open(dropped_path(name), true)->sync();
    real_disk().sync_directory(path_ + "/dropped");
  } catch (const Failure& failure) {
    log::warn("it could not be noted that a database was dropped: a peer may bring it back",
              {{"db", name}, {"reason", failure.what()}});
  }
}

bool DataDirectory::was_dropped(const std::string& name) const {
  return !has(name) && real_disk().exists(dropped_path(name));
}

void DataDirectory::trash(const std::string& name) {
  note_drop(name);
  Disk& disk = real_disk();
  const std::string away = fmt::format("{}/trash/{}-{:016x}", path_, name, random_seed());
  disk.rename(root_path(name), away);
  disk.sync_directory(path_ + "/db");
  std::error_code ignored;
  fs::remove_all(away, ignored);
}

void DataDirectory::mark_clean(const std::string& name) const {
  const std::string path = root_path(name);
  std::ofstream(path + "/clean", std::ios::trunc) << clean_line(path + "/data.mdb");
}

bool DataDirectory::take_clean_mark(const std::string& name) const {
  const std::string path = root_path(name);
  const std::string line = read_file(path + "/clean");
  std::error_code ignored;
  fs::remove(path + "/clean", ignored);
  return !line.empty() && line == clean_line(path + "/data.mdb");
}

Hash128 file_identity(const std::string& path) {
  struct statx found {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO | STATX_BTIME, &found) != 0) fail(path);
  char bytes[24] = {};
  store_le(bytes, static_cast<std::uint64_t>(found.stx_ino));
  store_le(bytes + 8, static_cast<std::uint64_t>(found.stx_btime.tv_sec));
  store_le(bytes + 16, static_cast<std::uint64_t>(found.stx_btime.tv_nsec));
  return hash128({bytes, sizeof bytes});
}

std::uint64_t boot_id() { return hash64(read_file("/proc/sys/kernel/random/boot_id")); }

}  // namespace laterbase
