#include "engine/storage/system_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace laterbase {

FailureCode failure_code_of(int error) noexcept {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return FailureCode::disk_full;
    case EROFS:
    case EACCES:
    case EPERM:
      return FailureCode::read_only;
    default:
      return FailureCode::io;
  }
}

void throw_system_failure(int error, const std::string& path, const std::string& what) {
  throw Failure(failure_code_of(error), fmt::format("{} {}: {}", path, what, std::generic_category().message(error)));
}

}  // namespace laterbase
