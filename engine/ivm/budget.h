#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// What one step of a circuit may use, be it a view's or a query's that is answered once. What grows, asks; so a cross
// join of everything is an answer and not the end of the process.
//
// Threads: a budget is of the thread that made it, and of what this thread does until it ends. Errors: EvalError 53200
// (memory) and 57014 (time), from charge() and tick().
namespace laterbase::ivm {

struct BudgetLimits {
  std::size_t bytes = std::size_t{1} << 30;  // of rows that are made, whether they are kept or not
  std::int64_t ms = 15'000;                  // of the processor's time
};

class Budget {
 public:
  // What such an error's words begin with.
  static constexpr std::string_view spent = "more work than one step may be";

  // Nothing changes where one is in force already: a step within a step is part of it.
  explicit Budget(const BudgetLimits& limits);
  ~Budget();
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // From now on nobody is asked any more: what has begun to be kept is kept to the end.
  static void suspend() noexcept { in_force_ = nullptr; }

  // More memory is about to be used. Nothing where no budget is in force.
  static void charge(std::size_t bytes) {
    if (in_force_ != nullptr) in_force_->check(bytes);
  }
  // One of very many small pieces of work is done.
  static void tick() {
    if ((++ticks_ & 0xfffU) == 0) charge(0);
  }

 private:
  void check(std::size_t bytes);

  BudgetLimits limits_;
  std::size_t used_ = 0;
  std::int64_t until_us_ = 0;
  bool is_outermost_;

  static inline constinit thread_local Budget* in_force_ = nullptr;
  static inline constinit thread_local std::uint32_t ticks_ = 0;
};

}  // namespace laterbase::ivm
