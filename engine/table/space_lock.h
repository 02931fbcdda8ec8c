#pragma once

#include <string>

#include "engine/base/error.h"

namespace laterbase::worktable {

// Says that a space file has an owner: a lock (flock(2)) on an empty file beside it, PATH.lock, which stays. It goes
// with the process, however that ends.
// Errors: conflict, in words: another owner, in this process or another, has the file open. Failure{io}.
class SpaceLock {
 public:
  static Result<SpaceLock> take(const std::string& path);
  SpaceLock() = default;
  SpaceLock(SpaceLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  SpaceLock& operator=(SpaceLock&& other) noexcept;
  ~SpaceLock();

 private:
  explicit SpaceLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace laterbase::worktable
