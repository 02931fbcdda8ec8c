#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/base/error.h"
#include "engine/storage/disk.h"
#include "engine/storage/storage.h"

// Wrappers that fail on purpose, for tests: the Nth operation from now, once or from then on.
namespace laterbase {

// Counts operations over everything it is given to, and says which one fails. Threads: any.
class FaultPlan {
 public:
  // `nth` counts from 1; 0 is never. `lasting`: every later one fails too. Sets both counts to 0.
  void fail_at(std::uint64_t nth, FailureCode code, bool lasting);
  // Called before each operation; throws Failure at those that are to fail.
  void step(const char* operation);
  std::uint64_t steps() const;  // operations seen since fail_at()
  std::uint64_t fired() const;  // how many of them failed

 private:
  mutable std::mutex mutex_;
  std::uint64_t nth_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t fired_ = 0;
  FailureCode code_ = FailureCode::io;
  bool lasting_ = false;
};

// An operation that fails may have happened or not, or in part, as on a real machine: random numbers of its own decide.
// A Storage's commit that fails as disk_full has not happened, as its contract says; one that fails as io may have.
std::unique_ptr<Storage> with_faults(std::unique_ptr<Storage> inner, FaultPlan& plan, std::uint64_t seed);
std::unique_ptr<Disk> with_faults(Disk& inner, FaultPlan& plan, std::uint64_t seed);

}  // namespace laterbase
