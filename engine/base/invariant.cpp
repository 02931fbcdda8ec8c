#include "engine/base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace laterbase {

void invariant_failed(const char* condition, const char* message, const char* file, int line) noexcept {
  std::fprintf(stderr, "laterbase: a bug was found, stopping before it does harm: %s (%s) at %s:%d\n", message,
               condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace laterbase
