#include "engine/table/space_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace laterbase::worktable {

Result<SpaceLock> SpaceLock::take(const std::string& path) {
  SpaceLock lock(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.descriptor_ < 0) throw Failure(FailureCode::io, path + ".lock cannot be opened");
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) throw Failure(FailureCode::io, path + ".lock cannot be locked");
  return Error{ErrorCode::conflict, path + " has an owner already: one table at a time may have it open"};
}

SpaceLock& SpaceLock::operator=(SpaceLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

SpaceLock::~SpaceLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace laterbase::worktable
