#include "engine/base/clock.h"

#include <ctime>

namespace laterbase {
namespace {

std::int64_t read_us(clockid_t id) noexcept {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
}

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() noexcept override { return read_us(CLOCK_REALTIME) / 1'000; }
  std::int64_t monotonic_us() noexcept override { return read_us(CLOCK_MONOTONIC); }
};

}  // namespace

Clock& system_clock() noexcept {
  static SystemClock clock;
  return clock;
}

}  // namespace laterbase
