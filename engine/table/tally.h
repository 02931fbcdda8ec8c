#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "engine/table/epoch.h"

namespace laterbase::worktable {

// A number that many threads add to and few ask for. Each of the first 32 threads adds to a part of its own, so that
// adding is a load and a store; the others share one. Threads: any; add() wants a Pin.
class Tally {
 public:
  void add(std::int64_t amount) noexcept {
    const auto thread = thread_number();
    if (thread >= parts_.size()) {
      shared_.fetch_add(amount, std::memory_order_relaxed);
      return;
    }
    auto& part = parts_[thread].number;
    part.store(part.load(std::memory_order_relaxed) + amount, std::memory_order_release);
  }
  std::int64_t sum() const noexcept {
    auto sum = shared_.load(std::memory_order_acquire);
    for (const auto& part : parts_) sum += part.number.load(std::memory_order_acquire);
    return sum;
  }

 private:
  struct alignas(64) Part {
    std::atomic<std::int64_t> number{0};
  };
  std::array<Part, 32> parts_{};
  std::atomic<std::int64_t> shared_{0};
};

}  // namespace laterbase::worktable
