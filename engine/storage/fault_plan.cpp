#include <fmt/format.h>

#include "engine/storage/faults.h"

namespace laterbase {

void FaultPlan::fail_at(std::uint64_t nth, FailureCode code, bool lasting) {
  const std::lock_guard lock(mutex_);
  nth_ = nth;
  code_ = code;
  lasting_ = lasting;
  steps_ = 0;
  fired_ = 0;
}

void FaultPlan::step(const char* operation) {
  const std::lock_guard lock(mutex_);
  ++steps_;
  if (nth_ == 0 || (lasting_ ? steps_ < nth_ : steps_ != nth_)) return;
  ++fired_;
  throw Failure(code_, fmt::format("{} failed on purpose, at step {}", operation, steps_));
}

std::uint64_t FaultPlan::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

std::uint64_t FaultPlan::fired() const {
  const std::lock_guard lock(mutex_);
  return fired_;
}

}  // namespace laterbase
