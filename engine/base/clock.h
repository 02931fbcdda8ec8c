#pragma once

#include <cstdint>

// Time is passed in, so that a simulation can own it. Milliseconds since 1970 for what people see, microseconds of a
// clock that never steps for intervals.
namespace laterbase {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t wall_ms() noexcept = 0;       // may step in both directions
  virtual std::int64_t monotonic_us() noexcept = 0;  // never goes back
};

// The machine's own. Threads: any. Lifetime: the process.
Clock& system_clock() noexcept;

}  // namespace laterbase
